//! What is known about each policy: what it reads, whether that is documented or inferred, and the
//! names under which HGS reports that it fails.
//!
//! Source: [MS-HGSA] 9.0, section 2.2.2.13 for the reasons; Microsoft, "Troubleshooting Guarded
//! Hosts" for the sub-statuses. Which of these belongs to which policy is inferred from their
//! names. `engine/docs/policies.md` is made from this file.

use std::fmt;

use portcullis_wire::hgs::{self, Reason};

use super::PolicyName;
use crate::finding::FindingCode;
use crate::wire::SipaType;

/// Something that a policy reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measurement {
    /// A UEFI variable in PCR 7.
    Variable(&'static str),
    /// What approved the boot applications, in PCR 7.
    Authorities,
    /// An action of the firmware in PCR 7.
    Action(&'static str),
    /// The boot applications of PCR 4, for baselines from level `boot_chain` on.
    BootApplications,
    /// The values of chosen registers, for baselines of level `strict`.
    Registers,
    /// One of Windows' own measurements in PCR 11 to 14.
    Windows(SipaType),
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "PCR 7: variable `{name}`"),
            Self::Authorities => f.write_str("PCR 7: authorities (`EV_EFI_VARIABLE_AUTHORITY`)"),
            Self::Action(text) => write!(f, "PCR 7: action `{text}`"),
            Self::BootApplications => {
                f.write_str("PCR 4: boot applications, from level `boot_chain` on")
            }
            Self::Registers => f.write_str("chosen registers, at level `strict`"),
            Self::Windows(kind) => write!(f, "PCR 11 to 14: `{kind}` (0x{:08x})", kind.0),
        }
    }
}

/// What says that a policy reads these measurements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mapping {
    /// Microsoft's documentation names them.
    Documented,
    /// Their names and the policy's purpose suggest it.
    Inferred,
}

impl Mapping {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
        }
    }
}

impl PolicyName {
    /// Why it fails, in the protocol's words: one reason, or one for each way to fail.
    #[must_use]
    pub const fn reasons(self) -> &'static [Reason] {
        match self {
            Self::SecureBootEnabled => &[hgs::SECURE_BOOT_ENABLED],
            Self::UefiDebugDisabled => &[hgs::DEBUG_MODE_UEFI],
            Self::SecureBootSettings => &[hgs::SECURE_BOOT_SETTINGS],
            Self::CiPolicy => &[hgs::SYSTEM_INTEGRITY_CI_KNOWN_GOOD],
            Self::HypervisorEnforcedCiPolicy => &[hgs::HYPERVISOR_ENFORCED_CI_POLICY],
            Self::FullBoot => &[hgs::FULL_BOOT],
            Self::VsmIdkPresent => &[hgs::VSM_IDK_PRESENT, hgs::VSM_RUNNING],
            Self::PageFileEncryptionEnabled => &[hgs::PAGEFILE_ENCRYPTION_ENABLED],
            Self::BitLockerEnabled => &[hgs::BITLOCKER_ENABLED],
            Self::IommuEnabled => &[hgs::IOMMU_ENABLED],
            Self::NoHibernation => &[hgs::NO_HIBERNATION],
            Self::NoDumps => &[hgs::NO_DUMPS],
            Self::DumpEncryption => &[hgs::DUMP_ENCRYPTION],
            Self::DumpEncryptionKey => &[hgs::DUMP_ENCRYPTION_KEY],
        }
    }

    /// The reasons that findings of it stand for; other findings count for nothing.
    #[must_use]
    pub fn reasons_for(self, codes: impl IntoIterator<Item = FindingCode>) -> Vec<Reason> {
        let mut reasons: Vec<Reason> =
            codes.into_iter().filter_map(|code| self.reason_of(code)).collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }

    fn reason_of(self, code: FindingCode) -> Option<Reason> {
        match (self, code) {
            (Self::VsmIdkPresent, FindingCode::VsmNotRunning) => Some(hgs::VSM_RUNNING),
            // A variable that its digest does not cover says nothing.
            (Self::SecureBootEnabled, FindingCode::EventUnbound) => Some(hgs::SECURE_BOOT_ENABLED),
            _ if self.findings().contains(&code) => self.reasons().first().copied(),
            _ => None,
        }
    }

    /// `AttestationSubStatus` of a host that fails it.
    #[must_use]
    pub const fn sub_status(self) -> &'static str {
        match self {
            Self::SecureBootEnabled => "SecureBoot",
            Self::UefiDebugDisabled => "DebugMode",
            Self::SecureBootSettings => "SecureBootSettings",
            Self::CiPolicy => "CodeIntegrityPolicy",
            Self::HypervisorEnforcedCiPolicy => "HypervisorEnforcedCodeIntegrityPolicy",
            Self::FullBoot => "FullBoot",
            Self::VsmIdkPresent => "VirtualSecureMode",
            Self::PageFileEncryptionEnabled => "PagefileEncryption",
            Self::BitLockerEnabled => "BitLocker",
            Self::IommuEnabled => "Iommu",
            Self::NoHibernation => "HibernationEnabled",
            Self::NoDumps => "DumpsEnabled",
            Self::DumpEncryption => "DumpEncryption",
            Self::DumpEncryptionKey => "DumpEncryptionKey",
        }
    }

    /// What it reads.
    #[must_use]
    pub const fn measurements(self) -> &'static [Measurement] {
        use Measurement::{
            Action, Authorities, BootApplications, Registers, Variable, Windows as W,
        };
        match self {
            Self::SecureBootEnabled => &[Variable("SecureBoot")],
            Self::UefiDebugDisabled => &[
                Action("UEFI Debug Mode"),
                W(SipaType::BOOTDEBUGGING),
                W(SipaType::OSKERNELDEBUG),
                W(SipaType::HYPERVISOR_LAUNCH_TYPE),
                W(SipaType::HYPERVISOR_DEBUG),
            ],
            Self::SecureBootSettings => &[
                Variable("SecureBoot"),
                Variable("PK"),
                Variable("KEK"),
                Variable("db"),
                Variable("dbx"),
                Variable("dbt"),
                Variable("dbr"),
                Authorities,
                Action("UEFI Debug Mode"),
                W(SipaType::SBCP_INFO),
                BootApplications,
                Registers,
            ],
            Self::CiPolicy => &[W(SipaType::SI_POLICY), W(SipaType::CODEINTEGRITY)],
            Self::HypervisorEnforcedCiPolicy => {
                &[W(SipaType::VBS_HVCI_POLICY), W(SipaType::VSM_LAUNCH_TYPE)]
            }
            Self::FullBoot => &[W(SipaType::TRANSFER_CONTROL)],
            Self::VsmIdkPresent => &[W(SipaType::VSM_LAUNCH_TYPE), W(SipaType::VSM_IDK_INFO)],
            Self::PageFileEncryptionEnabled => &[W(SipaType::PAGEFILE_ENCRYPTION_ENABLED)],
            Self::BitLockerEnabled => &[W(SipaType::BITLOCKER_UNLOCK)],
            Self::IommuEnabled => &[W(SipaType::VBS_IOMMU_REQUIRED)],
            Self::NoHibernation => &[W(SipaType::HIBERNATION_DISABLED)],
            Self::NoDumps => &[W(SipaType::DUMPS_DISABLED)],
            Self::DumpEncryption => {
                &[W(SipaType::DUMPS_DISABLED), W(SipaType::DUMP_ENCRYPTION_ENABLED)]
            }
            Self::DumpEncryptionKey => &[
                W(SipaType::DUMPS_DISABLED),
                W(SipaType::DUMP_ENCRYPTION_ENABLED),
                W(SipaType::DUMP_ENCRYPTION_KEY_DIGEST),
            ],
        }
    }

    /// Whether it is documented that HGS reads these measurements.
    #[must_use]
    pub const fn mapping(self) -> Mapping {
        match self {
            Self::SecureBootSettings | Self::IommuEnabled => Mapping::Documented,
            _ => Mapping::Inferred,
        }
    }

    /// What [`PolicyName::mapping`] rests on, as one sentence.
    #[must_use]
    pub const fn basis(self) -> &'static str {
        match self {
            Self::SecureBootEnabled => {
                "the sample policies of Azure Attestation ask the same variable; HGS' own are not \
                 published"
            }
            Self::UefiDebugDisabled => {
                "the policy's description names debuggers of the kernel, its reason those of UEFI: \
                 both are read"
            }
            Self::SecureBootSettings => {
                "launch authorities, `dbx`, the debug flag and custom Secure Boot policies are \
                 named as what a baseline holds; the boot applications and exact registers are \
                 additions of Portcullis"
            }
            Self::CiPolicy => {
                "the element holds the digest of each policy in force; that HGS compares this \
                 digest is not said"
            }
            Self::HypervisorEnforcedCiPolicy => {
                "the element's name; without virtual secure mode there is nobody to enforce it"
            }
            Self::FullBoot => {
                "the first hand-over of the boot manager goes to the loader, and not to the \
                 program that resumes"
            }
            Self::VsmIdkPresent => "the elements' names, and those of the two reasons",
            Self::PageFileEncryptionEnabled | Self::NoHibernation | Self::NoDumps => {
                "the element's name"
            }
            Self::BitLockerEnabled => {
                "the element says how a volume was unlocked; any way other than none counts"
            }
            Self::IommuEnabled => {
                "the reason is described as an IOMMU that is required for virtual secure mode to \
                 start"
            }
            Self::DumpEncryption => "the elements' names; dumps that are off need no encryption",
            Self::DumpEncryptionKey => {
                "the elements' names, and the documented registration of a key by its SHA-256"
            }
        }
    }

    /// The codes of what it finds. `Hgs_SecureBootEnabled` can also find `EVENT-UNBOUND`, which
    /// is a defect of the log and counts as one.
    #[must_use]
    pub const fn findings(self) -> &'static [FindingCode] {
        use FindingCode as C;
        match self {
            Self::SecureBootEnabled => {
                &[C::SecureBootOff, C::SecureBootUnknown, C::SecureBootEventsInvalid]
            }
            Self::UefiDebugDisabled => &[
                C::UefiDebugMode,
                C::BootDebuggingOn,
                C::KernelDebuggingOn,
                C::HypervisorDebuggingOn,
            ],
            Self::SecureBootSettings => BASELINE_FINDINGS,
            Self::CiPolicy => &[
                C::CodeIntegrityOff,
                C::CiPolicyMissing,
                C::CiPolicyNotMeasured,
                C::CiPolicyVersionMixed,
                C::CiPolicyNotRegistered,
                C::CiPolicyAuditOnly,
            ],
            Self::HypervisorEnforcedCiPolicy => &[C::HypervisorEnforcedCiOff],
            Self::FullBoot => &[C::NotFullBoot],
            Self::VsmIdkPresent => &[C::VsmNotRunning, C::VsmIdentityKeyMissing],
            Self::PageFileEncryptionEnabled => &[C::PageFileNotEncrypted],
            Self::BitLockerEnabled => &[C::BitLockerOff],
            Self::IommuEnabled => &[C::IommuNotRequired],
            Self::NoHibernation => &[C::HibernationEnabled],
            Self::NoDumps => &[C::DumpsEnabled],
            Self::DumpEncryption => &[C::DumpsNotEncrypted],
            Self::DumpEncryptionKey => &[C::DumpKeyNotRegistered],
        }
    }

    /// The policy that a code is a finding of.
    #[must_use]
    pub fn of_finding(code: FindingCode) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.findings().contains(&code))
    }
}

const BASELINE_FINDINGS: &[FindingCode] = {
    use FindingCode as C;
    &[
        C::BaselineMissing,
        C::BaselineVersionMixed,
        C::BaselineBankDiffers,
        C::DbxEntriesRemoved,
        C::BaselineDeltaExpired,
        C::BaselineDeltaUsed,
        C::DbxEntriesAdded,
        C::SecureBootVariableMissing,
        C::SecureBootVariableChanged,
        C::SecureBootPolicyChanged,
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
        C::BaselineThirdPartyCa,
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    /// As [MS-HGSA] prints them.
    const PUBLISHED: [(&str, &str); 15] = [
        ("SecureBootEnabledGuid", "6a460ee1-62ea-416f-ae6c-04e29634506d"),
        ("SecureBootSettingsGuid", "756dc455-9528-479a-a86a-c646417316c9"),
        ("DebugModeUefiGuid", "20188fda-d40b-460d-b078-2e7898a42ae9"),
        ("SystemIntegrityCiKnownGoodGuid", "81f110ba-53c5-4064-9d64-51029fa24f49"),
        ("FullBootGuid", "75ad09c9-7254-4d00-96f3-3b09d0aaac54"),
        ("VsmIdkPresent", "75d595de-12f5-41e9-a61e-469d3205ecca"),
        ("VsmRunning", "6c0a6d29-5bcb-4f28-bafb-f71eb60fdae0"),
        ("IommuEnabled", "da0776e5-6570-44b3-9a17-7e95b4fc7779"),
        ("BitLockerEnabled", "347da547-d266-4939-bf3d-9ec73a90bdbc"),
        ("PagefileEncryptionEnabled", "12df0ee9-b38e-4086-90f8-703d9e7cb878"),
        ("HypervisorEnforcedCiPolicy", "5408BD30-3250-4AC1-A150-C410AF756699"),
        ("NoHibernation", "A32022C6-DCCD-4BF5-BE76-3B5CA1542559"),
        ("NoDumps", "2A796E36-E918-454F-B610-60F086E8D334"),
        ("DumpEncryption", "6F390A71-753C-43AA-A326-74E30AEDCD9D"),
        ("DumpEncryptionKey", "85DAC0A4-8BA9-4A7F-A342-211862CE0BE8"),
    ];

    #[test]
    fn reasons_are_those_of_the_specification() {
        let known: Vec<_> =
            hgs::REASONS.iter().map(|reason| (reason.name, reason.guid.to_string())).collect();
        let published: Vec<_> =
            PUBLISHED.iter().map(|(name, guid)| (*name, guid.to_ascii_lowercase())).collect();
        assert_eq!(known, published);
    }

    #[test]
    fn every_reason_belongs_to_one_policy_and_some_finding_stands_for_it() {
        for reason in hgs::REASONS {
            let policies =
                PolicyName::ALL.iter().filter(|policy| policy.reasons().contains(reason));
            assert_eq!(policies.count(), 1, "{}", reason.name);
            let given = PolicyName::ALL
                .iter()
                .any(|policy| policy.reasons_for(FindingCode::ALL.to_vec()).contains(reason));
            assert!(given, "no finding stands for {}", reason.name);
        }
    }

    #[test]
    fn virtual_secure_mode_fails_for_the_reason_that_was_found() {
        let policy = PolicyName::VsmIdkPresent;
        assert_eq!(policy.reasons_for([FindingCode::VsmNotRunning]), [hgs::VSM_RUNNING]);
        assert_eq!(
            policy.reasons_for([FindingCode::VsmIdentityKeyMissing]),
            [hgs::VSM_IDK_PRESENT]
        );
        assert_eq!(policy.reasons_for([FindingCode::SecureBootOff]), []);
    }

    #[test]
    fn a_code_is_a_finding_of_one_policy() {
        for code in FindingCode::ALL {
            let policies = PolicyName::ALL.iter().filter(|policy| policy.findings().contains(code));
            assert!(policies.count() <= 1, "{code}");
        }
    }
}
