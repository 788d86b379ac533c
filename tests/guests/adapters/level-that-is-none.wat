;; There are six levels; its finding is of a seventh.
;; expect: adapter-failed

(data $answers (i32.const 2048)
  (i32 0 4096 1) (i32 1 0 0) (i32 1 0 0))

(data $finding (i32.const 4096)
  (i32 0)
  (i32 6 0 0 0 0 0 0 0 0 0)
  (i32 1072 6)
  (i32 0 0 0 0 0 0 0 0)
  (i32 1072 6))
