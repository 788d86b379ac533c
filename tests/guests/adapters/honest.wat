;; expect: pass
