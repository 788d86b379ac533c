;; Attacks: the memory limit. Each of its memories stays below; together they go beyond it.
;; expect: policy-out-of-memory

(memory $m0 1)
(memory $m1 1)
(memory $m2 1)
(memory $m3 1)
(memory $m4 1)
(memory $m5 1)
(memory $m6 1)
(memory $m7 1)

(func $finish (param $evaluation i32) (result i32)
  (drop (memory.grow $m0 (i32.const 160)))
  (drop (memory.grow $m1 (i32.const 160)))
  (drop (memory.grow $m2 (i32.const 160)))
  (drop (memory.grow $m3 (i32.const 160)))
  (drop (memory.grow $m4 (i32.const 160)))
  (drop (memory.grow $m5 (i32.const 160)))
  (drop (memory.grow $m6 (i32.const 160)))
  (drop (memory.grow $m7 (i32.const 160)))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
