;; Its three answers share one text of six megabytes: little memory here, 18 megabytes in the host.
;; expect: adapter-failed

(memory $memory 100)

(data $answers (i32.const 2048)
  (i32 2 65536 6291456) (i32 2 65536 6291456) (i32 2 65536 6291456))
