;; It wants a function from outside.
;; expect: adapter-invalid

(component
  (import "now" (func $now (result u64))))
