;; Attacks: the memory limit. It is born with more than it may have.
;; expect: policy-out-of-memory

(memory $memory 2000)
