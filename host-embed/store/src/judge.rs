//! Where untrusted bytes are read: behind one call, so that a sandbox can take the place of this
//! process.

use portcullis_api::call::{self, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Result, StoreError};

/// Answers the operations of [`portcullis_api::call`].
pub trait Judge: Sync {
    /// A JSON document in, the canonical JSON of the reply out.
    ///
    /// # Errors
    /// Why the document was refused.
    fn call(&self, operation: Operation, input: &[u8]) -> std::result::Result<Vec<u8>, String>;
}

/// Judges in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Judge for Native {
    fn call(&self, operation: Operation, input: &[u8]) -> std::result::Result<Vec<u8>, String> {
        call::call(operation, input).map_err(|refusal| refusal.to_string())
    }
}

/// Asks with one document and reads another.
pub(crate) fn ask<T: DeserializeOwned>(
    judge: &dyn Judge,
    operation: Operation,
    question: &impl Serialize,
) -> Result<T> {
    let input = serde_json::to_vec(question).map_err(StoreError::damaged)?;
    let refused = |reason: String| StoreError::refused("document", reason, "");
    let reply = judge.call(operation, &input).map_err(refused)?;
    serde_json::from_slice(&reply).map_err(StoreError::damaged)
}
