;; Attacks: a policy imports nothing. It wants the very interface that it should export, with a function of another
;; type.
;; expect: policy-import

(component
  (import "gate:policy/guest@0.1.0" (instance
    (export "describe" (func (result u64))))))
