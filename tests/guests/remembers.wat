;; Attacks: the same answer each time. It marks a place in its memory and a global whenever it is called, and
;; fails once it finds a mark.
;; expect: pass

(global $mark (mut i32) (i32.const 0))

(func $describe (result i32)
  (global.set $mark (i32.const 1))
  (i32.store (i32.const 4096) (i32.const 1))
  (i32.const 256))

;; Whoever finds a mark here was not made anew: the outcome becomes fail.
(func $constructor (param $context i32) (result i32)
  (if (i32.or (global.get $mark) (i32.load (i32.const 4096)))
    (then (i32.store (i32.const 516) (i32.const 2))))
  (global.set $mark (i32.const 1))
  (i32.store (i32.const 4096) (i32.const 1))
  (call $resource-new (i32.const 1)))
