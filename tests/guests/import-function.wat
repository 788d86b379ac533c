;; Attacks: a policy imports nothing. It wants a function without an interface.
;; expect: policy-import

(component
  (import "now" (func (result u64))))
