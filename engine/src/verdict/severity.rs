//! How much a finding weighs, which one is the headline, and what a host is told.

use super::AttestationStatus;
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
        | C::DmaProtectionDisabled
        | C::SecurityLevelDowngraded
        | C::TestSigningOn
        | C::SafeModeOn
        | C::WindowsPeRunning
        | C::BootCounterMismatch => Tier::Warning,

        C::EkCertificateMissing | C::EkCertificateUnreadable | C::EkChainUntrusted
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

/// The order in which failures compete for the headline: what makes everything behind it
/// meaningless comes first, then the cause that explains most, then its consequences.
const RANKING: &[FindingCode] = {
    use FindingCode as C;
    &[
        C::QuotesTooMany,
        C::QuoteUnreadable,
        C::QuoteNotTpmGenerated,
        C::QuoteTypeWrong,
        C::AkMissing,
        C::AkUnreadable,
        C::QuoteSchemeMismatch,
        C::QuoteSignatureInvalid,
        C::NonceMismatch,
        C::QuotePcrValuesUnreadable,
        C::QuoteDigestMismatch,
        C::QuotesContradict,
        C::QuotePcrNotSelected,
        C::QuoteMissing,
        C::IdentifierUnreadable,
        C::EkMissing,
        C::EkUnreadable,
        C::EkKeyMismatch,
        C::EkCertificateMissing,
        C::EkCertificateUnreadable,
        C::EkChainUntrusted,
        C::EkKeyWeak,
        C::EkAttributesUnfit,
        C::EkNotRegistered,
        C::AkKeyWeak,
        C::AkAttributesUnfit,
        C::AkActivationMismatch,
        C::AkNameMismatch,
        C::AkCertificateUntrusted,
        C::AkAttributesUnknown,
        C::AkNotBound,
        C::NonceNotChecked,
        C::ClockWentBack,
        C::LogEmpty,
        C::LogUnreadable,
        C::LogMissing,
        C::LogBankMissing,
        C::BankCarteBlanche,
        C::StartupLocalityInvalid,
        C::PcrReplayMismatch,
        C::RecordedPcrMismatch,
        C::EventUnbound,
        C::UefiDebugMode,
        C::SecureBootOff,
        C::SecureBootUnknown,
        C::SecureBootEventsInvalid,
        C::PcrUnlogged,
        C::LogCoverageGap,
        C::BaselineMissing,
        C::BaselineVersionMixed,
        C::BaselineBankDiffers,
        C::DbxEntriesRemoved,
        C::DbxEntriesAdded,
        C::SecureBootVariableMissing,
        C::SecureBootVariableChanged,
        C::LaunchAuthorityAdded,
        C::LaunchAuthorityMissing,
        C::FirmwareActionChanged,
        C::BootImageNotAllowed,
        C::BootImagesMissing,
        C::BootImageMissing,
        C::KernelCommandLineChanged,
        C::BootActionChanged,
        C::BootVariableChanged,
        C::BootFileChanged,
        C::MeasurementChanged,
        C::PcrDiffersFromBaseline,
        C::SecureBootPolicyChanged,
        C::EventsBehindSeparator,
        C::WindowsNotMeasured,
        C::NotFullBoot,
        C::WindowsEventsInvalid,
        C::WindowsNotVouched,
        C::BootDebuggingOn,
        C::KernelDebuggingOn,
        C::HypervisorDebuggingOn,
        C::CodeIntegrityOff,
        C::CiPolicyMissing,
        C::CiPolicyNotMeasured,
        C::CiPolicyVersionMixed,
        C::CiPolicyNotRegistered,
        C::VsmNotRunning,
        C::VsmIdentityKeyMissing,
        C::HypervisorEnforcedCiOff,
        C::IommuNotRequired,
        C::PageFileNotEncrypted,
        C::HibernationEnabled,
        C::DumpsEnabled,
        C::DumpsNotEncrypted,
        C::DumpKeyNotRegistered,
        C::BitLockerOff,
        C::NoVersionAccepted,
        C::AllChecksHold,
    ]
};

/// Place of a code in the ranking; lower is more telling.
pub(super) fn rank(code: FindingCode) -> usize {
    RANKING.iter().position(|ranked| *ranked == code).unwrap_or(RANKING.len())
}

/// `AttestationStatus` and sub-status of a headline.
pub(super) const fn status(headline: FindingCode) -> (AttestationStatus, &'static str) {
    use AttestationStatus as S;
    use FindingCode as C;
    match headline {
        C::AllChecksHold => (S::Passed, "NoInformation"),
        C::IdentifierUnreadable
        | C::EkMissing
        | C::EkUnreadable
        | C::EkCertificateMissing
        | C::EkCertificateUnreadable
        | C::EkKeyMismatch
        | C::EkKeyWeak
        | C::EkAttributesUnfit
        | C::EkChainUntrusted
        | C::EkNotRegistered => (S::UnauthorizedHost, "NoInformation"),
        C::SecureBootOff | C::SecureBootUnknown | C::SecureBootEventsInvalid => {
            (S::InsecureHostConfiguration, "SecureBoot")
        }
        C::UefiDebugMode | C::BootDebuggingOn | C::KernelDebuggingOn | C::HypervisorDebuggingOn => {
            (S::InsecureHostConfiguration, "DebugMode")
        }
        C::CodeIntegrityOff
        | C::CiPolicyMissing
        | C::CiPolicyNotMeasured
        | C::CiPolicyVersionMixed
        | C::CiPolicyNotRegistered => (S::InsecureHostConfiguration, "CodeIntegrityPolicy"),
        C::HypervisorEnforcedCiOff => {
            (S::InsecureHostConfiguration, "HypervisorEnforcedCodeIntegrityPolicy")
        }
        C::NotFullBoot => (S::InsecureHostConfiguration, "FullBoot"),
        C::VsmNotRunning | C::VsmIdentityKeyMissing => {
            (S::InsecureHostConfiguration, "VirtualSecureMode")
        }
        C::PageFileNotEncrypted => (S::InsecureHostConfiguration, "PagefileEncryption"),
        C::BitLockerOff => (S::InsecureHostConfiguration, "BitLocker"),
        C::IommuNotRequired => (S::InsecureHostConfiguration, "Iommu"),
        C::HibernationEnabled => (S::InsecureHostConfiguration, "HibernationEnabled"),
        C::DumpsEnabled => (S::InsecureHostConfiguration, "DumpsEnabled"),
        C::DumpsNotEncrypted => (S::InsecureHostConfiguration, "DumpEncryption"),
        C::DumpKeyNotRegistered => (S::InsecureHostConfiguration, "DumpEncryptionKey"),
        C::BaselineMissing
        | C::BaselineVersionMixed
        | C::BaselineBankDiffers
        | C::DbxEntriesAdded
        | C::DbxEntriesRemoved
        | C::SecureBootVariableChanged
        | C::SecureBootVariableMissing
        | C::LaunchAuthorityAdded
        | C::LaunchAuthorityMissing
        | C::FirmwareActionChanged
        | C::BootImageNotAllowed
        | C::BootImagesMissing
        | C::BootImageMissing
        | C::KernelCommandLineChanged
        | C::BootVariableChanged
        | C::BootActionChanged
        | C::BootFileChanged
        | C::MeasurementChanged
        | C::SecureBootPolicyChanged
        | C::PcrDiffersFromBaseline => (S::InsecureHostConfiguration, "SecureBootSettings"),
        C::LogMissing
        | C::LogEmpty
        | C::LogUnreadable
        | C::LogBankMissing
        | C::LogCoverageGap
        | C::StartupLocalityInvalid
        | C::PcrReplayMismatch
        | C::PcrUnlogged
        | C::RecordedPcrMismatch
        | C::BankCarteBlanche
        | C::WindowsNotMeasured
        | C::WindowsEventsInvalid
        | C::WindowsNotVouched
        | C::EventsBehindSeparator
        | C::EventUnbound => (S::InsecureHostConfiguration, "TcgLogVerification"),
        C::NoVersionAccepted => (S::InsecureHostConfiguration, "NoInformation"),
        _ => (S::TpmError, "NoInformation"),
    }
}
