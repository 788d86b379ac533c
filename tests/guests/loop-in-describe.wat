;; Attacks: loading ends. It never says what it is.
;; expect: policy-out-of-fuel

(func $describe (result i32)
  (loop $again (br $again))
  (unreachable))
