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

/// Proof that a host passed: made of the proofs of every stage, and of nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passed(());

impl Passed {
    /// `Some` when every stage left its proof, the registers were quoted, and every policy
    /// holds.
    #[must_use]
    pub fn prove(proofs: &Proofs<'_>, verdict_holds: bool) -> Option<Self> {
        let Proofs { ek, ak, pcrs, nonce, events } = proofs;
        let (_ek, _ak, _pcrs) = (ek.as_ref()?, ak.as_ref()?, pcrs.as_ref()?);
        let (_nonce, events) = (nonce.as_ref()?, events.as_ref()?);
        (events.quoted() && verdict_holds).then_some(Self(()))
    }
}
