;; Attacks: the host's reading of answers. Its decision lies at an odd place.
;; expect: policy-bad-decision

(func $finish (param $evaluation i32) (result i32)
  (i32.const 513))
