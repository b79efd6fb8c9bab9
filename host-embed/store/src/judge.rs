//! Where untrusted bytes are read: behind one call, so that a sandbox can take the place of this
//! process.

use portcullis_api::call::{self, Operation};
use portcullis_api::{AssessmentDoc, BundleDoc, HostRecordDoc, PolicySetDoc, RequestDoc, many};
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

    /// What [`Operation::Assess`] says of many hosts under one policy set, in their order. Whoever
    /// can read the rules once does better than this.
    ///
    /// # Errors
    /// As [`Judge::call`].
    fn assess_many(
        &self,
        set: &PolicySetDoc,
        asked: &[Question<'_>],
    ) -> Result<Vec<AssessmentDoc>> {
        let one = |(host, request): &Question<'_>| {
            let (host, request) = (host.cloned(), (*request).clone());
            let bundle = BundleDoc::new(set.clone(), host, request);
            let input = serde_json::to_vec(&bundle).map_err(StoreError::damaged)?;
            let reply = self.call(Operation::Assess, &input).map_err(unusable)?;
            serde_json::from_slice(&reply).map_err(StoreError::damaged)
        };
        asked.iter().map(one).collect()
    }
}

/// A host and its evidence.
pub type Question<'q> = (Option<&'q HostRecordDoc>, &'q RequestDoc);

fn unusable(reason: String) -> StoreError {
    StoreError::refused("document", reason, "")
}

/// Judges in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Judge for Native {
    fn call(&self, operation: Operation, input: &[u8]) -> std::result::Result<Vec<u8>, String> {
        call::call(operation, input).map_err(|refusal| refusal.to_string())
    }

    fn assess_many(
        &self,
        set: &PolicySetDoc,
        asked: &[Question<'_>],
    ) -> Result<Vec<AssessmentDoc>> {
        many::assess_many(set, asked.iter().copied()).map_err(|error| unusable(error.to_string()))
    }
}

/// Asks with one document and reads another.
pub(crate) fn ask<T: DeserializeOwned>(
    judge: &dyn Judge,
    operation: Operation,
    question: &impl Serialize,
) -> Result<T> {
    let input = serde_json::to_vec(question).map_err(StoreError::damaged)?;
    let reply = judge.call(operation, &input).map_err(unusable)?;
    serde_json::from_slice(&reply).map_err(StoreError::damaged)
}
