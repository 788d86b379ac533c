;; Attacks: loading ends. Its code runs before anything was asked of it, and does not stop.
;; expect: policy-out-of-fuel

(func $begin (loop $again (br $again)))

(start $begin)
