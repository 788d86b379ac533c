;; Attacks: the host's stack. It calls itself without end.
;; expect: policy-stack-overflow

(func $deeper (param $depth i32) (result i32)
  (i32.add (call $deeper (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

(func $finish (param $evaluation i32) (result i32)
  (call $deeper (i32.const 0)))
