;; Attacks: fuel counts work. One instruction moves a megabyte; were it charged as one, this would take hours.
;; expect: policy-out-of-fuel

(memory $memory 18)

(func $finish (param $evaluation i32) (result i32)
  (loop $again
    (memory.fill (i32.const 65536) (i32.const 7) (i32.const 1048576))
    (br $again))
  (unreachable))
