;; Begins with 4 GiB of memory.
(module
  (memory (export "memory") 65536)
  (func (export "alloc") (param i32) (result i32) i32.const 16)
  (func (export "call") (param i32 i32 i32) (result i64) unreachable))
