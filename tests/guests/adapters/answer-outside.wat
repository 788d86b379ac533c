;; Its findings lie behind its memory.
;; expect: adapter-failed

(data $answers (i32.const 2048)
  (i32 0 131072 1) (i32 1 0 0) (i32 1 0 0))
