//! Names and numbers of the Host Guardian Service's attestation protocol.
//!
//! Source: [MS-HGSA] 9.0, section 2.2.2.13 (`EvaluationLog`): the GUIDs and their names. The byte
//! order in which a GUID travels is not specified there; as text it has only one form.

use crate::guid::Guid;

/// Why a policy does not hold, as an `EvaluationLog` says it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reason {
    /// The name in the specification.
    pub name: &'static str,
    /// What travels in `EvaluationLog.Reason`.
    pub guid: Guid,
}

macro_rules! reasons {
    ($( $(#[$meta:meta])* $name:ident = ($a:literal, $b:literal, $c:literal, $d:expr) => $text:literal; )*) => {
        $( $(#[$meta])* pub const $name: Reason = Reason { name: $text, guid: Guid::from_fields($a, $b, $c, $d) }; )*
        /// Every reason, in the order of this table.
        pub const REASONS: &[Reason] = &[$( $name, )*];
    };
}

reasons! {
    /// Secure Boot is on.
    SECURE_BOOT_ENABLED = (0x6a46_0ee1, 0x62ea, 0x416f, [0xae, 0x6c, 0x04, 0xe2, 0x96, 0x34, 0x50, 0x6d]) => "SecureBootEnabledGuid";
    /// Secure Boot was measured as expected.
    SECURE_BOOT_SETTINGS = (0x756d_c455, 0x9528, 0x479a, [0xa8, 0x6a, 0xc6, 0x46, 0x41, 0x73, 0x16, 0xc9]) => "SecureBootSettingsGuid";
    /// UEFI debug mode is off.
    DEBUG_MODE_UEFI = (0x2018_8fda, 0xd40b, 0x460d, [0xb0, 0x78, 0x2e, 0x78, 0x98, 0xa4, 0x2a, 0xe9]) => "DebugModeUefiGuid";
    /// The code integrity policy was measured as expected.
    SYSTEM_INTEGRITY_CI_KNOWN_GOOD = (0x81f1_10ba, 0x53c5, 0x4064, [0x9d, 0x64, 0x51, 0x02, 0x9f, 0xa2, 0x4f, 0x49]) => "SystemIntegrityCiKnownGoodGuid";
    /// The last boot was a full one.
    FULL_BOOT = (0x75ad_09c9, 0x7254, 0x4d00, [0x96, 0xf3, 0x3b, 0x09, 0xd0, 0xaa, 0xac, 0x54]) => "FullBootGuid";
    /// The identity key of virtual secure mode is there.
    VSM_IDK_PRESENT = (0x75d5_95de, 0x12f5, 0x41e9, [0xa6, 0x1e, 0x46, 0x9d, 0x32, 0x05, 0xec, 0xca]) => "VsmIdkPresent";
    /// Virtual secure mode runs.
    VSM_RUNNING = (0x6c0a_6d29, 0x5bcb, 0x4f28, [0xba, 0xfb, 0xf7, 0x1e, 0xb6, 0x0f, 0xda, 0xe0]) => "VsmRunning";
    /// Virtual secure mode requires an IOMMU to start.
    IOMMU_ENABLED = (0xda07_76e5, 0x6570, 0x44b3, [0x9a, 0x17, 0x7e, 0x95, 0xb4, 0xfc, 0x77, 0x79]) => "IommuEnabled";
    /// BitLocker is on.
    BITLOCKER_ENABLED = (0x347d_a547, 0xd266, 0x4939, [0xbf, 0x3d, 0x9e, 0xc7, 0x3a, 0x90, 0xbd, 0xbc]) => "BitLockerEnabled";
    /// The page file is encrypted.
    PAGEFILE_ENCRYPTION_ENABLED = (0x12df_0ee9, 0xb38e, 0x4086, [0x90, 0xf8, 0x70, 0x3d, 0x9e, 0x7c, 0xb8, 0x78]) => "PagefileEncryptionEnabled";
    /// The hypervisor enforces code integrity.
    HYPERVISOR_ENFORCED_CI_POLICY = (0x5408_bd30, 0x3250, 0x4ac1, [0xa1, 0x50, 0xc4, 0x10, 0xaf, 0x75, 0x66, 0x99]) => "HypervisorEnforcedCiPolicy";
    /// Hibernation is off.
    NO_HIBERNATION = (0xa320_22c6, 0xdccd, 0x4bf5, [0xbe, 0x76, 0x3b, 0x5c, 0xa1, 0x54, 0x25, 0x59]) => "NoHibernation";
    /// Memory dumps are off.
    NO_DUMPS = (0x2a79_6e36, 0xe918, 0x454f, [0xb6, 0x10, 0x60, 0xf0, 0x86, 0xe8, 0xd3, 0x34]) => "NoDumps";
    /// Memory dumps are off or encrypted.
    DUMP_ENCRYPTION = (0x6f39_0a71, 0x753c, 0x43aa, [0xa3, 0x26, 0x74, 0xe3, 0x0a, 0xed, 0xcd, 0x9d]) => "DumpEncryption";
    /// Memory dumps are off or encrypted with the expected key.
    DUMP_ENCRYPTION_KEY = (0x85da_c0a4, 0x8ba9, 0x4a7f, [0xa3, 0x42, 0x21, 0x18, 0x62, 0xce, 0x0b, 0xe8]) => "DumpEncryptionKey";
}
