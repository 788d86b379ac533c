;; Attacks: the sandbox's wall. It reads behind its own memory.
;; expect: policy-trap

(func $finish (param $evaluation i32) (result i32)
  (i32.load (i32.const 0x7ffffff0)))
