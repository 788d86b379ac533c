;; Its first record is a finding. Were it refused, the refusals of the others' findings would prove nothing.
;; expect: pass

(data $answers (i32.const 2048)
  (i32 0 4096 1) (i32 1 0 0) (i32 1 0 0))
