;; Attacks nothing: the scaffold as it is. Were it refused, the refusals of the others would prove nothing.
;; expect: pass
