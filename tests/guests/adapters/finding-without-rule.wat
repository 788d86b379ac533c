;; Its finding violates nothing.
;; expect: record-quarantined

(data $answers (i32.const 2048)
  (i32 0 4096 1) (i32 1 0 0) (i32 1 0 0))

(data $finding (i32.const 4096)
  (i32 0)
  (i32 2 0 0 0 0 0 0 0 0 0)
  (i32 0 0)
  (i32 0 0 0 0 0 0 0 0)
  (i32 1072 6))
