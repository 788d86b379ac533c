;; Attacks: one name, one value. It asks for the same name as a threshold and as a setting.
;; expect: policy-description

(data $description (i32.const 256)
  (i32 1024 5)      ;; name
  (i32 1040 5)      ;; version
  (i32 1056 22)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 320 1)       ;; settings
  (i32 448 0))      ;; reads
