;; It says that a record is findings, and gives none.
;; expect: record-quarantined

(data $answers (i32.const 2048)
  (i32 0 4096 0) (i32 1 0 0) (i32 1 0 0))
