;; Attacks: what a policy reads is known. It reads a field without a name.
;; expect: policy-description

(data $description (i32.const 256)
  (i32 1024 5)      ;; name
  (i32 1040 5)      ;; version
  (i32 1056 22)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 384 0)       ;; settings
  (i32 448 1))      ;; reads
