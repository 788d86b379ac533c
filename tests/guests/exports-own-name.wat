;; Attacks: what is loaded is a policy. It exports one function under the contract's name, with another type.
;; expect: policy-invalid

(component
  (core module $code (func (export "describe") (result i32) (i32.const 0)))
  (core instance $code (instantiate $code))
  (func $describe (result u32) (canon lift (core func $code "describe")))
  (instance $guest (export "describe" (func $describe)))
  (export "gate:policy/guest@0.1.0" (instance $guest)))
