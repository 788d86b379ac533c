;; Attacks: a policy ends. The host asks it for memory in the middle of a call, and never gets it.
;; expect: policy-out-of-fuel

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (loop $again (br $again))
  (unreachable))
