;; Attacks: the host's handles. The evaluation that it hands out does not exist.
;; expect: policy-bad-decision

(func $constructor (param $context i32) (result i32)
  (i32.const 77))
