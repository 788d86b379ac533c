;; Its tool writes lines that may be secrets. It gives back what the gate made of the first.
;; expect: record-quarantined

(data $lists (i32.const 384)
  (i32 1120 2)
  (i32 0 0)
  (i32 0 0)
  (i32 0 0)
  (i32 0))

(data $own-list (i32.const 1120) "/*")

(data $description (i32.const 256)
  (i32 1024 4)
  (i32 1040 5)
  (i32 4 1 0 0 0 0)            ;; format: lines, secret
  (i32 384 1)
  (i32 0 0)
  (i32 0 0)
  (i32 416 1) (i32 0 0)
  (i32 1072 6)
  (i32 1072 6)
  (i32 1072 6))

(func $on-records (param $reading i32) (param $place i32) (param $number i32) (result i32)
  (i32.store (i32.const 2048) (i32.const 2))
  (i32.store (i32.const 2052) (i32.load offset=28 (local.get $place)))
  (i32.store (i32.const 2056) (i32.load offset=32 (local.get $place)))
  (i32.store (i32.const 2176) (i32.const 2048))
  (i32.store (i32.const 2180) (local.get $number))
  (i32.const 2176))
