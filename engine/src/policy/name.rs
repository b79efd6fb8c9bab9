//! The 14 policies of HGS and the profiles that switch them.

use std::fmt;

/// A policy, under the name that administrators know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "`purpose` documents each variant")]
pub enum PolicyName {
    SecureBootEnabled,
    UefiDebugDisabled,
    SecureBootSettings,
    CiPolicy,
    HypervisorEnforcedCiPolicy,
    FullBoot,
    VsmIdkPresent,
    PageFileEncryptionEnabled,
    BitLockerEnabled,
    IommuEnabled,
    NoHibernation,
    NoDumps,
    DumpEncryption,
    DumpEncryptionKey,
}

impl PolicyName {
    /// All policies, in the order in which results list them.
    pub const ALL: [Self; 14] = [
        Self::SecureBootEnabled,
        Self::UefiDebugDisabled,
        Self::SecureBootSettings,
        Self::CiPolicy,
        Self::HypervisorEnforcedCiPolicy,
        Self::FullBoot,
        Self::VsmIdkPresent,
        Self::PageFileEncryptionEnabled,
        Self::BitLockerEnabled,
        Self::IommuEnabled,
        Self::NoHibernation,
        Self::NoDumps,
        Self::DumpEncryption,
        Self::DumpEncryptionKey,
    ];

    /// The documented name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::SecureBootEnabled => "Hgs_SecureBootEnabled",
            Self::UefiDebugDisabled => "Hgs_UefiDebugDisabled",
            Self::SecureBootSettings => "Hgs_SecureBootSettings",
            Self::CiPolicy => "Hgs_CiPolicy",
            Self::HypervisorEnforcedCiPolicy => "Hgs_HypervisorEnforcedCiPolicy",
            Self::FullBoot => "Hgs_FullBoot",
            Self::VsmIdkPresent => "Hgs_VsmIdkPresent",
            Self::PageFileEncryptionEnabled => "Hgs_PageFileEncryptionEnabled",
            Self::BitLockerEnabled => "Hgs_BitLockerEnabled",
            Self::IommuEnabled => "Hgs_IommuEnabled",
            Self::NoHibernation => "Hgs_NoHibernation",
            Self::NoDumps => "Hgs_NoDumps",
            Self::DumpEncryption => "Hgs_DumpEncryption",
            Self::DumpEncryptionKey => "Hgs_DumpEncryptionKey",
        }
    }

    /// The policy of a documented name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.text() == text)
    }

    /// What it demands, as one sentence.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::SecureBootEnabled => "Secure Boot is on",
            Self::UefiDebugDisabled => "no firmware, boot or kernel debugger is enabled",
            Self::SecureBootSettings => "the host matches a registered TPM baseline",
            Self::CiPolicy => "a registered code integrity policy is in force",
            Self::HypervisorEnforcedCiPolicy => "the hypervisor enforces code integrity",
            Self::FullBoot => "the last boot was a full boot, not a resume",
            Self::VsmIdkPresent => "virtual secure mode runs and has its identity key",
            Self::PageFileEncryptionEnabled => "the page file is encrypted",
            Self::BitLockerEnabled => "BitLocker protects the operating system volume",
            Self::IommuEnabled => "virtual secure mode requires an IOMMU",
            Self::NoHibernation => "hibernation is off",
            Self::NoDumps => "memory dumps are off",
            Self::DumpEncryption => "memory dumps, if on, are encrypted",
            Self::DumpEncryptionKey => "memory dumps, if on, use a registered key",
        }
    }

    /// True for a policy that means something on hosts without Windows.
    #[must_use]
    pub const fn applies_to_linux(self) -> bool {
        matches!(self, Self::SecureBootEnabled | Self::UefiDebugDisabled | Self::SecureBootSettings)
    }

    /// True for a policy that reads Windows' own measurements.
    #[must_use]
    pub const fn reads_windows(self, profile: Profile) -> bool {
        match self {
            Self::SecureBootEnabled | Self::SecureBootSettings => false,
            Self::UefiDebugDisabled => matches!(profile, Profile::HyperV),
            _ => true,
        }
    }

    /// Its state before anybody changes it.
    #[must_use]
    pub const fn default_state(self, profile: Profile) -> PolicyState {
        match profile {
            Profile::Linux if !self.applies_to_linux() => PolicyState::Disabled,
            _ if matches!(self, Self::BitLockerEnabled) => PolicyState::Disabled,
            _ => PolicyState::Enabled,
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Whether a policy counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyState {
    /// It does not.
    Disabled,
    /// It does.
    Enabled,
    /// It does, and cannot be disabled.
    Locked,
}

impl PolicyState {
    /// The documented name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Disabled => "Disabled",
            Self::Enabled => "Enabled",
            Self::Locked => "Locked",
        }
    }
}

/// A set of policy states for a kind of host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// Guarded hosts: everything but BitLocker.
    #[default]
    HyperV,
    /// Hosts that run Linux: Secure Boot, firmware debugger, baseline.
    Linux,
}

impl Profile {
    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HyperV => "hyper-v",
            Self::Linux => "linux",
        }
    }
}
