;; It says that it does not understand a record.
;; expect: record-quarantined

(data $answers (i32.const 2048)
  (i32 2 1072 6) (i32 1 0 0) (i32 1 0 0))
