;; Attacks: the host's reading of answers. Its decision lies behind its memory.
;; expect: policy-bad-decision

(func $finish (param $evaluation i32) (result i32)
  (i32.const 0x7ffffff0))
