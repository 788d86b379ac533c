;; Attacks: every text is a text. Its reason's message is not UTF-8.
;; expect: policy-bad-decision

(data $message (i32.const 4096) "\ff\fe\c3\28")

(data $reasons (i32.const 576)
  (i32 1136 8)
  (i32 4096 4)      ;; message
  (i32 0 0 0)
  (i32 768 1)
  (i32 0))          ;; outcome: pass
