//! Authentication: whose TPM, whose key, whose quote, and for which question.
//!
//! ```text
//! EK chain -> AK bound to that EK -> quotes signed by that AK -> nonce and clock fresh
//! ```
//!
//! Each step returns a proof value with private fields; nothing else in the engine can make one.

mod ak;
mod ek;
mod quote;

pub(crate) use ak::check_fitness;
pub use ak::{AkBinding, AkBound, AkKey};
pub use ek::{EkStage, EkTrack, EkTrusted};
pub use quote::{AttestedPcrs, NonceFresh, Quotes, quotes};

use crate::evidence::Request;
use crate::finding::Finding;
use crate::host::HostRecord;
use crate::policy::PolicySet;
use crate::unbound::Unbound;

/// What is known about the host's keys.
#[derive(Debug, Default)]
pub struct Identity {
    /// Who vouches for the EK.
    pub ek: EkStage,
    /// Proof that the AK lives beside that EK.
    pub ak: Option<AkBound>,
    /// The AK, whether bound or merely asserted.
    pub ak_key: Option<AkKey>,
}

/// Authenticates the host's keys.
#[must_use]
pub fn identity(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'_>,
    proofs_required: bool,
    findings: &mut Vec<Finding>,
    unbound: &mut Vec<Unbound>,
) -> Identity {
    let ek = ek::verify(set, host, request, proofs_required, findings, unbound);
    let (ak_key, ak) = ak::verify(set, host, request, ek.digest.as_ref(), findings, unbound);
    Identity { ek, ak, ak_key }
}
