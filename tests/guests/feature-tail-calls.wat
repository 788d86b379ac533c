;; Attacks: the list of allowed features. It makes a tail call, which would escape the limit of the stack.
;; expect: policy-invalid

(func $finish (param $evaluation i32) (result i32)
  (return_call $finish (local.get $evaluation)))
