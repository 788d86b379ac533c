;; Attacks: the small engine. It throws an exception.
;; expect: policy-invalid

(tag $oops)

(func $finish (param $evaluation i32) (result i32)
  (throw $oops))
