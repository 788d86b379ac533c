;; Attacks: a policy ends. It never gives the findings back.
;; expect: policy-out-of-fuel

(func $on-findings (param $evaluation i32) (param $place i32) (param $number i32) (result i32)
  (loop $again (br $again))
  (unreachable))
