;; Attacks: the size of a verdict. Why it can't decide takes two thousand bytes; the first thousand are kept,
;; up to a whole character.
;; expect: policy-refused

(data $decision (i32.const 512)
  (i32 1)           ;; err
  (i32 40960 2000))

;; `x`, then `é` again and again: the thousandth byte is the first half of a character.
(func $finish (param $evaluation i32) (result i32)
  (local $at i32)
  (local.set $at (i32.const 40961))
  (i32.store8 (i32.const 40960) (i32.const 0x78))
  (loop $again
    (i32.store16 (local.get $at) (i32.const 0xa9c3))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const 42959))))
  (i32.store8 (i32.const 42959) (i32.const 0x78))
  (i32.const 512))
