;; Attacks: the host's writing of arguments. The memory that it offers for them is not its own.
;; expect: policy-bad-decision

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (i32.const 0x7ffffff0))
