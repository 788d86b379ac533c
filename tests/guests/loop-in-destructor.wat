;; Attacks: a policy ends. It decides, and then does not let itself be cleared away.
;; expect: policy-out-of-fuel

(func $destructor (param $evaluation i32)
  (loop $again (br $again)))
