;; Attacks: every question gets an answer. It decides, and panics when it lets go of its answer.
;; expect: policy-trap

(func $post-finish (param $answer i32)
  (unreachable))
