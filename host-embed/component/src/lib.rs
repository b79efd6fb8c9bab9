//! The engine as a WebAssembly component: the world of `host-embed/wit`, for plugin hosts.
//!
//! The same operations as those of the guest, with the types of the component model in place of
//! pointers. Like the guest it imports nothing, and does *not* bound its own time and memory.

use portcullis_api::call::{Operation, call};

#[allow(unsafe_code, reason = "generated from host-embed/wit")]
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "engine" });

    use super::Engine;

    export!(Engine);
}

use bindings::exports::portcullis::engine::operations::{Guest, Operation as Asked, Refusal};

struct Engine;

impl Guest for Engine {
    fn call(asked: Asked, document: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let refused = |kind: String, message: String| Refusal { kind, message };
        // The cases of the world are those of the calling convention, in the order of their
        // numbers, which begin with 1; a test compares their names.
        let operation = Operation::from_number(u32::from(asked as u8).saturating_add(1));
        let operation =
            operation.ok_or_else(|| refused("unknown_operation".into(), "no such case".into()))?;
        call(operation, &document).map_err(|refusal| refused(refusal.kind, refusal.message))
    }
}
