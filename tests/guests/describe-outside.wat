;; Attacks: the host's reading of answers. What it says of itself lies behind its memory.
;; expect: policy-bad-decision

(func $describe (result i32)
  (i32.const 0x7ffffff0))
