//! The engine as a WebAssembly module without imports: bytes in, bytes out.
//!
//! It cannot read a clock, a file or a random number: nothing reaches it but the bytes of a call.
//! What it does *not* do is bound its own time and memory; that is the host's part, and so is a
//! fresh instance for every call.
//!
//! # Calling convention
//!
//! All values are `i32` or `i64`; pointers are offsets into the exported `memory`.
//!
//! | export | meaning |
//! |---|---|
//! | `alloc(size) -> ptr` | room for a call; 0 for a size of 0 or above 2^31 - 1 |
//! | `call(operation, ptr, size) -> reply` | runs an operation over a region of `alloc`, and frees it |
//! | `free(ptr, size)` | frees a region that `alloc` or `call` returned |
//! | `abi_version() -> version` | 1 |
//!
//! `operation` is [`Operation::number`]; the region holds its JSON document. `reply` holds a
//! pointer in its low 32 bits, a size in bits 32 to 62, and 1 in bit 63 when the call was
//! refused: the region then holds a `RefusalDoc` (`{"kind":..,"message":..}`) instead of the
//! document of the operation. A reply is never empty.
//!
//! A host checks that pointer and size lie within the memory before it reads: the guest is not
//! trusted. A guest that traps answers nothing, and its instance must not be used again.

use portcullis_api::call::{Operation, RefusalDoc, call as run};

/// Version of the calling convention.
const ABI_VERSION: u32 = 1;

/// Marks a reply as a refusal.
const REFUSED: u64 = 1 << 63;

/// Version of the calling convention.
#[cfg_attr(target_arch = "wasm32", unsafe(export_name = "abi_version"))]
#[allow(unsafe_code, reason = "exported by name")]
pub extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// Room for `size` bytes, zeroed.
#[cfg_attr(target_arch = "wasm32", unsafe(export_name = "alloc"))]
#[allow(unsafe_code, reason = "exported by name")]
pub extern "C" fn alloc(size: u32) -> *mut u8 {
    if size == 0 || i32::try_from(size).is_err() {
        return std::ptr::null_mut();
    }
    release(vec![0; size as usize])
}

/// Frees a region.
///
/// # Safety
/// The region comes from [`alloc`] or [`call`], with this size, and is freed once.
#[cfg_attr(target_arch = "wasm32", unsafe(export_name = "free"))]
#[allow(unsafe_code, reason = "exported by name; takes back a region that was handed out")]
pub unsafe extern "C" fn free(ptr: *mut u8, size: u32) {
    // SAFETY: passed on to the caller.
    drop(unsafe { take(ptr, size) });
}

/// Runs an operation over a region, and frees the region.
///
/// # Safety
/// The region comes from [`alloc`], with this size.
#[cfg_attr(target_arch = "wasm32", unsafe(export_name = "call"))]
#[allow(unsafe_code, reason = "exported by name; takes back the region that `alloc` handed out")]
pub unsafe extern "C" fn call(operation: u32, ptr: *mut u8, size: u32) -> u64 {
    // SAFETY: passed on to the caller.
    let input = unsafe { take(ptr, size) };
    let reply = match Operation::from_number(operation) {
        Some(operation) => run(operation, &input),
        None => Err(RefusalDoc::unknown_operation(operation)),
    };
    match reply {
        Ok(document) => packed(document),
        Err(refusal) => packed(refusal.to_json()) | REFUSED,
    }
}

/// Pointer and size of bytes that the host frees.
fn packed(bytes: Vec<u8>) -> u64 {
    let size = bytes.len() as u64;
    size << 32 | release(bytes) as usize as u64
}

/// Hands bytes out. The capacity is the size, so that [`take`] knows it.
fn release(bytes: Vec<u8>) -> *mut u8 {
    Box::into_raw(bytes.into_boxed_slice()).cast()
}

/// Takes bytes back.
///
/// # Safety
/// The region comes from [`release`] with this size, or the size is 0.
#[allow(unsafe_code, reason = "the counterpart of `release`")]
unsafe fn take(ptr: *mut u8, size: u32) -> Vec<u8> {
    if ptr.is_null() || size == 0 {
        return Vec::new();
    }
    let region = std::ptr::slice_from_raw_parts_mut(ptr, size as usize);
    // SAFETY: `release` made the region from a boxed slice of this size.
    unsafe { Box::from_raw(region) }.into_vec()
}
