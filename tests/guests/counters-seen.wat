;; Attacks: nothing is left out. It claims two findings of three.
;; expect: policy-bad-decision

(func $finish (param $evaluation i32) (result i32)
  (i32.store (i32.const 536) (i32.const 2))
  (i32.const 512))
