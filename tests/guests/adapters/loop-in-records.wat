;; It never gives the records back.
;; expect: adapter-failed

(func $on-records (param $reading i32) (param $place i32) (param $number i32) (result i32)
  (loop $again (br $again))
  (i32.const 2176))
