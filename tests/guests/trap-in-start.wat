;; Attacks: loading. It panics before anything was asked of it.
;; expect: policy-instantiate

(func $begin (unreachable))

(start $begin)
