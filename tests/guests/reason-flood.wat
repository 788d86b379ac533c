;; Attacks: the size of a verdict. It gives one reason more than it may.
;; expect: policy-answer-too-large

(data $decision (i32.const 512)
  (i32 0)
  (i32 0)
  (i32 4096 201)    ;; reasons
  (i32 640 3)
  (i32 0 3 1))

;; Copies the one reason 201 times.
(func $finish (param $evaluation i32) (result i32)
  (local $n i32)
  (loop $again
    (memory.copy
      (i32.add (i32.const 4096) (i32.mul (local.get $n) (i32.const 40)))
      (i32.const 576)
      (i32.const 40))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 201))))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
