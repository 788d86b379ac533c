;; Attacks: the host's memory. Its answer has three million dispositions, 24 megabytes.
;; expect: policy-answer-too-large

(memory $memory 400)

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 0)           ;; outcome
  (i32 576 1)       ;; reasons
  (i32 65536 3000000)       ;; dispositions
  (i32 0 3 1))      ;; counters: seen (set by `finish`), matched, rules
