;; It gives back what it was given: its first record is why it does not understand it. `issues` is the key that it
;; names as secret, so that nothing of the records is left to give back.
;; expect: record-quarantined

(data $lists (i32.const 384)
  (i32 1056 9)
  (i32 0 0)
  (i32 1088 6)
  (i32 0 0)
  (i32 0))

(data $description (i32.const 256)
  (i32 1024 4)
  (i32 1040 5)
  (i32 0 0 0 0 0 0)
  (i32 384 1)
  (i32 448 1)                 ;; sensitive
  (i32 400 1)
  (i32 416 1) (i32 0 0)
  (i32 1072 6)
  (i32 1072 6)
  (i32 1072 6))

(data $sensitive (i32.const 448)
  (i32 1088 6)                ;; key
  (i32 0 0 0)                 ;; under: anything
  (i32 0 0 0))                ;; kind: secret

(func $on-records (param $reading i32) (param $place i32) (param $number i32) (result i32)
  (i32.store (i32.const 2048) (i32.const 2))
  (i32.store (i32.const 2052) (i32.load offset=28 (local.get $place)))
  (i32.store (i32.const 2056) (i32.load offset=32 (local.get $place)))
  (i32.store (i32.const 2176) (i32.const 2048))
  (i32.store (i32.const 2180) (local.get $number))
  (i32.const 2176))
