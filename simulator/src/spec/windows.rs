//! The part of a specification that is about Windows.

use super::value::{UpTo, choices};

choices! {
    /// A release. Decides which elements Windows knows and where it puts them.
    Release {
        /// Build 17763.
        Server2019 = "ws2019",
        /// Build 19042.
        Client20H2 = "win10-20h2",
        /// Build 19044.
        Client21H2 = "win10-21h2",
        /// Build 20348.
        Server2022 = "ws2022",
        /// Build 26100. No log of it is public: it is taken to write what Server 2022 writes.
        Server2025 = "ws2025",
    }
}

choices! {
    /// Whose processor it is.
    Processor {
        /// `hvix64.exe`, `mcupdate_GenuineIntel.dll`.
        Intel = "intel",
        /// `hvax64.exe`, `mcupdate_AuthenticAMD.dll`.
        Amd = "amd",
    }
}

choices! {
    /// What the boot configuration says about the IOMMU.
    IommuPolicy {
        /// 0.
        Default = "default",
        /// 1.
        Enable = "enable",
        /// 2.
        Disable = "disable",
    }
}

choices! {
    /// How the volume of the operating system was unlocked.
    Bitlocker {
        /// It is not encrypted.
        Off = "off",
        /// By the TPM.
        Tpm = "tpm",
        /// By the TPM and a PIN.
        TpmPin = "tpm-pin",
        /// By a key on a medium.
        ExternalKey = "external-key",
        /// By the recovery password.
        Recovery = "recovery",
    }
}

choices! {
    /// What happens to the memory when Windows stops.
    Dumps {
        /// Nothing is written.
        Disabled = "disabled",
        /// It is written in the clear.
        Plain = "plain",
        /// It is written encrypted.
        Encrypted = "encrypted",
    }
}

choices! {
    /// Data execution prevention (`nx`).
    DataExecution {
        /// 0, the default of clients.
        OptIn = "opt-in",
        /// 1, the default of servers.
        OptOut = "opt-out",
        /// 2.
        AlwaysOff = "always-off",
        /// 3.
        AlwaysOn = "always-on",
    }
}

choices! {
    /// What becomes of the VSM identity keys at boot.
    VsmKeys {
        /// They are there, and measured.
        Present = "present",
        /// They could not be made.
        Absent = "absent",
    }
}

choices! {
    /// A feature of the server that a guarded host needs.
    Feature {
        /// `Hyper-V`.
        HyperV = "hyper-v",
        /// `HostGuardian`: Host Guardian Hyper-V Support.
        HostGuardian = "host-guardian",
    }
}

/// Flags that virtualization-based security demands; each is measured only when set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VbsSpec {
    /// VSM must start.
    pub vsm_required: bool,
    /// Secure Boot must be on.
    pub secure_boot_required: bool,
    /// An IOMMU must be there.
    pub iommu_required: bool,
    /// MMIO must be non-executable.
    pub mmio_nx_required: bool,
    /// Model-specific registers must be filtered.
    pub msr_filtering_required: bool,
    /// Nothing may start without.
    pub mandatory: bool,
    /// The hypervisor enforces code integrity (HVCI).
    pub hvci: bool,
    /// Every loader must be Microsoft's.
    pub microsoft_boot_chain_required: bool,
    /// Credential Guard flags; 0 is not configured.
    pub credential_guard: UpTo<255>,
}

/// Windows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WindowsSpec {
    /// The release.
    pub release: Release,
    /// Label of its patches: another label, other images.
    pub patch: String,
    /// Whose processor it is.
    pub processor: Processor,
    /// Installed features.
    pub features: Vec<Feature>,
    /// Path of the system.
    pub system_root: String,
    /// The boot manager loads its texts, an image of its own.
    pub boot_manager_texts: bool,
    /// Boot drivers beside those of the release.
    pub drivers: Vec<String>,
    /// Boot drivers of the release that this host does not load.
    pub without_drivers: Vec<String>,
    /// The hypervisor starts.
    pub hypervisor: bool,
    /// VSM starts.
    pub vsm: bool,
    /// Its identity keys.
    pub vsm_keys: VsmKeys,
    /// Flags of virtualization-based security.
    pub vbs: VbsSpec,
    /// The boot configuration's word on the IOMMU.
    pub iommu_policy: IommuPolicy,
    /// The firmware protects against DMA from the start.
    pub boot_dma_protection: bool,
    /// The boot debugger is on.
    pub boot_debug: bool,
    /// The kernel debugger is on.
    pub kernel_debug: bool,
    /// The hypervisor debugger is on.
    pub hypervisor_debug: bool,
    /// Test-signed code is accepted.
    pub test_signing: bool,
    /// Flight-signed code is accepted.
    pub flight_signing: bool,
    /// Kernel code integrity is on.
    pub code_integrity: bool,
    /// Data execution prevention.
    pub data_execution: DataExecution,
    /// Safe mode.
    pub safe_mode: bool,
    /// A setup or recovery system.
    pub winpe: bool,
    /// BitLocker.
    pub bitlocker: Bitlocker,
    /// The page file is encrypted.
    pub page_file_encryption: bool,
    /// Hibernation is possible.
    pub hibernation: bool,
    /// Memory dumps.
    pub dumps: Dumps,
    /// Label of the key that dumps are encrypted to.
    pub dump_key: String,
    /// Early-launch antimalware; empty: none.
    pub elam: String,
    /// Hyper-threading is on.
    pub smt: bool,
}
