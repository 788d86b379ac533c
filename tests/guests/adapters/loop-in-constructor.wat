;; It never gets ready.
;; expect: adapter-failed

(func $constructor (result i32)
  (loop $again (br $again))
  (call $resource-new (i32.const 1)))
