;; It says of the run that it ended at a moment that is none.
;; expect: adapter-failed

(data $run (i32.const 512)
  (i32 0 0)                   ;; ok
  (i32 0 0 0)                 ;; tool-version
  (i32 0 0 0)                 ;; database-version
  (i32 1 1104 4))             ;; finished
