//! The one way to say `Passed`.

use crate::authenticate::{AkBound, AttestedPcrs, EkTrusted, NonceFresh};
use crate::replay::MeasuredEvents;

/// What each stage of an appraisal proved. A stage that failed leaves a `None`.
#[derive(Debug, Default)]
pub struct Proofs<'a> {
    /// The EK belongs to a TPM that somebody vouches for.
    pub ek: Option<EkTrusted>,
    /// The AK lives in that TPM.
    pub ak: Option<AkBound>,
    /// The AK signed these registers.
    pub pcrs: Option<AttestedPcrs>,
    /// It signed them for this challenge.
    pub nonce: Option<NonceFresh>,
    /// The log leads to them.
    pub events: Option<MeasuredEvents<'a>>,
}

impl Proofs<'_> {
    /// True when every stage left its proof, and the registers were quoted.
    #[must_use]
    pub fn complete(&self) -> bool {
        let Self { ek, ak, pcrs, nonce, events } = self;
        let quoted = events.as_ref().is_some_and(MeasuredEvents::quoted);
        ek.is_some() && ak.is_some() && pcrs.is_some() && nonce.is_some() && quoted
    }
}

/// Proof that a host passed: made of the proofs of every stage, and of nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passed(());

impl Passed {
    /// `Some` when every stage left its proof, the registers were quoted, and every policy
    /// holds.
    #[must_use]
    pub fn prove(proofs: &Proofs<'_>, verdict_holds: bool) -> Option<Self> {
        (proofs.complete() && verdict_holds).then_some(Self(()))
    }
}
