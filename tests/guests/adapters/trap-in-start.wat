;; It panics before anything was asked of it.
;; expect: adapter-invalid

(func $start (unreachable))

(start $start)
