;; Attacks: a policy imports nothing. It is an honest policy that also wants a clock.
;; expect: policy-import

(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))

(func $finish (param $evaluation i32) (result i32)
  (drop (call $now))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
