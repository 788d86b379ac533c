;; It calls itself without end.
;; expect: adapter-failed

(func $finish (param $reading i32) (param $place i32) (param $length i32) (result i32)
  (call $finish (local.get $reading) (local.get $place) (local.get $length)))
