;; Attacks: the host's reading of answers. Its list of dispositions begins inside its memory and ends outside.
;; expect: policy-bad-decision

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 0)           ;; outcome
  (i32 576 1)       ;; reasons
  (i32 130000 200000)       ;; dispositions
  (i32 0 3 1))      ;; counters: seen (set by `finish`), matched, rules
