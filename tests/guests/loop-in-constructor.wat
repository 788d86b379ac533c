;; Attacks: a policy ends. It never gets ready.
;; expect: policy-out-of-fuel

(func $constructor (param $context i32) (result i32)
  (loop $again (br $again))
  (unreachable))
