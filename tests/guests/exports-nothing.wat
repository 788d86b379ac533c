;; Attacks: what is loaded is a policy. It is an empty component.
;; expect: policy-invalid

(component)
