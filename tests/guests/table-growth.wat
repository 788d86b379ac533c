;; Attacks: the table limit. It takes a thousand places at a time and would go on if a refusal were told to it.
;; expect: policy-out-of-memory

(table $places 1 funcref)

(func $finish (param $evaluation i32) (result i32)
  (loop $again
    (drop (table.grow $places (ref.null func) (i32.const 1000)))
    (br $again))
  (unreachable))
