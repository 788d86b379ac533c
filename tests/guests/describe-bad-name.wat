;; Attacks: names are names. It calls itself by a sentence.
;; expect: policy-description

(data $description (i32.const 256)
  (i32 1056 22)      ;; name
  (i32 1040 5)      ;; version
  (i32 1056 22)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 384 0)       ;; settings
  (i32 448 0))      ;; reads
