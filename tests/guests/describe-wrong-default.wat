;; Attacks: a threshold's default is a value of its kind. Its count defaults to a text.
;; expect: policy-description

(data $parameters (i32.const 320)
  (i32 1088 7)
  (i32 1)           ;; kind: count
  (i32 4 1040 5)    ;; default: text "1.0.0"
  (i32 1104 26))
