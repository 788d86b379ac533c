;; It panics at a record.
;; expect: adapter-failed

(func $on-records (param $reading i32) (param $place i32) (param $number i32) (result i32)
  (unreachable))
