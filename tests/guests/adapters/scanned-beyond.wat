;; It says of the run that more things were looked at than canonical JSON can count.
;; expect: adapter-failed

(data $run (i32.const 592)
  (i32 0 0)
  (i32 1 0)                   ;; scanned: some
  (i64 -1))
