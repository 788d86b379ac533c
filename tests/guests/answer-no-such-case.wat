;; Attacks: an answer is `ok` or `err`. It answers with a third.
;; expect: policy-bad-decision

(data $decision (i32.const 512)
  (i32 2)
  (i32 1152 27))
