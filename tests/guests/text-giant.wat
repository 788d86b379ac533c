;; Attacks: the size of a verdict. Its message is one byte longer than it may be.
;; expect: policy-answer-too-large

(data $reasons (i32.const 576)
  (i32 1136 8)
  (i32 40960 4097)  ;; message
  (i32 0 0 0)
  (i32 768 1)
  (i32 0))          ;; outcome: pass

(func $finish (param $evaluation i32) (result i32)
  (memory.fill (i32.const 40960) (i32.const 0x78) (i32.const 4097))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
