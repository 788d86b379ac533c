;; Attacks: a pass means that nothing weighs against it. It counts a finding and passes.
;; expect: policy-bad-decision

(data $dispositions (i32.const 640)
  (i32 0 1)
  (i32 1 0)         ;; counted
  (i32 2 1))
