;; Attacks: the size of what is kept. Its question is one byte longer than a text may be.
;; expect: policy-answer-too-large

(func $describe (result i32)
  (memory.fill (i32.const 40960) (i32.const 0x78) (i32.const 4097))
  (i32.const 256))

(data $description (i32.const 256)
  (i32 1024 5)      ;; name
  (i32 1040 5)      ;; version
  (i32 40960 4097)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 384 0)       ;; settings
  (i32 448 0))      ;; reads
