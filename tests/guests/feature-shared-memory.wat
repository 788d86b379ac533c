;; Attacks: the same answer each time. Its memory could be shared between threads.
;; expect: policy-invalid

(memory $shared 1 1 shared)
