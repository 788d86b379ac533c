;; It marks a place in its memory with each report, and panics once it finds a mark.
;; expect: pass

(func $on-records (param $reading i32) (param $place i32) (param $number i32) (result i32)
  (if (i32.load (i32.const 8192)) (then (unreachable)))
  (i32.store (i32.const 8192) (i32.const 1))
  (i32.store (i32.const 2176) (i32.const 2048))
  (i32.store (i32.const 2180) (local.get $number))
  (i32.const 2176))
