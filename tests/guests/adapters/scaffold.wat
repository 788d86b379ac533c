;; What a guest has when it says nothing else: an honest adapter, laid out by hand for the canonical ABI of
;; `wit/adapter/adapter.wit`. The blocks here are separated by blank lines; see `../scaffold.wat`.
;;
;; Places in memory:
;;    256  description                         1024  texts
;;    384  its lists and exit codes            2048  answers: 8 times `passed`, 12 bytes each
;;    512  answer of `finish`: all zeros,      2176  the list of answers
;;         a complete run                      4096  a finding without anything in it, free for guests
;;                                            32768  the heap, upwards

(import "[export]gate:adapter/guest@0.1.0" "[resource-new]reading" (func $resource-new (param i32) (result i32)))

(memory $memory 2)

(global $heap (mut i32) (i32.const 32768))

(export "memory" (memory $memory))

(export "cabi_realloc" (func $realloc))

(export "gate:adapter/guest@0.1.0#describe" (func $describe))

(export "gate:adapter/guest@0.1.0#[constructor]reading" (func $constructor))

(export "gate:adapter/guest@0.1.0#[method]reading.on-records" (func $on-records))

(export "gate:adapter/guest@0.1.0#[method]reading.finish" (func $finish))

(data $texts (i32.const 1024)
  "acme\00\00\00\00\00\00\00\00\00\00\00\00"        ;; 1024, 4 bytes: tool
  "1.0.0\00\00\00\00\00\00\00\00\00\00\00"          ;; 1040, 5: version
  "/issues/*\00\00\00\00\00\00\00"                  ;; 1056, 9: list
  "A rule\00\00\00\00\00\00\00\00\00\00"            ;; 1072, 6: for findings and for people
  "issues\00\00\00\00\00\00\00\00\00\00"            ;; 1088, 6: recognised by
  "soon\00\00\00\00\00\00\00\00\00\00\00\00")       ;; 1104, 4: no moment

(data $description (i32.const 256)
  (i32 1024 4)                ;; tool
  (i32 1040 5)                ;; version
  (i32 0 0 0 0 0 0)           ;; format: json
  (i32 384 1)                 ;; lists
  (i32 0 0)                   ;; sensitive
  (i32 400 1)                 ;; recognized-by
  (i32 416 1) (i32 0 0)       ;; exits: ended, found
  (i32 1072 6)                ;; reads
  (i32 1072 6)                ;; severity
  (i32 1072 6))               ;; completeness

(data $lists (i32.const 384)
  (i32 1056 9)
  (i32 0 0)
  (i32 1088 6)
  (i32 0 0)
  (i32 0))

(data $answers (i32.const 2048)
  (i32 1 0 0) (i32 1 0 0) (i32 1 0 0) (i32 1 0 0) (i32 1 0 0) (i32 1 0 0) (i32 1 0 0) (i32 1 0 0))

(data $finding (i32.const 4096)
  (i32 0)                     ;; class, status
  (i32 2 0 0 0 0 0 0 0 0 0)   ;; severity: low
  (i32 1072 6)                ;; rule: id
  (i32 0 0 0 0 0 0 0 0)       ;; name, url, tags
  (i32 1072 6))               ;; title

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (local $place i32)
  (local.set $place (i32.and
    (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
    (i32.sub (i32.const 0) (local.get $align))))
  (global.set $heap (i32.add (local.get $place) (local.get $size)))
  (local.get $place))

(func $describe (result i32)
  (i32.const 256))

(func $constructor (result i32)
  (call $resource-new (i32.const 1)))

(func $on-records (param $reading i32) (param $place i32) (param $number i32) (result i32)
  (i32.store (i32.const 2176) (i32.const 2048))
  (i32.store (i32.const 2180) (local.get $number))
  (i32.const 2176))

(func $finish (param $reading i32) (param $place i32) (param $length i32) (result i32)
  (i32.const 512))
