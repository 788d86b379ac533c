;; Attacks: loading. It panics when asked what it is.
;; expect: policy-trap

(func $describe (result i32)
  (unreachable))
