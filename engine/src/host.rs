//! What the verifier knows about a host before it asks, and what it should remember afterwards.

use crate::crypto::Digest;

/// Version of an artefact: which promises its registration rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PolicyVersion {
    /// The EK was registered by hand; nobody else vouches for the TPM.
    V1,
    /// The EK certificate chains to a trusted TPM root.
    V2,
}

impl PolicyVersion {
    /// Both versions, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::V2, Self::V1];

    /// The version of a cmdlet's spelling.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }

    /// The spelling of the cmdlets' `-PolicyVersion`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// The registration of one host.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HostRecord {
    /// Its name.
    pub name: String,
    /// The EKs that were registered for it, each with its version.
    pub registrations: Vec<Registration>,
    /// TPM name of the AK that an earlier activation proved.
    pub ak_name: Option<Vec<u8>>,
    /// The TPM's reset counter at the last attestation.
    pub reset_count: Option<u32>,
}

/// One registered EK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Registration {
    /// SHA-256 of the EK's canonical SubjectPublicKeyInfo.
    pub ek_digest: Digest,
    /// Its version.
    pub version: PolicyVersion,
}

impl HostRecord {
    /// True when the EK is registered in this version.
    #[must_use]
    pub fn registers(&self, ek_digest: &Digest, version: PolicyVersion) -> bool {
        self.registrations
            .iter()
            .any(|known| known.version == version && known.ek_digest == *ek_digest)
    }
}

/// What to store after a passing appraisal. The caller commits it with compare-and-set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostRecordUpdate {
    /// TPM name of the AK.
    pub ak_name: Vec<u8>,
    /// The TPM's reset counter.
    pub reset_count: u32,
}
