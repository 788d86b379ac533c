;; Attacks nothing: an honest policy with a module beside it that nobody uses. Were it refused, the guests with
;; a forbidden feature beside an honest policy would prove nothing.
;; beside: honest
;; expect: pass

(component
  (core module (memory 1)))
