;; Attacks: what is loaded is a policy. It exports all that the contract names, each with another type.
;; expect: policy-instantiate

(component
  (core module $code
    (func (export "none") (result i32) (i32.const 0))
    (func (export "one") (param i32) (result i32) (i32.const 0)))
  (core instance $code (instantiate $code))
  (type $evaluation (resource (rep i32)))
  (func $describe (result u32) (canon lift (core func $code "none")))
  (func $constructor (result (own $evaluation)) (canon lift (core func $code "none")))
  (func $method (param "self" (borrow $evaluation)) (result u32) (canon lift (core func $code "one")))
  (component $named
    (import "import-evaluation" (type $evaluation (sub resource)))
    (import "import-describe" (func $describe (result u32)))
    (import "import-constructor" (func $constructor (result (own $evaluation))))
    (import "import-method" (func $method (param "self" (borrow $evaluation)) (result u32)))
    (export $own "evaluation" (type $evaluation))
    (export "describe" (func $describe))
    (export "[constructor]evaluation" (func $constructor) (func (result (own $own))))
    (export "[method]evaluation.on-findings" (func $method) (func (param "self" (borrow $own)) (result u32)))
    (export "[method]evaluation.finish" (func $method) (func (param "self" (borrow $own)) (result u32))))
  (instance $guest (instantiate $named
    (with "import-evaluation" (type $evaluation))
    (with "import-describe" (func $describe))
    (with "import-constructor" (func $constructor))
    (with "import-method" (func $method))))
  (export "gate:policy/guest@0.1.0" (instance $guest)))
