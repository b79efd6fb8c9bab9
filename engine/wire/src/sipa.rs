//! Windows measured-boot (SIPA) identifiers and flag words.
//!
//! Source: Windows SDK header `wbcl.h`: constants `SIPAEVENT_*`, `SIPAEVENTTYPE_*`,
//! `SIPA_REVOCATION_*` and the comments beside them. The type word is a bit field: bit 31 says
//! that the element is not measured, bit 30 that it holds further elements, bits 16 to 19 are the
//! category, the low 16 bits a number within it.

use crate::open::open_newtype;

/// Size in bytes of an element's header: type word and length word, both little-endian.
pub const HEADER_SIZE_BYTES: usize = 8;

/// `SIPAEVENTTYPE_NONMEASURED`: written beside the measured events, extended nowhere.
pub const NONMEASURED: u32 = 0x8000_0000;
/// `SIPAEVENTTYPE_AGGREGATION`: the value is a run of elements.
pub const AGGREGATION: u32 = 0x4000_0000;
/// Bits of the type word that hold the category.
pub const CATEGORY_MASK: u32 = 0x000f_0000;
/// Bits of the type word that mean nothing: zero in every type of the header.
pub const UNDEFINED_MASK: u32 = 0x3ff0_0000;

/// Version of the one known form of [`SipaType::SBCP_INFO`].
pub const SBCP_INFO_VERSION: u32 = 1;
/// Size in bytes of that form's fixed part: where its digest begins.
pub const SBCP_INFO_FIXED_SIZE_BYTES: u32 = 20;
/// Key algorithm of [`SipaType::VSM_IDK_INFO`] and [`SipaType::VSM_IDKS_INFO`]: RSA, the only one.
pub const VSM_IDK_ALG_RSA: u32 = 1;

open_newtype! {
    /// Category of a type word: its bits 16 to 19.
    SipaCategory(u32) {
        CONTAINER = 0x0001_0000 => "CONTAINER",
        INFORMATION = 0x0002_0000 => "INFORMATION",
        ERROR = 0x0003_0000 => "ERROR",
        PREOSPARAMETER = 0x0004_0000 => "PREOSPARAMETER",
        OSPARAMETER = 0x0005_0000 => "OSPARAMETER",
        AUTHORITY = 0x0006_0000 => "AUTHORITY",
        LOADEDMODULE = 0x0007_0000 => "LOADEDMODULE",
        TRUSTPOINT = 0x0008_0000 => "TRUSTPOINT",
        ELAM = 0x0009_0000 => "ELAM",
        VBS = 0x000a_0000 => "VBS",
        KSR = 0x000b_0000 => "KSR",
        DRTM = 0x000c_0000 => "DRTM",
    }
}

open_newtype! {
    /// `SIPAEVENTTYPE`: the type word of an element.
    SipaType(u32) {
        /// What one boot application measured.
        TRUSTBOUNDARY = 0x4001_0001 => "TRUSTBOUNDARY",
        /// Data for early-launch antimalware.
        ELAM_AGGREGATION = 0x4001_0002 => "ELAM_AGGREGATION",
        /// One loaded image.
        LOADEDMODULE_AGGREGATION = 0x4001_0003 => "LOADEDMODULE_AGGREGATION",
        /// A quote that Windows wrote at run time, or one such aggregation for each key.
        TRUSTPOINT_AGGREGATION = 0xc001_0004 => "TRUSTPOINT_AGGREGATION",
        /// Kernel soft reboot.
        KSR_AGGREGATION = 0x4001_0005 => "KSR_AGGREGATION",
        /// Kernel soft reboot, signed.
        KSR_SIGNED_MEASUREMENT_AGGREGATION = 0x4001_0006 => "KSR_SIGNED_MEASUREMENT_AGGREGATION",

        INFORMATION = 0x0002_0001 => "INFORMATION",
        /// 64-bit; equals the TPM's reset count on TPM 2.0, zero on TPM 1.2.
        BOOTCOUNTER = 0x0002_0002 => "BOOTCOUNTER",
        /// 32-bit, [`TransferControl`].
        TRANSFER_CONTROL = 0x0002_0003 => "TRANSFER_CONTROL",
        APPLICATION_RETURN = 0x0002_0004 => "APPLICATION_RETURN",
        /// 32-bit, [`BitlockerUnlock`].
        BITLOCKER_UNLOCK = 0x0002_0005 => "BITLOCKER_UNLOCK",
        /// 64-bit; a monotonic counter in NV.
        EVENTCOUNTER = 0x0002_0006 => "EVENTCOUNTER",
        /// 64-bit; the NV index of that counter.
        COUNTERID = 0x0002_0007 => "COUNTERID",
        /// 32-bit.
        MORBIT_NOT_CANCELABLE = 0x0002_0008 => "MORBIT_NOT_CANCELABLE",
        /// 32-bit.
        APPLICATION_SVN = 0x0002_0009 => "APPLICATION_SVN",
        /// 32-bit.
        SVN_CHAIN_STATUS = 0x0002_000a => "SVN_CHAIN_STATUS",
        /// 32-bit, an `NTSTATUS`.
        MORBIT_API_STATUS = 0x0002_000b => "MORBIT_API_STATUS",
        /// 32-bit: 0 when the key may come from a cache, 1 when it is new at each boot.
        IDK_GENERATION_STATUS = 0x0002_000c => "IDK_GENERATION_STATUS",

        ERROR_FIRMWAREFAILURE = 0x0003_0001 => "ERROR_FIRMWAREFAILURE",
        ERROR_TPMFAILURE = 0x8003_0002 => "ERROR_TPMFAILURE",
        ERROR_INTERNALFAILURE = 0x0003_0003 => "ERROR_INTERNALFAILURE",
        ERROR_KSRFAILURE = 0x8003_0004 => "ERROR_KSRFAILURE",
        ERROR_HYPERVISORFAILURE = 0x0003_0005 => "ERROR_HYPERVISORFAILURE",

        /// Boolean: the boot debugger is on.
        BOOTDEBUGGING = 0x0004_0001 => "BOOTDEBUGGING",
        /// Revocation list of the boot manager (`boot.stl`).
        BOOT_REVOCATION_LIST = 0x0004_0002 => "BOOT_REVOCATION_LIST",

        /// Boolean: the kernel debugger is on.
        OSKERNELDEBUG = 0x0005_0001 => "OSKERNELDEBUG",
        /// Boolean: kernel code integrity is on.
        CODEINTEGRITY = 0x0005_0002 => "CODEINTEGRITY",
        /// Boolean: test-signed code is accepted.
        TESTSIGNING = 0x0005_0003 => "TESTSIGNING",
        /// 64-bit, the boot option `nx`: 0 opt-in, 1 opt-out, 2 always off, 3 always on.
        DATAEXECUTIONPREVENTION = 0x0005_0004 => "DATAEXECUTIONPREVENTION",
        /// Boolean.
        SAFEMODE = 0x0005_0005 => "SAFEMODE",
        /// Boolean: a setup or recovery system.
        WINPE = 0x0005_0006 => "WINPE",
        /// 64-bit, the boot option `pae`.
        PHYSICALADDRESSEXTENSION = 0x0005_0007 => "PHYSICALADDRESSEXTENSION",
        /// 32-bit: kind of the device that Windows starts from.
        OSDEVICE = 0x0005_0008 => "OSDEVICE",
        /// Text.
        SYSTEMROOT = 0x0005_0009 => "SYSTEMROOT",
        /// 64-bit: 0 off, 1 auto.
        HYPERVISOR_LAUNCH_TYPE = 0x0005_000a => "HYPERVISOR_LAUNCH_TYPE",
        /// Text.
        HYPERVISOR_PATH = 0x0005_000b => "HYPERVISOR_PATH",
        /// 64-bit: 0 default, 1 enable, 2 disable.
        HYPERVISOR_IOMMU_POLICY = 0x0005_000c => "HYPERVISOR_IOMMU_POLICY",
        /// Boolean: the hypervisor debugger is on.
        HYPERVISOR_DEBUG = 0x0005_000d => "HYPERVISOR_DEBUG",
        /// 32-bit.
        DRIVER_LOAD_POLICY = 0x0005_000e => "DRIVER_LOAD_POLICY",
        /// A code integrity policy in force.
        SI_POLICY = 0x0005_000f => "SI_POLICY",
        /// 64-bit.
        HYPERVISOR_MMIO_NX_POLICY = 0x0005_0010 => "HYPERVISOR_MMIO_NX_POLICY",
        /// 64-bit.
        HYPERVISOR_MSR_FILTER_POLICY = 0x0005_0011 => "HYPERVISOR_MSR_FILTER_POLICY",
        /// 64-bit: 0 off, 1 virtual secure mode was started.
        VSM_LAUNCH_TYPE = 0x0005_0012 => "VSM_LAUNCH_TYPE",
        /// Revocation list of the operating system loader.
        OS_REVOCATION_LIST = 0x0005_0013 => "OS_REVOCATION_LIST",
        /// 32-bit: 0 off or absent, 1 on, 2 switched off by software.
        SMT_STATUS = 0x0005_0014 => "SMT_STATUS",
        /// Public key of virtual secure mode, for decryption.
        VSM_IDK_INFO = 0x0005_0020 => "VSM_IDK_INFO",
        /// Boolean: flight-signed code is accepted.
        FLIGHTSIGNING = 0x0005_0021 => "FLIGHTSIGNING",
        /// Boolean.
        PAGEFILE_ENCRYPTION_ENABLED = 0x0005_0022 => "PAGEFILE_ENCRYPTION_ENABLED",
        /// Public key of virtual secure mode, for signing.
        VSM_IDKS_INFO = 0x0005_0023 => "VSM_IDKS_INFO",
        /// Boolean.
        HIBERNATION_DISABLED = 0x0005_0024 => "HIBERNATION_DISABLED",
        /// Boolean.
        DUMPS_DISABLED = 0x0005_0025 => "DUMPS_DISABLED",
        /// Boolean.
        DUMP_ENCRYPTION_ENABLED = 0x0005_0026 => "DUMP_ENCRYPTION_ENABLED",
        /// SHA-256 of the public key that dumps are encrypted to.
        DUMP_ENCRYPTION_KEY_DIGEST = 0x0005_0027 => "DUMP_ENCRYPTION_KEY_DIGEST",
        /// 32-bit: flags of Credential Guard.
        LSAISO_CONFIG = 0x0005_0028 => "LSAISO_CONFIG",
        /// The Secure Boot configuration policy in force.
        SBCP_INFO = 0x0005_0029 => "SBCP_INFO",
        /// Boolean: firmware protects against DMA from the start.
        HYPERVISOR_BOOT_DMA_PROTECTION = 0x0005_0030 => "HYPERVISOR_BOOT_DMA_PROTECTION",
        /// Who signed a code integrity policy.
        SI_POLICY_SIGNER = 0x0005_0031 => "SI_POLICY_SIGNER",
        /// Who may sign its update.
        SI_POLICY_UPDATE_SIGNER = 0x0005_0032 => "SI_POLICY_UPDATE_SIGNER",
        REFS_VOLUME_CHECKPOINT_RECORD_CHECKSUM = 0x0005_0033 => "REFS_VOLUME_CHECKPOINT_RECORD_CHECKSUM",
        REFS_ROLLBACK_PROTECTION_FROZEN_VOLUME_CHECKSUM = 0x0005_0034 => "REFS_ROLLBACK_PROTECTION_FROZEN_VOLUME_CHECKSUM",
        REFS_ROLLBACK_PROTECTION_USER_PAYLOAD_HASH = 0x0005_0035 => "REFS_ROLLBACK_PROTECTION_USER_PAYLOAD_HASH",
        REFS_ROLLBACK_PROTECTION_VERIFICATION_SUCCEEDED = 0x0005_0036 => "REFS_ROLLBACK_PROTECTION_VERIFICATION_SUCCEEDED",
        REFS_ROLLBACK_PROTECTION_VOLUME_FIRST_EVER_MOUNT = 0x0005_0037 => "REFS_ROLLBACK_PROTECTION_VOLUME_FIRST_EVER_MOUNT",
        VSM_SEALED_SI_POLICY = 0x0005_003a => "VSM_SEALED_SI_POLICY",
        VSM_DRTM_KEYROLL_DETECTED = 0x0005_003b => "VSM_DRTM_KEYROLL_DETECTED",
        VSM_SRTM_UNSEAL_POLICY = 0x0005_003c => "VSM_SRTM_UNSEAL_POLICY",
        VSM_SRTM_ANTI_ROLLBACK_COUNTER = 0x0005_003d => "VSM_SRTM_ANTI_ROLLBACK_COUNTER",
        VTL1_DUMP_CONFIG = 0x0005_0040 => "VTL1_DUMP_CONFIG",

        /// An image that no authority vouches for.
        NOAUTHORITY = 0x0006_0001 => "NOAUTHORITY",
        /// DER SubjectPublicKeyInfo of an image's issuer.
        AUTHORITYPUBKEY = 0x0006_0002 => "AUTHORITYPUBKEY",

        /// Text.
        FILEPATH = 0x0007_0001 => "FILEPATH",
        /// 64-bit.
        IMAGESIZE = 0x0007_0002 => "IMAGESIZE",
        /// 32-bit, [`CapiAlg`].
        HASHALGORITHMID = 0x0007_0003 => "HASHALGORITHMID",
        /// Authenticode digest of the image.
        AUTHENTICODEHASH = 0x0007_0004 => "AUTHENTICODEHASH",
        /// Text.
        AUTHORITYISSUER = 0x0007_0005 => "AUTHORITYISSUER",
        /// Serial number of the certificate, bytes.
        AUTHORITYSERIAL = 0x0007_0006 => "AUTHORITYSERIAL",
        /// 64-bit.
        IMAGEBASE = 0x0007_0007 => "IMAGEBASE",
        /// Text.
        AUTHORITYPUBLISHER = 0x0007_0008 => "AUTHORITYPUBLISHER",
        /// SHA-1 of the certificate.
        AUTHORITYSHA1THUMBPRINT = 0x0007_0009 => "AUTHORITYSHA1THUMBPRINT",
        /// Boolean.
        IMAGEVALIDATED = 0x0007_000a => "IMAGEVALIDATED",
        /// 32-bit.
        MODULE_SVN = 0x0007_000b => "MODULE_SVN",
        MODULE_PLUTON = 0x0007_000c => "MODULE_PLUTON",
        /// Text.
        MODULE_ORIGINAL_FILENAME = 0x0007_000d => "MODULE_ORIGINAL_FILENAME",
        MODULE_VERSION = 0x0007_000e => "MODULE_VERSION",
        /// Text.
        PUBLISHER_OEMNAME = 0x0007_000f => "PUBLISHER_OEMNAME",

        /// `TPMS_ATTEST`.
        QUOTE = 0x8008_0001 => "QUOTE",
        /// Bare RSA signature.
        QUOTESIGNATURE = 0x8008_0002 => "QUOTESIGNATURE",
        /// Text: name of the key.
        AIKID = 0x8008_0003 => "AIKID",
        /// SHA-1 of the key's modulus.
        AIKPUBDIGEST = 0x8008_0004 => "AIKPUBDIGEST",

        /// Text: name of the antimalware product.
        ELAM_KEYNAME = 0x0009_0001 => "ELAM_KEYNAME",
        ELAM_CONFIGURATION = 0x0009_0002 => "ELAM_CONFIGURATION",
        ELAM_POLICY = 0x0009_0003 => "ELAM_POLICY",
        ELAM_MEASURED = 0x0009_0004 => "ELAM_MEASURED",

        /// Boolean.
        VBS_VSM_REQUIRED = 0x000a_0001 => "VBS_VSM_REQUIRED",
        /// Boolean.
        VBS_SECUREBOOT_REQUIRED = 0x000a_0002 => "VBS_SECUREBOOT_REQUIRED",
        /// Boolean: virtual secure mode demands protection against DMA.
        VBS_IOMMU_REQUIRED = 0x000a_0003 => "VBS_IOMMU_REQUIRED",
        /// Boolean.
        VBS_MMIO_NX_REQUIRED = 0x000a_0004 => "VBS_MMIO_NX_REQUIRED",
        /// Boolean.
        VBS_MSR_FILTERING_REQUIRED = 0x000a_0005 => "VBS_MSR_FILTERING_REQUIRED",
        /// Boolean.
        VBS_MANDATORY_ENFORCEMENT = 0x000a_0006 => "VBS_MANDATORY_ENFORCEMENT",
        /// 64-bit: 1 when the hypervisor enforces code integrity.
        VBS_HVCI_POLICY = 0x000a_0007 => "VBS_HVCI_POLICY",
        /// Boolean.
        VBS_MICROSOFT_BOOT_CHAIN_REQUIRED = 0x000a_0008 => "VBS_MICROSOFT_BOOT_CHAIN_REQUIRED",
        /// Boolean.
        VBS_DUMP_USES_AMEROOT = 0x000a_0009 => "VBS_DUMP_USES_AMEROOT",
        /// Boolean.
        VBS_VSM_NOSECRETS_ENFORCED = 0x000a_000a => "VBS_VSM_NOSECRETS_ENFORCED",

        /// Signature over a kernel soft reboot's measurements.
        KSR_SIGNATURE = 0x000b_0001 => "KSR_SIGNATURE",

        DRTM_STATE_AUTH = 0x000c_0001 => "DRTM_STATE_AUTH",
        DRTM_SMM_LEVEL = 0x000c_0002 => "DRTM_SMM_LEVEL",
        DRTM_AMD_SMM_HASH = 0x000c_0003 => "DRTM_AMD_SMM_HASH",
        DRTM_AMD_SMM_SIGNER_KEY = 0x000c_0004 => "DRTM_AMD_SMM_SIGNER_KEY",
    }
}

impl SipaType {
    /// The category in bits 16 to 19.
    #[must_use]
    pub const fn category(self) -> SipaCategory {
        SipaCategory(self.0 & CATEGORY_MASK)
    }

    /// True when the category says that the value holds elements. Bit 30 alone does not decide.
    #[must_use]
    pub const fn is_container(self) -> bool {
        self.category().0 == SipaCategory::CONTAINER.0
    }

    /// True when the word can be a type: a named category, and no bit that means nothing. The
    /// Linux EFI stub numbers the elements of its tagged events too; its numbers fail this.
    #[must_use]
    pub const fn is_plausible(self) -> bool {
        self.0 & UNDEFINED_MASK == 0 && self.category().name().is_some()
    }

    /// True when the element is written without being extended into a register.
    #[must_use]
    pub const fn is_nonmeasured(self) -> bool {
        self.0 & NONMEASURED != 0
    }
}

open_newtype! {
    /// Value of [`SipaType::TRANSFER_CONTROL`]: to whom a boot application hands over.
    TransferControl(u32) {
        NONE = 0 => "NONE",
        /// A full boot.
        OSLOADER = 1 => "OSLOADER",
        /// Resume from hibernation.
        RESUME = 2 => "RESUME",
        MSUTILITY = 3 => "MSUTILITY",
        NOSIGCHECK = 4 => "NOSIGCHECK",
        HYPERVISOR = 5 => "HYPERVISOR",
    }
}

open_newtype! {
    /// Flags of [`SipaType::BITLOCKER_UNLOCK`]: how volumes were unlocked; zero when none was.
    BitlockerUnlock(u32) {
        CACHED = 0x1 => "CACHED",
        MEDIA = 0x2 => "MEDIA",
        TPM = 0x4 => "TPM",
        PIN = 0x10 => "PIN",
        EXTERNAL = 0x20 => "EXTERNAL",
        RECOVERY = 0x40 => "RECOVERY",
        PASSPHRASE = 0x80 => "PASSPHRASE",
        NBP = 0x100 => "NBP",
        AUK_OSFVEINFO = 0x200 => "AUK_OSFVEINFO",
    }
}

open_newtype! {
    /// Option flags of [`SipaType::SBCP_INFO`]; they share the numbers of code integrity rules.
    SbcpOptions(u32) {
        /// User-mode code is covered.
        UMCI = 0x4 => "UMCI",
        /// Violations are logged, not refused.
        AUDIT_MODE = 0x1_0000 => "AUDIT_MODE",
        INHERIT_DEFAULT_POLICY = 0x4_0000 => "INHERIT_DEFAULT_POLICY",
        UNSIGNED_POLICY_ALLOWED = 0x8_0000 => "UNSIGNED_POLICY_ALLOWED",
    }
}

open_newtype! {
    /// `ALG_ID` of the Windows crypto API (`wincrypt.h`), as in [`SipaType::HASHALGORITHMID`].
    CapiAlg(u32) {
        SHA1 = 0x8004 => "sha1",
        SHA256 = 0x800c => "sha256",
        SHA384 = 0x800d => "sha384",
        SHA512 = 0x800e => "sha512",
    }
}

open_newtype! {
    /// Value of [`SipaType::OSDEVICE`].
    OsDevice(u32) {
        UNKNOWN = 0 => "unknown",
        HARD_DISK = 0x1_0001 => "hard disk",
        REMOVABLE_DISK = 0x1_0002 => "removable disk",
        CDROM = 0x1_0003 => "CD-ROM",
        PARTITION = 0x1_0004 => "partition",
        FILE = 0x1_0005 => "file",
        RAM_DISK = 0x1_0006 => "RAM disk",
        VIRTUAL_HARD_DISK = 0x1_0007 => "virtual hard disk",
        SERIAL = 0x2_0000 => "serial",
        UDP = 0x3_0000 => "UDP",
        VMBUS = 0x4_0000 => "VMBus",
        COMPOSITE = 0x5_0000 => "composite",
        CIMFS = 0x6_0000 => "CIMFS",
    }
}

open_newtype! {
    /// Value of [`SipaType::DATAEXECUTIONPREVENTION`]: the boot option `nx`.
    DepPolicy(u64) {
        OPT_IN = 0 => "OptIn",
        OPT_OUT = 1 => "OptOut",
        ALWAYS_OFF = 2 => "AlwaysOff",
        ALWAYS_ON = 3 => "AlwaysOn",
    }
}

open_newtype! {
    /// Value of [`SipaType::HYPERVISOR_LAUNCH_TYPE`] and [`SipaType::VSM_LAUNCH_TYPE`].
    LaunchType(u64) {
        OFF = 0 => "off",
        AUTO = 1 => "auto",
    }
}

open_newtype! {
    /// Value of [`SipaType::HYPERVISOR_IOMMU_POLICY`]: the boot option `hypervisoriommupolicy`.
    IommuPolicy(u64) {
        DEFAULT = 0 => "default",
        ENABLE = 1 => "enable",
        DISABLE = 2 => "disable",
    }
}

open_newtype! {
    /// Value of [`SipaType::SMT_STATUS`].
    SmtStatus(u32) {
        OFF = 0 => "off or absent",
        ON = 1 => "on",
        OFF_BY_SOFTWARE = 2 => "off by software",
    }
}
