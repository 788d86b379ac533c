;; Attacks: the host's memory. Why it can't decide takes 20 megabytes.
;; expect: policy-answer-too-large

(memory $memory 400)

(data $decision (i32.const 512)
  (i32 1)           ;; err
  (i32 65536 20971520))
