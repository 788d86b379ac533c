;; Attacks: the size of what is kept. A default is recorded with every verdict; its own is longer than a text
;; may be.
;; expect: policy-answer-too-large

(func $describe (result i32)
  (memory.fill (i32.const 40960) (i32.const 0x78) (i32.const 4097))
  (i32.const 256))

(data $parameters (i32.const 320)
  (i32 1088 7)
  (i32 3)           ;; kind: text
  (i32 4 40960 4097)  ;; default
  (i32 1104 26))
