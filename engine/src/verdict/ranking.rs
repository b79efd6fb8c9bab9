//! Which finding is the headline, and what a host is told for it.
//!
//! Source of the statuses and sub-statuses: Microsoft, "Troubleshooting Guarded Hosts". Which
//! finding leads to which one is inferred from their descriptions.

use super::AttestationStatus;
use crate::finding::FindingCode;

/// Codes of one status and sub-status that compete for the headline in this order.
struct Group {
    status: AttestationStatus,
    sub_status: &'static str,
    codes: &'static [FindingCode],
}

/// The order in which failures compete for the headline: what makes everything behind it
/// meaningless comes first, then the cause that explains most, then its consequences.
const RANKING: &[Group] = {
    use AttestationStatus as S;
    use FindingCode as C;
    &[
        Group {
            status: S::TpmError,
            sub_status: "NoInformation",
            codes: &[
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
            ],
        },
        Group {
            status: S::UnauthorizedHost,
            sub_status: "NoInformation",
            codes: &[
                C::IdentifierUnreadable,
                C::EkMissing,
                C::EkUnreadable,
                C::EkKeyMismatch,
                C::EkCertificateMissing,
                C::EkCertificateUnreadable,
                C::EkCertificateUnfit,
                C::EkChainUntrusted,
                C::EkKeyWeak,
                C::EkAttributesUnfit,
                C::EkNotRegistered,
            ],
        },
        Group {
            status: S::TpmError,
            sub_status: "NoInformation",
            codes: &[
                C::AkKeyWeak,
                C::AkAttributesUnfit,
                C::AkActivationMismatch,
                C::AkNameMismatch,
                C::AkCertificateUntrusted,
                C::AkAttributesUnknown,
                C::AkNotBound,
                C::NonceNotChecked,
                C::ClockWentBack,
            ],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "TcgLogVerification",
            codes: &[
                C::LogEmpty,
                C::LogUnreadable,
                C::LogMissing,
                C::LogBankMissing,
                C::BankCarteBlanche,
                C::StartupLocalityInvalid,
                C::PcrReplayMismatch,
                C::RecordedPcrMismatch,
                C::EventUnbound,
            ],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "DebugMode",
            codes: &[C::UefiDebugMode],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "SecureBoot",
            codes: &[C::SecureBootOff, C::SecureBootUnknown, C::SecureBootEventsInvalid],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "TcgLogVerification",
            codes: &[C::PcrUnlogged, C::LogCoverageGap],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "SecureBootSettings",
            codes: &[
                C::BaselineMissing,
                C::BaselineVersionMixed,
                C::BaselineBankDiffers,
                C::DbxEntriesRemoved,
                C::BaselineDeltaExpired,
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
            ],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "TcgLogVerification",
            codes: &[C::EventsBehindSeparator, C::WindowsNotMeasured],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "FullBoot",
            codes: &[C::NotFullBoot],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "TcgLogVerification",
            codes: &[C::WindowsEventsInvalid, C::WindowsNotVouched],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "DebugMode",
            codes: &[C::BootDebuggingOn, C::KernelDebuggingOn, C::HypervisorDebuggingOn],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "CodeIntegrityPolicy",
            codes: &[
                C::CodeIntegrityOff,
                C::CiPolicyMissing,
                C::CiPolicyNotMeasured,
                C::CiPolicyVersionMixed,
                C::CiPolicyNotRegistered,
            ],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "VirtualSecureMode",
            codes: &[C::VsmNotRunning, C::VsmIdentityKeyMissing],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "HypervisorEnforcedCodeIntegrityPolicy",
            codes: &[C::HypervisorEnforcedCiOff],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "Iommu",
            codes: &[C::IommuNotRequired],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "PagefileEncryption",
            codes: &[C::PageFileNotEncrypted],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "HibernationEnabled",
            codes: &[C::HibernationEnabled],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "DumpsEnabled",
            codes: &[C::DumpsEnabled],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "DumpEncryption",
            codes: &[C::DumpsNotEncrypted],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "DumpEncryptionKey",
            codes: &[C::DumpKeyNotRegistered],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "BitLocker",
            codes: &[C::BitLockerOff],
        },
        Group {
            status: S::InsecureHostConfiguration,
            sub_status: "NoInformation",
            codes: &[C::NoVersionAccepted],
        },
        Group { status: S::Passed, sub_status: "NoInformation", codes: &[C::AllChecksHold] },
    ]
};

/// Place of a code in the ranking; lower is more telling. A code that is not in it comes last.
pub(super) fn rank(code: FindingCode) -> usize {
    let mut ranked = RANKING.iter().flat_map(|group| group.codes);
    ranked.position(|ranked| *ranked == code).unwrap_or(usize::MAX)
}

/// `AttestationStatus` and sub-status of a headline. A code outside the ranking is the TPM's.
#[must_use]
pub fn status(headline: FindingCode) -> (AttestationStatus, &'static str) {
    RANKING
        .iter()
        .find(|group| group.codes.contains(&headline))
        .map_or((AttestationStatus::TpmError, "NoInformation"), |group| {
            (group.status, group.sub_status)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::PolicyVersion;
    use crate::policy::PolicyName;
    use crate::verdict::{Context, Tier, tier};

    #[test]
    fn every_code_that_can_fail_a_host_is_ranked_once() {
        for version in PolicyVersion::ALL {
            let context = Context { proofs_required: true, version };
            let failing =
                FindingCode::ALL.iter().filter(|code| tier(**code, context) == Tier::Failure);
            for code in failing {
                let ranked = RANKING.iter().flat_map(|group| group.codes);
                assert_eq!(ranked.filter(|ranked| *ranked == code).count(), 1, "{code}");
            }
        }
    }

    #[test]
    fn only_the_code_of_success_stands_for_passed() {
        for code in FindingCode::ALL {
            let passed = status(*code).0 == AttestationStatus::Passed;
            assert_eq!(passed, *code == FindingCode::AllChecksHold, "{code}");
        }
    }

    #[test]
    fn the_sub_status_of_a_finding_is_that_of_its_policy() {
        let context = Context { proofs_required: true, version: PolicyVersion::V2 };
        for policy in PolicyName::ALL {
            let failing =
                policy.findings().iter().filter(|code| tier(**code, context) == Tier::Failure);
            for code in failing {
                let expected = (AttestationStatus::InsecureHostConfiguration, policy.sub_status());
                assert_eq!(status(*code), expected, "{policy} {code}");
            }
        }
    }
}
