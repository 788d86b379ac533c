;; Attacks: a policy ends. It decides, and then does not let go of its answer.
;; expect: policy-out-of-fuel

(func $post-finish (param $answer i32)
  (loop $again (br $again)))
