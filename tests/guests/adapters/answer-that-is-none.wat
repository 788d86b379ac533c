;; A record is findings, passed or unclear; it answers with a fourth.
;; expect: adapter-failed

(data $answers (i32.const 2048)
  (i32 3 0 0) (i32 1 0 0) (i32 1 0 0))
