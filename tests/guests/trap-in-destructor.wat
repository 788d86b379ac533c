;; Attacks: every question gets an answer. It decides, and panics when it is cleared away.
;; expect: policy-trap

(func $destructor (param $evaluation i32)
  (unreachable))
