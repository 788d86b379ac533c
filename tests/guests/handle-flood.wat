;; Attacks: the host's memory. It makes handles without end, which the host keeps outside the memory limit.
;; expect: policy-out-of-memory

(func $constructor (param $context i32) (result i32)
  (loop $again
    (drop (call $resource-new (i32.const 1)))
    (br $again))
  (unreachable))
