;; Attacks: a policy imports nothing. It wants an interface that has nothing but a type: harmless, and not
;; nothing.
;; expect: policy-import

(component
  (import "gate:policy/types@0.1.0" (instance
    (type $level (enum "low" "high"))
    (export "level" (type (eq $level))))))
