//! The one place where the commands on the store hand untrusted bytes on.

use portcullis_api::call::Operation;
use portcullis_store::Judge as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::session::JUDGE;
use crate::failure::Failure;

/// Asks an operation with one document and reads another.
pub fn ask<T: DeserializeOwned>(
    operation: Operation,
    question: &impl Serialize,
    refused: impl Fn(String) -> Failure,
) -> Result<T, Failure> {
    let input = serde_json::to_vec(question).map_err(|error| refused(error.to_string()))?;
    let reply = JUDGE.call(operation, &input).map_err(&refused)?;
    serde_json::from_slice(&reply).map_err(|error| refused(error.to_string()))
}
