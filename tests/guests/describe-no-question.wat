;; Attacks: a policy answers one question. It has none.
;; expect: policy-description

(data $description (i32.const 256)
  (i32 1024 5)      ;; name
  (i32 1040 5)      ;; version
  (i32 1056 0)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 384 0)       ;; settings
  (i32 448 0))      ;; reads
