;; Attacks: every reason can be followed. It names a finding that was never sent.
;; expect: policy-bad-decision

(data $named (i32.const 768) (i32 3))
