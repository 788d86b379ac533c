;; It names no list of records, so that every report would be clean.
;; expect: adapter-invalid

(data $description (i32.const 256)
  (i32 1024 4)
  (i32 1040 5)
  (i32 0 0 0 0 0 0)
  (i32 384 0)
  (i32 0 0)
  (i32 400 1)
  (i32 416 1) (i32 0 0)
  (i32 1072 6)
  (i32 1072 6)
  (i32 1072 6))
