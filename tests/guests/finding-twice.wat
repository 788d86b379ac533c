;; Attacks: one finding, one disposition. It disposes of one twice and of another not at all.
;; expect: policy-bad-decision

(data $dispositions (i32.const 640)
  (i32 0 1)
  (i32 1 1)
  (i32 1 0))
