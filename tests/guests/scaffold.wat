;; What a guest has when it says nothing else: an honest policy, laid out by hand for the canonical ABI of
;; `wit/policy.wit`. The blocks here are separated by blank lines. A guest's file replaces a block by defining
;; the same thing under the same name (`(func $finish …`, `(data $decision …`); all other blocks are added to it.
;;
;; Places in memory:
;;    256  description          512  decision (the whole `result`)      1024  texts
;;    320  parameters           576  reasons                            4096  free for guests
;;    448  reads                640  dispositions                      32768  the heap, upwards
;;                              704  answer of `on-findings`
;;                              768  findings of the reason

(import "[export]gate:policy/guest@0.1.0" "[resource-new]evaluation" (func $resource-new (param i32) (result i32)))

(memory $memory 2)

(global $heap (mut i32) (i32.const 32768))

(global $seen (mut i32) (i32.const 0))

(export "memory" (memory $memory))

(export "cabi_realloc" (func $realloc))

(export "gate:policy/guest@0.1.0#describe" (func $describe))

(export "gate:policy/guest@0.1.0#[constructor]evaluation" (func $constructor))

(export "gate:policy/guest@0.1.0#[method]evaluation.on-findings" (func $on-findings))

(export "gate:policy/guest@0.1.0#[method]evaluation.finish" (func $finish))

(export "cabi_post_gate:policy/guest@0.1.0#[method]evaluation.finish" (func $post-finish))

(export "gate:policy/guest@0.1.0#[dtor]evaluation" (func $destructor))

(data $texts (i32.const 1024)
  "guest\00\00\00\00\00\00\00\00\00\00\00"          ;; 1024, 5 bytes: name
  "1.0.0\00\00\00\00\00\00\00\00\00\00\00"          ;; 1040, 5: version
  "Does the sandbox hold?\00\00\00\00\00\00\00\00\00\00"  ;; 1056, 22: question
  "max-any\00\00\00\00\00\00\00\00\00"              ;; 1088, 7: name of the threshold
  "Findings that are allowed.\00\00\00\00\00\00"    ;; 1104, 26: its meaning
  "all-seen\00\00\00\00\00\00\00\00"                ;; 1136, 8: code of the reason
  "every finding was looked at\00\00\00\00\00")     ;; 1152, 27: its message

(data $description (i32.const 256)
  (i32 1024 5)      ;; name
  (i32 1040 5)      ;; version
  (i32 1056 22)     ;; question
  (i32 320 1)       ;; thresholds
  (i32 384 0)       ;; settings
  (i32 448 0))      ;; reads

(data $parameters (i32.const 320)
  (i32 1088 7)      ;; name
  (i32 1)           ;; kind: count
  (i32 1 10 0)      ;; default: count 10
  (i32 1104 26))    ;; meaning

(data $decision (i32.const 512)
  (i32 0)           ;; ok
  (i32 0)           ;; outcome: pass
  (i32 576 1)       ;; reasons
  (i32 640 3)       ;; dispositions
  (i32 0 3 1))      ;; counters: seen (set by `finish`), matched, rules

(data $reasons (i32.const 576)
  (i32 1136 8)      ;; code
  (i32 1152 27)     ;; message
  (i32 0 0 0)       ;; help: none
  (i32 768 1)
  (i32 0))          ;; outcome: pass      ;; findings: the first

(data $dispositions (i32.const 640)
  (i32 0 1)         ;; position, tolerated
  (i32 1 1)
  (i32 2 1))

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (local $place i32)
  (local.set $place (i32.and
    (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
    (i32.sub (i32.const 0) (local.get $align))))
  (global.set $heap (i32.add (local.get $place) (local.get $size)))
  (local.get $place))

(func $describe (result i32)
  (i32.const 256))

(func $constructor (param $context i32) (result i32)
  (call $resource-new (i32.const 1)))

(func $on-findings (param $batch i32) (result i32)
  ;; The arguments are too many for parameters: the handle stands first, then the number of findings.
  (global.set $seen (i32.add (global.get $seen) (i32.load offset=4 (local.get $batch))))
  (i32.const 704))

(func $finish (param $evaluation i32) (result i32)
  (i32.store (i32.const 536) (global.get $seen))
  (i32.const 512))

(func $post-finish (param $answer i32))

(func $destructor (param $evaluation i32))
