;; Attacks: the small engine. It uses an instruction of the garbage collector, which is not compiled in.
;; expect: policy-invalid

(func $finish (param $evaluation i32) (result i32)
  (drop (ref.i31 (i32.const 1)))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
