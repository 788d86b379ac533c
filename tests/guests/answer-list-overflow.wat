;; Attacks: the host's reading of answers. The length of its list in bytes does not fit 32 bits.
;; expect: policy-bad-decision

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 0)           ;; outcome
  (i32 576 1)       ;; reasons
  (i32 640 0x20000001)       ;; dispositions
  (i32 0 3 1))      ;; counters: seen (set by `finish`), matched, rules
