;; Attacks nothing: counts a finding and fails for a reason. The gate passes on what an honest policy says.
;; expect: fail

(data $decision (i32.const 512)
  (i32 0)
  (i32 2)           ;; outcome: fail
  (i32 576 1)
  (i32 640 3)
  (i32 0 3 1))

(data $dispositions (i32.const 640)
  (i32 0 0)         ;; counted
  (i32 1 1)
  (i32 2 1))

(data $reasons (i32.const 576)
  (i32 1136 8)
  (i32 1152 27)
  (i32 0 0 0)
  (i32 768 1)
  (i32 2))          ;; outcome: fail
