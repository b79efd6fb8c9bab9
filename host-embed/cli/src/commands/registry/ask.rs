//! The one place where the commands on the store hand untrusted bytes on.

use portcullis_api::call::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::current;
use crate::failure::Failure;

/// Asks an operation with one document and reads another.
pub fn ask<T: DeserializeOwned>(
    operation: Operation,
    question: &impl Serialize,
    refused: impl Fn(String) -> Failure,
) -> Result<T, Failure> {
    current().ask(operation, question, |refusal| refused(refusal.to_string()))?.read()
}
