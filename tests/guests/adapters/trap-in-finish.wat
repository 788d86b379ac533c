;; It panics at the envelope.
;; expect: adapter-failed

(func $finish (param $reading i32) (param $place i32) (param $length i32) (result i32)
  (unreachable))
