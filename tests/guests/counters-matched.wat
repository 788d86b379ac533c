;; Attacks: nothing is left out. It claims to have matched more than it says anything of.
;; expect: policy-bad-decision

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 0)           ;; outcome
  (i32 576 1)       ;; reasons
  (i32 640 3)       ;; dispositions
  (i32 0 4 1))      ;; counters: seen (set by `finish`), matched, rules
