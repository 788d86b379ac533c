;; Attacks: a policy ends. It never gives the findings back.
;; expect: policy-out-of-fuel

(func $on-findings (param $batch i32) (result i32)
  (loop $again (br $again))
  (unreachable))
