;; It never says what it is.
;; expect: adapter-invalid

(func $describe (result i32)
  (loop $again (br $again))
  (i32.const 256))
