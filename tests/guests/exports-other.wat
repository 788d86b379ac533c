;; Attacks: what is loaded is a policy. It exports another contract under a name that resembles ours.
;; expect: policy-invalid

(component
  (type $level (enum "low" "high"))
  (instance $guest (export "level" (type $level)))
  (export "gate:policy/guest@0.2.0" (instance $guest)))
