;; Attacks: the list of allowed features. It has a memory with 64-bit addresses.
;; beside: honest
;; expect: policy-invalid

(component
  (core module (memory i64 1)))
