//! What a machine was built from: the answers that tests hold against an appraisal.

use serde::Serialize;

use super::{Machine, MachineError};
use crate::bytes::hex;
use crate::hash::sha256;
use crate::host::Truth;

/// The truth about a machine. Digests and keys are hexadecimal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MachineTruth {
    /// About the host.
    #[serde(flatten)]
    pub host: Truth,
    /// SHA-256 of the EK's SubjectPublicKeyInfo.
    pub ek_sha256: String,
    /// Name of the attestation key.
    pub ak_name: String,
}

impl MachineTruth {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Machine {
    /// What it was built from, and what its last start did.
    ///
    /// # Errors
    /// [`MachineError::Tpm`] before it was asked for evidence: there is no attestation key yet.
    pub fn truth(&self) -> Result<MachineTruth, MachineError> {
        let spki = self.endorsement_key()?.public.public_key().to_spki();
        Ok(MachineTruth {
            host: self.host.truth(),
            ek_sha256: hex(&sha256(&[&spki])),
            ak_name: hex(&self.attestation_key()?.name),
        })
    }
}
