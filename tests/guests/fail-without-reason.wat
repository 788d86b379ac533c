;; Attacks: nobody is stopped without a reason. It fails and does not say why.
;; expect: policy-bad-decision

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 2)           ;; outcome
  (i32 576 0)       ;; reasons
  (i32 640 3)       ;; dispositions
  (i32 0 3 1))      ;; counters: seen (set by `finish`), matched, rules
