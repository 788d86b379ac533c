;; It takes a megabyte at a time and would go on if a refusal were told to it.
;; expect: adapter-failed

(func $finish (param $reading i32) (param $place i32) (param $length i32) (result i32)
  (loop $again
    (drop (memory.grow (i32.const 16)))
    (br $again))
  (i32.const 512))
