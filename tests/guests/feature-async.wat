;; Attacks: one call, one answer. It uses the types of asynchronous components.
;; expect: policy-invalid

(component
  (type $bytes (stream u8)))
