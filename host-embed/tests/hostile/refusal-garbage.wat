;; Refuses, and gives no reason that can be read.
(module
  (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) i32.const 16)
  (func (export "call") (param i32 i32 i32) (result i64)
    i64.const 0x8000_0001_0000_0010))
