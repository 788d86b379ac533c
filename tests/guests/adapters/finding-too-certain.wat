;; Its finding is more certain than certain.
;; expect: record-quarantined

(data $answers (i32.const 2048)
  (i32 0 4096 1) (i32 1 0 0) (i32 1 0 0))

(data $confidence (i32.const 4216)
  "\01\65")
