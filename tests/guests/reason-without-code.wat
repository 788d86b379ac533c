;; Attacks: every reason can be looked up. Its code is a sentence.
;; expect: policy-bad-decision

(data $reasons (i32.const 576)
  (i32 1152 27)     ;; code
  (i32 1152 27)
  (i32 0 0 0)
  (i32 768 1)
  (i32 0))          ;; outcome: pass
