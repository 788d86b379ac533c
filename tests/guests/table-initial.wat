;; Attacks: the table limit. It is born with more places than it may have.
;; expect: policy-out-of-memory

(table $places 20001 funcref)
