;; Takes and touches all memory that it gets, then gives up, as the guest's allocator does.
(module
  (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) i32.const 16)
  (func (export "call") (param i32 i32 i32) (result i64)
    (local $pages i32)
    (loop $more
      (local.set $pages (memory.grow (i32.const 16)))
      (if (i32.ne (local.get $pages) (i32.const -1))
        (then
          (memory.fill
            (i32.shl (local.get $pages) (i32.const 16)) (i32.const 1) (i32.const 0x10_0000))
          (br $more))))
    unreachable))
