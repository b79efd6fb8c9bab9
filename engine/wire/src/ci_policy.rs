//! Code integrity policies (`SIPolicy`, WDAC, App Control): names and numbers.
//!
//! Microsoft publishes the XML schema (`cipolicy.xsd`), the rule options (`Set-RuleOption`), the
//! built-in roots (event tag explanations) and the policy ids, but not the binary. What is marked
//! *real files* was found in binaries that Microsoft's tools made; *one source* means that a
//! single public implementation says so and no real file was found.

use crate::Guid;
use crate::open::open_newtype;

/// Namespace of the XML.
pub const XML_NAMESPACE: &str = "urn:schemas-microsoft-com:sipolicy";

/// Oldest format of the binary. One source; real files have 3, 5, 7, 8 and 9.
pub const FORMAT_MIN: u32 = 1;
/// Newest format whose sections have names here. Its sections 10 and 11: one source.
pub const FORMAT_NAMED_MAX: u32 = 11;
/// Formats up to this one are taken for policies at all.
pub const FORMAT_MAX: u32 = 16;
/// First format with a policy id and a base policy id.
pub const FORMAT_MULTIPLE: u32 = 6;

/// Size in bytes of the fixed part of the header, the offset of the body included.
pub const HEADER_SIZE_BYTES: usize = 0x44;
/// Offset of the policy type in the header.
pub const POLICY_TYPE_OFFSET: usize = 0x04;
/// Offset of the platform in the header.
pub const PLATFORM_OFFSET: usize = 0x14;
/// Offset of the option flags in the header.
pub const OPTIONS_OFFSET: usize = 0x24;
/// Offset of the version in the header.
pub const VERSION_OFFSET: usize = 0x38;
/// Value of the header's last field in every real file: the field's own offset.
pub const BODY_OFFSET: u32 = 0x40;

/// Tags of the sections that follow the settings. A section's tag is the format that introduced
/// it; the format plus one ends the file.
pub mod section {
    /// Maximum versions and AppIDs of file rules, signing times of signers.
    pub const VERSIONS: u32 = 3;
    /// Internal name, description and product name of file rules.
    pub const NAMES: u32 = 4;
    /// Package family names of file rules.
    pub const PACKAGES: u32 = 5;
    /// Policy id, base policy id, supplemental policy signers.
    pub const POLICY_IDS: u32 = 6;
    /// File paths of file rules.
    pub const FILE_PATHS: u32 = 7;
    /// Application settings.
    pub const APP_SETTINGS: u32 = 8;
    /// Hotpatch rules.
    pub const HOTPATCHES: u32 = 9;
    /// Artifact rules.
    pub const ARTIFACTS: u32 = 10;
    /// Conditions on the EKUs of signers.
    pub const EKU_CONDITIONS: u32 = 11;
}

/// Bit of the option flags that every real file has.
pub const FLAG_ALWAYS: u32 = 0x8000_0000;
/// Bit of the option flags of a supplemental policy.
pub const FLAG_SUPPLEMENTAL: u32 = 0x4000_0000;

open_newtype! {
    /// One bit of the option flags, with the name that the XML gives it.
    OptionFlag(u32) {
        UMCI = 0x0000_0004 => "Enabled:UMCI",
        BOOT_MENU_PROTECTION = 0x0000_0008 => "Enabled:Boot Menu Protection",
        INTELLIGENT_SECURITY_GRAPH = 0x0000_0010 => "Enabled:Intelligent Security Graph Authorization",
        INVALIDATE_EAS_ON_REBOOT = 0x0000_0020 => "Enabled:Invalidate EAs on Reboot",
        LOCKDOWN_TRIAL_MODE = 0x0000_0040 => "Enabled:Windows Lockdown Trial Mode",
        WHQL = 0x0000_0080 => "Required:WHQL",
        DEVELOPER_MODE_DYNAMIC_CODE = 0x0000_0100 => "Enabled:Developer Mode Dynamic Code Trust",
        ALLOW_SUPPLEMENTAL = 0x0000_0400 => "Enabled:Allow Supplemental Policies",
        NO_FILE_PATH_PROTECTION = 0x0000_0800 => "Disabled:Runtime FilePath Rule Protection",
        REVOKED_EXPIRED_AS_UNSIGNED = 0x0000_2000 => "Enabled:Revoked Expired As Unsigned",
        AUDIT_MODE = 0x0001_0000 => "Enabled:Audit Mode",
        NO_FLIGHT_SIGNING = 0x0002_0000 => "Disabled:Flight Signing",
        INHERIT_DEFAULT_POLICY = 0x0004_0000 => "Enabled:Inherit Default Policy",
        UNSIGNED_POLICY = 0x0008_0000 => "Enabled:Unsigned System Integrity Policy",
        DYNAMIC_CODE_SECURITY = 0x0010_0000 => "Enabled:Dynamic Code Security",
        EV_SIGNERS = 0x0020_0000 => "Required:EV Signers",
        BOOT_AUDIT_ON_FAILURE = 0x0040_0000 => "Enabled:Boot Audit On Failure",
        ADVANCED_BOOT_OPTIONS_MENU = 0x0080_0000 => "Enabled:Advanced Boot Options Menu",
        NO_SCRIPT_ENFORCEMENT = 0x0100_0000 => "Disabled:Script Enforcement",
        ENFORCE_STORE_APPLICATIONS = 0x0200_0000 => "Required:Enforce Store Applications",
        SECURE_SETTING_POLICY = 0x0400_0000 => "Enabled:Secure Setting Policy",
        MANAGED_INSTALLER = 0x0800_0000 => "Enabled:Managed Installer",
        UPDATE_NO_REBOOT = 0x1000_0000 => "Enabled:Update Policy No Reboot",
        CONDITIONAL_LOCKDOWN = 0x2000_0000 => "Enabled:Conditional Windows Lockdown Policy",
    }
}

/// The option that has no bit: it becomes [`REMAPPING_SETTING`]. One source.
pub const OPTION_NO_REMAPPING: &str = "Disabled:Default Windows Certificate Remapping";
/// Provider, key and value name of the Boolean that stands for [`OPTION_NO_REMAPPING`].
pub const REMAPPING_SETTING: [&str; 3] =
    ["Microsoft", "PolicySettings", "DisabledDefaultWindowsCertificateRemappingValueName"];

/// Numbers of `Set-RuleOption`. Number 7 (`Allowed:Debug Policy Augmented`) is documented, but
/// neither the schema nor the binary knows it.
pub const OPTION_NUMBERS: [(u8, OptionFlag); 20] = [
    (0, OptionFlag::UMCI),
    (1, OptionFlag::BOOT_MENU_PROTECTION),
    (2, OptionFlag::WHQL),
    (3, OptionFlag::AUDIT_MODE),
    (4, OptionFlag::NO_FLIGHT_SIGNING),
    (5, OptionFlag::INHERIT_DEFAULT_POLICY),
    (6, OptionFlag::UNSIGNED_POLICY),
    (8, OptionFlag::EV_SIGNERS),
    (9, OptionFlag::ADVANCED_BOOT_OPTIONS_MENU),
    (10, OptionFlag::BOOT_AUDIT_ON_FAILURE),
    (11, OptionFlag::NO_SCRIPT_ENFORCEMENT),
    (12, OptionFlag::ENFORCE_STORE_APPLICATIONS),
    (13, OptionFlag::MANAGED_INSTALLER),
    (14, OptionFlag::INTELLIGENT_SECURITY_GRAPH),
    (15, OptionFlag::INVALIDATE_EAS_ON_REBOOT),
    (16, OptionFlag::UPDATE_NO_REBOOT),
    (17, OptionFlag::ALLOW_SUPPLEMENTAL),
    (18, OptionFlag::NO_FILE_PATH_PROTECTION),
    (19, OptionFlag::DYNAMIC_CODE_SECURITY),
    (20, OptionFlag::REVOKED_EXPIRED_AS_UNSIGNED),
];

/// Options that a supplemental policy may set (documented); others have no effect there.
pub const SUPPLEMENTAL_OPTIONS: [OptionFlag; 5] = [
    OptionFlag::INHERIT_DEFAULT_POLICY,
    OptionFlag::UNSIGNED_POLICY,
    OptionFlag::MANAGED_INSTALLER,
    OptionFlag::INTELLIGENT_SECURITY_GRAPH,
    OptionFlag::NO_FILE_PATH_PROTECTION,
];

/// Flags that every AppID tagging policy gets, whatever its XML says. One source.
pub const APP_ID_TAGGING_FLAGS: [OptionFlag; 5] = [
    OptionFlag::AUDIT_MODE,
    OptionFlag::UMCI,
    OptionFlag::ENFORCE_STORE_APPLICATIONS,
    OptionFlag::ADVANCED_BOOT_OPTIONS_MENU,
    OptionFlag::NO_SCRIPT_ENFORCEMENT,
];
/// Provider of the settings that AppID tags become. One source.
pub const APP_ID_PROVIDER: &str = "WDACAppId";

open_newtype! {
    /// Kind of a file rule. Real files.
    FileRuleKind(u32) {
        DENY = 0 => "Deny",
        ALLOW = 1 => "Allow",
        FILE_ATTRIB = 2 => "FileAttrib",
    }
}

open_newtype! {
    /// What a signer's root is named by. Real files.
    RootKind(u32) {
        TBS = 0 => "TBS",
        WELLKNOWN = 1 => "Wellknown",
    }
}

open_newtype! {
    /// Value type of a setting. Real files have 0, 1 and 3.
    SettingKind(u32) {
        BOOLEAN = 0 => "Boolean",
        DWORD = 1 => "DWord",
        BINARY = 2 => "Binary",
        STRING = 3 => "String",
    }
}

open_newtype! {
    /// Value type of an application setting, one byte. One source.
    AppSettingKind(u8) {
        BOOL = 0 => "Bool",
        STRING = 3 => "StringList",
        STRING_SET = 4 => "StringSet",
    }
}

open_newtype! {
    /// Kind of an artifact rule. One source.
    ArtifactKind(u32) {
        CIM = 0 => "CIM",
        CATALOG = 1 => "Catalog",
    }
}

open_newtype! {
    /// Action of an artifact rule. One source.
    ArtifactAction(u32) {
        DENY = 0 => "Deny",
        ALLOW = 1 => "Allow",
    }
}

open_newtype! {
    /// What is checked in a signing scenario.
    Scenario(u32) {
        KERNEL = 131 => "kernel mode",
        USER = 12 => "user mode",
    }
}

open_newtype! {
    /// `ALG_ID` of a scenario's weakest hash (`wincrypt.h`).
    HashAlgId(u32) {
        SHA1 = 0x8004 => "SHA-1",
        SHA256 = 0x800c => "SHA-256",
        SHA384 = 0x800d => "SHA-384",
        SHA512 = 0x800e => "SHA-512",
    }
}

open_newtype! {
    /// One bit of `HvciOptions`. `Strict` is documented, the other values are one source.
    HvciFlag(u32) {
        ENABLED = 1 => "Enabled",
        STRICT = 2 => "Strict",
        DEBUG_MODE = 4 => "DebugMode",
        DISABLE_ALLOWED = 8 => "DisableAllowed",
    }
}

open_newtype! {
    /// Built-in root that a signer names by number.
    ///
    /// Microsoft's table of the keys prints the key of the *test* root 2010 for number 6, too;
    /// `engine::ci_policy::wellknown` has the keys with what speaks for them.
    WellknownRoot(u32) {
        NONE = 0x00 => "None",
        UNKNOWN = 0x01 => "Unknown",
        SELF_SIGNED = 0x02 => "Self-signed",
        AUTHENTICODE = 0x03 => "Microsoft Authenticode Root",
        PRODUCT_1997 = 0x04 => "Microsoft Root Authority 1997",
        PRODUCT_2001 = 0x05 => "Microsoft Root Certificate Authority 2001",
        PRODUCT_2010 = 0x06 => "Microsoft Root Certificate Authority 2010",
        STANDARD_2011 = 0x07 => "Microsoft Root Certificate Authority 2011",
        CODE_VERIFICATION_2006 = 0x08 => "Microsoft Code Verification Root 2006",
        TEST_1999 = 0x09 => "Microsoft Test Root 1999",
        TEST_2010 = 0x0a => "Microsoft Testing Root Certificate Authority 2010",
        DMD_TEST_2005 = 0x0b => "Microsoft DMD Test Root 2005",
        DMD_2005 = 0x0c => "Microsoft DMD Root 2005",
        DMD_PREVIEW_2005 = 0x0d => "Microsoft DMD Preview Root 2005",
        FLIGHT_2014 = 0x0e => "Microsoft Flight Root 2014",
        MARKETPLACE = 0x0f => "Microsoft Third Party Marketplace Root",
        ECC_TESTING_2017 = 0x10 => "Microsoft ECC Testing Root 2017",
        ECC_DEVELOPMENT_2018 = 0x11 => "Microsoft ECC Development Root 2018",
        ECC_PRODUCT_2018 = 0x12 => "Microsoft ECC Product Root 2018",
        ECC_DEVICES_2017 = 0x13 => "Microsoft ECC Devices Root 2017",
        TRUSTED_ROOT_STORE = 0x14 => "any root of the trusted root store",
        OEM_2017 = 0x15 => "Microsoft OEM Root 2017",
        IDENTITY_VERIFICATION_2020 = 0x16 => "Microsoft Identity Verification Root 2020",
    }
}

/// Platform of every policy for Windows. Real files.
pub const PLATFORM: Guid = Guid::from_fields(
    0x2e07_f7e4,
    0x194c,
    0x4d20,
    [0xb7, 0xc9, 0x6f, 0x44, 0xa6, 0xc5, 0xa2, 0x34],
);
/// Type of an enterprise policy, and the default where the XML has none. Real files.
pub const ENTERPRISE: Guid = Guid::from_fields(
    0xa244_370e,
    0x44c9,
    0x4c06,
    [0xb5, 0x51, 0xf6, 0x01, 0x6e, 0x56, 0x30, 0x76],
);
/// Type of the revocation list. Real files.
pub const REVOCATION: Guid = Guid::from_fields(
    0x2a5a_0136,
    0xf09f,
    0x498e,
    [0x99, 0xcc, 0x51, 0x09, 0x90, 0x11, 0x15, 0x7c],
);
/// Type of a SKU policy.
pub const SKU: Guid = Guid::from_fields(
    0x976d_12c8,
    0xcb9f,
    0x4730,
    [0xbe, 0x52, 0x54, 0x60, 0x08, 0x43, 0x23, 0x8e],
);
/// Type of Windows in S mode. Real files.
pub const WINDOWS_S: Guid = Guid::from_fields(
    0x5951_a96a,
    0xe0b5,
    0x4d3d,
    [0x8f, 0xb8, 0x3e, 0x5b, 0x61, 0x03, 0x07, 0x84],
);
/// Type of the Advanced Threat Protection policy.
pub const ATP: Guid = Guid::from_fields(
    0x4e61_c68c,
    0x97f6,
    0x430b,
    [0x9c, 0xd7, 0x9b, 0x10, 0x04, 0x70, 0x67, 0x70],
);
/// Type of the driver blocklist.
pub const DRIVER: Guid = Guid::from_fields(
    0xd2bd_a982,
    0xccf6,
    0x4344,
    [0xac, 0x5b, 0x0b, 0x44, 0x42, 0x7b, 0x68, 0x16],
);
/// Id of the base policy of Windows SE. Real files.
pub const WINDOWS_SE: Guid = Guid::from_fields(
    0x8244_3e1e,
    0x8a39,
    0x4b4a,
    [0x96, 0xa8, 0xf4, 0x0d, 0xdc, 0x00, 0xb9, 0xf3],
);

/// Ids and types that mean something by themselves.
pub const NAMED_POLICIES: [(Guid, &str); 8] = [
    (ENTERPRISE, "enterprise policy"),
    (REVOCATION, "revocation list"),
    (SKU, "SKU policy"),
    (WINDOWS_S, "Windows in S mode"),
    (ATP, "Advanced Threat Protection"),
    (DRIVER, "driver blocklist"),
    (WINDOWS_SE, "Windows SE"),
    (PLATFORM, "Windows"),
];

/// EKUs that policies name, as object identifiers in dotted text.
pub const EKUS: [(&str, &str); 11] = [
    ("1.3.6.1.5.5.7.3.3", "code signing"),
    ("1.3.6.1.4.1.311.10.3.5", "WHQL"),
    ("1.3.6.1.4.1.311.10.3.6", "Windows system component"),
    ("1.3.6.1.4.1.311.10.3.21", "Windows RT"),
    ("1.3.6.1.4.1.311.10.3.37", "isolated user mode"),
    ("1.3.6.1.4.1.311.10.3.42", "VBS enclave"),
    ("1.3.6.1.4.1.311.61.4.1", "early-launch antimalware"),
    ("1.3.6.1.4.1.311.61.5.1", "HAL extension"),
    ("1.3.6.1.4.1.311.76.3.1", "Store"),
    ("1.3.6.1.4.1.311.76.5.1", "dynamic code generator"),
    ("1.3.6.1.4.1.311.76.11.1", "antimalware"),
];

/// First byte of an EKU in a policy, where DER has the tag of an object identifier. Real files.
pub const EKU_TAG: u8 = 0x01;

/// CMS content type of a signed policy. Real files.
pub const CONTENT_POLICY: &str = "1.3.6.1.4.1.311.79.1";
/// CMS content type of the revocation list. Real files.
pub const CONTENT_REVOCATION: &str = "1.3.6.1.4.1.311.93.1";
