//! Where hostile bytes are read: behind one call, so that the service can be run over a sandbox,
//! which is what it is made for, or in process, which tests do.

use portcullis_api::call::{self, Operation, RefusalDoc};

/// Why there is no reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EngineError {
    /// The document cannot be used: the caller's fault.
    Refused(RefusalDoc),
    /// A limit of the sandbox was hit, or it failed: nobody's verdict.
    Stopped(String),
}

/// Answers the operations of [`portcullis_api::call`].
pub trait Engine: Send + Sync {
    /// A JSON document in, the canonical JSON of the reply out.
    ///
    /// # Errors
    /// [`EngineError`].
    fn call(&self, operation: Operation, input: &[u8]) -> Result<Vec<u8>, EngineError>;

    /// SHA-256 of what judges, in hexadecimal: the guest module's, for tokens.
    fn digest(&self) -> &str;
}

/// Judges in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Engine for Native {
    fn call(&self, operation: Operation, input: &[u8]) -> Result<Vec<u8>, EngineError> {
        call::call(operation, input).map_err(EngineError::Refused)
    }

    fn digest(&self) -> &'static str {
        "native"
    }
}
