;; Names a reply that begins inside of its memory and ends outside.
(module
  (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) i32.const 16)
  (func (export "call") (param i32 i32 i32) (result i64)
    i64.const 0x0000_0002_0000_ffff))
