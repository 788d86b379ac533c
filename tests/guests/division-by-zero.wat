;; Attacks: every question gets an answer. It divides by the number of rules that it does not have.
;; expect: policy-trap

(func $finish (param $evaluation i32) (result i32)
  (i32.div_u (i32.const 1) (global.get $rules)))

(global $rules (mut i32) (i32.const 0))
