;; Attacks: nobody passes unasked. It passes everything without a rule.
;; expect: policy-asks-nothing

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 0)           ;; outcome
  (i32 576 1)       ;; reasons
  (i32 640 3)       ;; dispositions
  (i32 0 3 0))      ;; counters: seen (set by `finish`), matched, rules
