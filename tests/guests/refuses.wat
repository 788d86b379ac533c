;; Attacks: nothing. It says in time that it can't decide; that is no pass.
;; expect: policy-refused

(data $why (i32.const 4096) "no idea")

(data $decision (i32.const 512)
  (i32 1)           ;; err
  (i32 4096 7))
