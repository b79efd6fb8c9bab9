//! How much a finding weighs.

use crate::finding::FindingCode;
use crate::host::PolicyVersion;

/// Severity of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tier {
    /// Worth knowing.
    Info,
    /// Does not fail the host, but somebody should look.
    Warning,
    /// Fails the host.
    Failure,
}

impl Tier {
    /// Every severity, the weightiest first.
    pub const ALL: [Self; 3] = [Self::Failure, Self::Warning, Self::Info];

    /// The severity of a name in results.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }

    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// What was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// True for an appraisal of evidence, false for an assessment of artefacts at hand. An
    /// assessment does without what only a live exchange can prove, and says so.
    pub proofs_required: bool,
    /// The version that is judged: v2 needs a manufacturer's word, v1 does without it.
    pub version: PolicyVersion,
}

/// The severity of a finding. Whatever is not listed fails the host.
#[must_use]
pub const fn tier(code: FindingCode, context: Context) -> Tier {
    use FindingCode as C;
    match code {
        C::LogPadding
        | C::BankCapped
        | C::EventUndecodable
        | C::FlightSigningOn
        | C::EkCertificateQuirk
        | C::AllChecksHold => Tier::Info,

        C::EkCertificateNote
        | C::EkProfileDeviation
        | C::EkAssumedRegistered
        | C::BaselineThirdPartyCa
        | C::BaselineDeltaUsed
        | C::CiPolicyAuditOnly
        | C::DmaProtectionDisabled
        | C::SecurityLevelDowngraded
        | C::TestSigningOn
        | C::ModuleNotValidated
        | C::SafeModeOn
        | C::WindowsPeRunning
        | C::BootCounterMismatch => Tier::Warning,

        C::EkCertificateMissing
        | C::EkCertificateUnreadable
        | C::EkCertificateUnfit
        | C::EkChainUntrusted
            if matches!(context.version, PolicyVersion::V1) =>
        {
            Tier::Warning
        }
        C::EkMissing
        | C::AkMissing
        | C::AkAttributesUnknown
        | C::AkNotBound
        | C::QuoteMissing
        | C::NonceNotChecked
            if !context.proofs_required =>
        {
            Tier::Warning
        }
        _ => Tier::Failure,
    }
}
