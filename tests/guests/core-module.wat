;; Attacks: what is loaded is a component. It is a module, which could import anything by any name.
;; expect: policy-invalid

(module
  (import "env" "now" (func (result i64)))
  (func (export "describe") (result i32) (i32.const 0)))
