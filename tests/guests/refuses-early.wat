;; Attacks: nothing. It says at the first batch that it can't go on; that is no pass.
;; expect: policy-refused

(data $why (i32.const 4096) "too many")

(data $answer (i32.const 704)
  (i32 1)           ;; err
  (i32 4096 8))
