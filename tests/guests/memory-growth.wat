;; Attacks: the memory limit. It takes a megabyte at a time and would go on if a refusal were told to it.
;; expect: policy-out-of-memory

(func $finish (param $evaluation i32) (result i32)
  (loop $again
    (drop (memory.grow (i32.const 16)))
    (br $again))
  (unreachable))
