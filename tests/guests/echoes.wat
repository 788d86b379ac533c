;; Attacks: the host's reading of answers. Its answer is, word by word, the column `count` of the findings that it is
;; given. Of three findings with the count 1 it makes a refusal; `tests/it/answers.rs` makes up other ones.
;; expect: policy-refused

(data $description (i32.const 256)
  (i32 1024 5)      ;; name
  (i32 1040 5)      ;; version
  (i32 1056 22)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 384 0)       ;; settings
  (i32 448 1))      ;; reads

(data $reads (i32.const 448)
  (i32 1216 5))

(data $column (i32.const 1216) "count")

;; The list `count` stands last in the batch but one.
(func $on-findings (param $batch i32) (result i32)
  (memory.copy
    (i32.add (i32.const 4096) (i32.mul (global.get $seen) (i32.const 4)))
    (i32.load offset=824 (local.get $batch))
    (i32.mul (i32.load offset=828 (local.get $batch)) (i32.const 4)))
  (global.set $seen (i32.add (global.get $seen) (i32.load offset=4 (local.get $batch))))
  (i32.const 704))

(func $finish (param $evaluation i32) (result i32)
  (i32.const 4096))
