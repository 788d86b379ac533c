;; Attacks: the host's reading of answers. Its reason's message begins inside its memory and is longer than that.
;; expect: policy-bad-decision

(data $reasons (i32.const 576)
  (i32 1136 8)
  (i32 1152 200000)  ;; message
  (i32 0 0 0)
  (i32 768 1)
  (i32 0))          ;; outcome: pass
