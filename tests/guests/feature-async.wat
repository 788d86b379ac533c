;; Attacks: one call, one answer. It uses the types of asynchronous components.
;; beside: honest
;; expect: policy-invalid

(component
  (type $bytes (stream u8)))
