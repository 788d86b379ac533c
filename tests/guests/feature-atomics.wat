;; Attacks: the same answer each time. It uses an instruction of the threads proposal.
;; expect: policy-invalid

(func $finish (param $evaluation i32) (result i32)
  (i32.atomic.store (i32.const 536) (global.get $seen))
  (i32.const 512))
