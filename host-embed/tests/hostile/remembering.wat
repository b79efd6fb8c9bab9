;; Replies with a byte that it counts up: shows whether an instance is used twice.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "0")
  (func (export "alloc") (param i32) (result i32) i32.const 16)
  (func (export "call") (param i32 i32 i32) (result i64)
    (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
    i64.const 0x0000_0001_0000_0000))
