//! The parts of a specification that every host has: hardware, firmware, Secure Boot, TPM, boot.

use super::value::{UpTo, choices};
use crate::hash::HashAlg;
use crate::key::RsaPrimes;
use crate::pki::Flaw;
use crate::tpm::EkTemplate;

choices! {
    /// Whose firmware it is. Decides which records stand in PCR 0 to 7, and in which order.
    FirmwareStyle {
        /// PowerEdge: the separator of PCR 7 stands beside the others, so option ROMs' authority
        /// comes before it.
        Dell = "dell",
        /// ThinkSystem and ThinkPad: the separator of PCR 7 right behind `dbx`.
        Lenovo = "lenovo",
        /// Separators first, that of PCR 7 before all others.
        Supermicro = "supermicro",
        /// EDK2 for virtual machines.
        Ovmf = "ovmf",
        /// The firmware of Hyper-V's second generation of virtual machines.
        HyperV = "hyper-v",
    }
}

choices! {
    /// What the log says about the locality of `TPM2_Startup`.
    StartupLocality {
        /// Nothing: locality 0.
        NotLogged = "not-logged",
        /// Locality 0, and says so.
        Locality0 = "locality-0",
        /// Locality 3, as authenticated code modules start the TPM.
        Locality3 = "locality-3",
    }
}

impl StartupLocality {
    /// The locality.
    #[must_use]
    pub const fn locality(self) -> u8 {
        match self {
            Self::NotLogged | Self::Locality0 => 0,
            Self::Locality3 => 3,
        }
    }
}

choices! {
    /// Layout of the event log.
    LogStyle {
        /// TPM 2.0: a Spec ID record, digests of several banks.
        CryptoAgile = "crypto-agile",
        /// TPM 1.2 era: SHA-1 alone.
        Sha1 = "sha1",
    }
}

choices! {
    /// Platform class of the Spec ID record.
    PlatformClass {
        /// 0.
        Client = "client",
        /// 1.
        Server = "server",
    }
}

choices! {
    /// Whether the firmware measures that the operating system takes over.
    ExitBootServices {
        /// Two records in PCR 5.
        Measured = "measured",
        /// None.
        NotMeasured = "not-measured",
    }
}

choices! {
    /// A named set of keys in the Secure Boot variables. All are our own test keys.
    AuthoritySet {
        /// KEK, db and third-party authorities of 2011.
        Microsoft2011 = "microsoft-2011",
        /// Those of 2023 alone.
        Microsoft2023 = "microsoft-2023",
        /// Both: a machine in the transition.
        MicrosoftBoth = "microsoft-both",
        /// The owner's keys, without Microsoft's.
        Own = "own",
    }
}

choices! {
    /// The authority that signed the Windows boot manager.
    LoaderAuthority {
        /// Windows Production PCA 2011.
        Windows2011 = "2011",
        /// Windows UEFI CA 2023.
        Windows2023 = "2023",
    }
}

choices! {
    /// The operating system.
    System {
        /// Windows with Hyper-V.
        Windows = "windows",
        /// shim, GRUB, kernel.
        LinuxShim = "linux-shim",
        /// systemd-boot and a unified kernel image.
        LinuxUki = "linux-uki",
    }
}

/// The hardware.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MachineSpec {
    /// Manufacturer.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Serial number; empty: made from the seed.
    pub serial: String,
    /// Network adapters.
    pub nics: UpTo<8>,
}

/// The firmware.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirmwareSpec {
    /// Whose it is.
    pub style: FirmwareStyle,
    /// Its version, measured in PCR 0.
    pub version: String,
    /// Option ROMs and drivers from flash, measured in PCR 2.
    pub option_roms: UpTo<64>,
    /// An application of the vendor that runs before the boot manager (PCR 4).
    pub vendor_application: bool,
    /// Settings variables of the vendor, measured in PCR 1.
    pub config_variables: UpTo<8>,
    /// A firmware debugger is enabled (PCR 7).
    pub debug_mode: bool,
    /// DMA protection is on; off is measured in PCR 7.
    pub dma_protection: bool,
    /// The security level was lowered (Lenovo, PCR 7).
    pub security_downgraded: bool,
    /// How the TPM was started.
    pub startup_locality: StartupLocality,
    /// Layout of the event log.
    pub log_style: LogStyle,
    /// Bytes of 0xFF behind the last record.
    pub log_padding_bytes: UpTo<1_048_576>,
    /// Platform class in the Spec ID record.
    pub platform_class: PlatformClass,
    /// Whether the end of boot services is measured.
    pub exit_boot_services: ExitBootServices,
}

/// Secure Boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecureBootSpec {
    /// On or off.
    pub enabled: bool,
    /// Whether the firmware measures the variables at all.
    pub measured: bool,
    /// The keys in KEK and db.
    pub authorities: AuthoritySet,
    /// Digests in dbx.
    pub dbx_entries: UpTo<2000>,
    /// Who signed the Windows boot manager.
    pub boot_manager_authority: LoaderAuthority,
    /// A Secure Boot configuration policy of the owner instead of Windows' own.
    pub custom_policy: bool,
}

/// The TPM: what its vendor made, and how the operating system shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TpmSpec {
    /// There is one.
    pub present: bool,
    /// It is enabled.
    pub enabled: bool,
    /// It is activated.
    pub activated: bool,
    /// It has an owner: Windows has provisioned it.
    pub owned: bool,
    /// Windows provisions it by itself.
    pub auto_provisioning: bool,
    /// The active banks, in the order of the log's header.
    pub banks: Vec<HashAlg>,
    /// Windows caps the banks that it does not use.
    pub cap_unused_banks: bool,
    /// Kind of the endorsement key; the attestation key is of the same kind.
    pub ek: EkTemplate,
    /// Ways in which its endorsement is broken.
    pub ek_flaws: Vec<Flaw>,
    /// How its RSA keys are made.
    pub rsa_primes: RsaPrimes,
}

impl TpmSpec {
    /// The bank in which the operating system measures: SHA-256 when it is active.
    #[must_use]
    pub fn measured_bank(&self) -> HashAlg {
        let preferred = self.banks.iter().find(|bank| **bank == HashAlg::Sha256);
        *preferred.or(self.banks.first()).unwrap_or(&HashAlg::Sha256)
    }
}

/// How the machine starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BootSpec {
    /// The operating system.
    pub system: System,
    /// Boot options beside that of the operating system.
    pub entries: Vec<String>,
    /// The starts that came before the first one of this host.
    pub starts_before: UpTo<1_000_000>,
    /// Windows keeps a monotonic counter in the TPM.
    pub event_counter: bool,
    /// Starts are resumes from hibernation.
    pub resume: bool,
}
