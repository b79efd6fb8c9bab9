//! The budget of a search: no signature twice, and not too many.

use std::collections::BTreeMap;

use super::failure::FailureReason;
use crate::formats::x509::signature::SignatureError;
use crate::formats::x509::{Signed, SubjectKey};
use crate::limits::{CHAIN_SIGNATURES_MAX, CHAIN_STEPS_MAX};

/// Signature value, key and signed bytes.
type Check<'c> = (&'c [u8], &'c [u8], &'c [u8]);

/// Results by signed bytes, signature and key. Stores hold the same certificate under several
/// names, and cross-certificates share keys: each combination is computed once.
#[derive(Default)]
pub(super) struct Signatures<'c> {
    results: BTreeMap<Check<'c>, Result<(), SignatureError>>,
    computed: usize,
}

/// Which budget of the search is spent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exhausted {
    /// [`CHAIN_SIGNATURES_MAX`].
    Signatures,
    /// [`CHAIN_STEPS_MAX`].
    Steps,
}

impl From<Exhausted> for FailureReason {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::Signatures => Self::SignatureBudget { limit: CHAIN_SIGNATURES_MAX },
            Exhausted::Steps => Self::StepBudget { limit: CHAIN_STEPS_MAX },
        }
    }
}

impl<'c> Signatures<'c> {
    pub(super) fn verify(
        &mut self,
        signed: &'c Signed<'_>,
        key: &'c SubjectKey<'_>,
    ) -> Result<Result<(), SignatureError>, Exhausted> {
        let id = (signed.signature, key.raw, signed.message);
        if let Some(result) = self.results.get(&id) {
            return Ok(result.clone());
        }
        if self.computed == CHAIN_SIGNATURES_MAX {
            return Err(Exhausted::Signatures);
        }
        self.computed = self.computed.saturating_add(1);
        let result = signed.verify(key);
        self.results.insert(id, result.clone());
        Ok(result)
    }

    pub(super) const fn computed(&self) -> usize {
        self.computed
    }
}
