;; Attacks: the same answer on every machine. It computes with NaNs in every way, looks at the bits of what comes
;; out, takes the more fuel the more bits are set, and fails where a bit is not as in the canonical NaN. Without the
;; engine's setting for that, other processors give other bits.
;; expect: pass

(data $floats (i32.const 4096)
  (i64 0)                     ;; 4096: 0
  (i64 0x7ff0000000000000)    ;; 4104: infinity
  (i64 0x7ff4000000000001)    ;; 4112: a signalling NaN
  (i64 0xfff8000000000002)    ;; 4120: a quiet NaN with sign and payload
  (i64 0xbff0000000000000)    ;; 4128: -1
  (i32 0xffa00001))           ;; 4136: a signalling NaN of 32 bits

(func $look (param $bits i64) (param $canonical i64)
  (local $n i64)
  (if (i64.ne (local.get $bits) (local.get $canonical))
    (then (i32.store (i32.const 516) (i32.const 2))))
  (local.set $n (i64.popcnt (local.get $bits)))
  (loop $again
    (local.set $n (i64.sub (local.get $n) (i64.const 1)))
    (br_if $again (i64.gt_s (local.get $n) (i64.const 0)))))

(func $look-64 (param $float f64)
  (call $look (i64.reinterpret_f64 (local.get $float)) (i64.const 0x7ff8000000000000)))

(func $look-32 (param $float f32)
  (call $look (i64.extend_i32_u (i32.reinterpret_f32 (local.get $float))) (i64.const 0x7fc00000)))

(func $finish (param $evaluation i32) (result i32)
  (call $look-64 (f64.div (f64.load (i32.const 4096)) (f64.load (i32.const 4096))))
  (call $look-64 (f64.sub (f64.load (i32.const 4104)) (f64.load (i32.const 4104))))
  (call $look-64 (f64.mul (f64.load (i32.const 4096)) (f64.load (i32.const 4104))))
  (call $look-64 (f64.add (f64.load (i32.const 4112)) (f64.load (i32.const 4096))))
  (call $look-64 (f64.add (f64.load (i32.const 4112)) (f64.load (i32.const 4120))))
  (call $look-64 (f64.add (f64.load (i32.const 4120)) (f64.load (i32.const 4112))))
  (call $look-64 (f64.sqrt (f64.load (i32.const 4128))))
  (call $look-64 (f64.ceil (f64.load (i32.const 4112))))
  (call $look-64 (f64.nearest (f64.load (i32.const 4112))))
  (call $look-64 (f64.min (f64.load (i32.const 4112)) (f64.load (i32.const 4096))))
  (call $look-64 (f64.max (f64.load (i32.const 4096)) (f64.load (i32.const 4112))))
  (call $look-64 (f64.promote_f32 (f32.load (i32.const 4136))))
  (call $look-64 (f64x2.extract_lane 1
    (f64x2.mul (f64x2.splat (f64.load (i32.const 4112))) (f64x2.splat (f64.load (i32.const 4096))))))
  (call $look-64 (f64x2.extract_lane 0 (f64x2.promote_low_f32x4 (f32x4.splat (f32.load (i32.const 4136))))))
  (call $look-32 (f32.div (f32.load (i32.const 4096)) (f32.load (i32.const 4096))))
  (call $look-32 (f32.add (f32.load (i32.const 4136)) (f32.load (i32.const 4096))))
  (call $look-32 (f32.trunc (f32.load (i32.const 4136))))
  (call $look-32 (f32.min (f32.load (i32.const 4136)) (f32.load (i32.const 4096))))
  (call $look-32 (f32.demote_f64 (f64.load (i32.const 4112))))
  (call $look-32 (f32x4.extract_lane 2
    (f32x4.max (f32x4.splat (f32.load (i32.const 4136))) (f32x4.splat (f32.load (i32.const 4096))))))
  (call $look-32 (f32x4.extract_lane 1 (f32x4.demote_f64x2_zero (f64x2.splat (f64.load (i32.const 4112))))))
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))
