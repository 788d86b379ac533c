;; Attacks: the same answer on every machine. The result of its instruction depends on the processor.
;; expect: policy-invalid

(func $finish (param $evaluation i32) (result i32)
  (drop (f32x4.relaxed_madd (v128.const i32x4 1 2 3 4) (v128.const i32x4 1 2 3 4) (v128.const i32x4 1 2 3 4)))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
