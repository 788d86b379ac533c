;; Attacks: the host's memory. Two hundred reasons share one list of 131072 findings: half a megabyte here, a
;; hundred in the host.
;; expect: policy-answer-too-large

(memory $memory 20)

(data $decision (i32.const 512)
  (i32 0)
  (i32 0)
  (i32 4096 200)    ;; reasons
  (i32 640 3)
  (i32 0 3 1))

(data $reasons (i32.const 576)
  (i32 1136 8)
  (i32 1152 27)
  (i32 0 0 0)
  (i32 131072 131072)  ;; findings
  (i32 0))          ;; outcome: pass

;; Copies the one reason 200 times.
(func $finish (param $evaluation i32) (result i32)
  (local $n i32)
  (loop $again
    (memory.copy
      (i32.add (i32.const 4096) (i32.mul (local.get $n) (i32.const 40)))
      (i32.const 576)
      (i32.const 40))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 200))))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
