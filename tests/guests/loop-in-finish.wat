;; Attacks: a policy ends. It never gives its decision.
;; expect: policy-out-of-fuel

(func $finish (param $evaluation i32) (result i32)
  (loop $again (br $again))
  (unreachable))
