//! What a finding means for the fabric.

use super::{Lang, ja};
use crate::finding::FindingCode;
use crate::host::PolicyVersion;
use crate::verdict::{AttestationStatus, Context, Tier, status, tier};

/// What follows from a finding, or from a verdict as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// The host passed.
    Healthy,
    /// It would pass, once the proofs are there.
    HealthyIfProven,
    /// The host is not known, or its TPM not trusted.
    Unauthorized,
    /// The TPM's answer does not hold.
    Untrusted,
    /// A policy is violated.
    Insecure,
    /// Only a warning in an assessment, a failure in an appraisal.
    FailsAppraisal,
    /// A warning.
    Warning,
    /// A note.
    Note,
}

impl Consequence {
    /// Every consequence.
    pub const ALL: [Self; 8] = [
        Self::Healthy,
        Self::HealthyIfProven,
        Self::Unauthorized,
        Self::Untrusted,
        Self::Insecure,
        Self::FailsAppraisal,
        Self::Warning,
        Self::Note,
    ];

    /// What follows from a finding of this tier.
    #[must_use]
    pub fn of_finding(code: FindingCode, weight: Tier) -> Self {
        // What v1 does without, a registration as v1 makes up for; an appraisal does not change it.
        let strictest = Context { proofs_required: true, version: PolicyVersion::V1 };
        match weight {
            Tier::Failure => Self::of_status(status(code).0),
            Tier::Warning if tier(code, strictest) == Tier::Failure => Self::FailsAppraisal,
            Tier::Warning => Self::Warning,
            Tier::Info => Self::Note,
        }
    }

    /// What follows from a status.
    #[must_use]
    pub const fn of_status(status: AttestationStatus) -> Self {
        match status {
            AttestationStatus::Passed => Self::Healthy,
            AttestationStatus::UnauthorizedHost => Self::Unauthorized,
            AttestationStatus::TpmError => Self::Untrusted,
            AttestationStatus::InsecureHostConfiguration => Self::Insecure,
        }
    }

    /// As one sentence.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.english(),
            Lang::Ja => ja::consequence(self),
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::Healthy => {
                "a healthy host: a key service that follows this verdict hands out its keys, and \
                 shielded VMs start"
            }
            Self::HealthyIfProven => {
                "an appraisal with all its proofs would pass; this answer itself releases nothing"
            }
            Self::Unauthorized => {
                "an unknown host gets no health certificate: no shielded VM starts on it or moves \
                 to it"
            }
            Self::Untrusted => {
                "a host whose TPM proves nothing gets no health certificate: no shielded VM starts \
                 on it or moves to it"
            }
            Self::Insecure => {
                "a host in this state gets no health certificate: no shielded VM starts on it or \
                 moves to it"
            }
            Self::FailsAppraisal => {
                "only a warning in an assessment; an appraisal would fail for it"
            }
            Self::Warning => "shielded VMs start all the same, but somebody should look at it",
            Self::Note => "no effect on the verdict",
        }
    }
}
