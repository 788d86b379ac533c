;; It is a module, which could import anything by any name.
;; expect: adapter-invalid

(module
  (memory 1))
