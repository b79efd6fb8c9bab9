//! TPM 2.0 constants.
//!
//! Sources, named again at each group: TCG TPM 2.0 Library part 2 "Structures" (revision 1.59),
//! TCG EK Credential Profile for TPM 2.0, TCG TPM Vendor ID Registry, tpm2-tools (credential file),
//! Windows headers `bcrypt.h` and `ncrypt.h` and Microsoft's TSS.MSR PCPTool (key blobs).
//! Numbers of TPM structures are big-endian on the wire, those of Windows little-endian.

use crate::open::open_newtype;

/// `TPM_GENERATED_VALUE` (Structures, table 7): the first word of everything that a TPM
/// attests. A restricted key signs nothing that begins like this unless the TPM made it.
pub const TPM_GENERATED: u32 = 0xff54_4347;

open_newtype! {
    /// `TPM_ST` of an attestation (Structures, table 19).
    AttestType(u16) {
        NV = 0x8014 => "nv",
        COMMAND_AUDIT = 0x8015 => "command-audit",
        SESSION_AUDIT = 0x8016 => "session-audit",
        CERTIFY = 0x8017 => "certify",
        QUOTE = 0x8018 => "quote",
        TIME = 0x8019 => "time",
        CREATION = 0x801a => "creation",
        NV_DIGEST = 0x801c => "nv-digest",
    }
}

open_newtype! {
    /// `TPMA_OBJECT` (Structures, table 31): attribute bits of an object.
    ObjectAttributes(u32) {
        FIXED_TPM = 1 << 1 => "fixedTPM",
        ST_CLEAR = 1 << 2 => "stClear",
        FIXED_PARENT = 1 << 4 => "fixedParent",
        SENSITIVE_DATA_ORIGIN = 1 << 5 => "sensitiveDataOrigin",
        USER_WITH_AUTH = 1 << 6 => "userWithAuth",
        ADMIN_WITH_POLICY = 1 << 7 => "adminWithPolicy",
        NO_DA = 1 << 10 => "noDA",
        ENCRYPTED_DUPLICATION = 1 << 11 => "encryptedDuplication",
        RESTRICTED = 1 << 16 => "restricted",
        DECRYPT = 1 << 17 => "decrypt",
        SIGN = 1 << 18 => "sign",
    }
}

impl ObjectAttributes {
    /// True when every bit of `bits` is set.
    #[must_use]
    pub const fn contains(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }

    /// Both sets of bits.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Attributes of a low-range EK (EK Credential Profile, templates L-1 and L-2).
    pub const EK_LOW_RANGE: Self = Self(0x0003_00b2);
    /// Attributes of a high-range EK (templates H-1 to H-7).
    pub const EK_HIGH_RANGE: Self = Self(0x0003_00f2);
    /// Attributes of a key that the Windows platform crypto provider makes for attestation.
    pub const WINDOWS_AIK: Self = Self(0x0005_0472);
}

/// Authorization policies of EK templates (EK Credential Profile, default templates), and of Windows keys.
pub mod policy {
    /// PolicyA: the owner of the endorsement hierarchy authorizes (`TPM2_PolicySecret`).
    pub const POLICY_A_SHA256: &[u8; 32] = &[
        0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7,
        0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14,
        0x69, 0xaa,
    ];
    /// PolicyB: PolicyA, or what an NV index says. SHA-256.
    pub const POLICY_B_SHA256: &[u8; 32] = &[
        0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf,
        0xb3, 0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0,
        0xb7, 0xa0,
    ];
    /// PolicyB, SHA-384.
    pub const POLICY_B_SHA384: &[u8; 48] = &[
        0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a,
        0x1a, 0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4,
        0x19, 0xca, 0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3,
        0xf8, 0x0e, 0x12,
    ];
    /// PolicyB, SHA-512.
    pub const POLICY_B_SHA512: &[u8; 64] = &[
        0xb8, 0x22, 0x1c, 0xa6, 0x9e, 0x85, 0x50, 0xa4, 0x91, 0x4d, 0xe3, 0xfa, 0xa6, 0xa1, 0x8c,
        0x07, 0x2c, 0xc0, 0x12, 0x08, 0x07, 0x3a, 0x92, 0x8d, 0x5d, 0x66, 0xd5, 0x9e, 0xf7, 0x9e,
        0x49, 0xa4, 0x29, 0xc4, 0x1a, 0x6b, 0x26, 0x95, 0x71, 0xd5, 0x7e, 0xdb, 0x25, 0xfb, 0xdb,
        0x18, 0x38, 0x42, 0x56, 0x08, 0xb4, 0x13, 0xcd, 0x61, 0x6a, 0x5f, 0x6d, 0xb5, 0xb6, 0x07,
        0x1a, 0xf9, 0x9b, 0xea,
    ];
    /// What the Windows platform crypto provider gives its keys: any of five branches (use, change of
    /// authorization, certification with and without authorization, credential activation).
    pub const WINDOWS_AIK_SHA256: &[u8; 32] = &[
        0x9d, 0xff, 0xcb, 0xf3, 0x6c, 0x38, 0x3a, 0xe6, 0x99, 0xfb, 0x98, 0x68, 0xdc, 0x6d, 0xcb,
        0x89, 0xd7, 0x15, 0x38, 0x84, 0xbe, 0x28, 0x03, 0x92, 0x2c, 0x12, 0x41, 0x58, 0xbf, 0xad,
        0x22, 0xae,
    ];
}

open_newtype! {
    /// NV indices of endorsements (EK Credential Profile; platform certificates: TCG registry of
    /// reserved TPM 2.0 handles).
    NvIndex(u32) {
        EK_RSA_2048_CERT = 0x01c0_0002 => "ek-rsa2048-certificate",
        EK_RSA_2048_NONCE = 0x01c0_0003 => "ek-rsa2048-nonce",
        EK_RSA_2048_TEMPLATE = 0x01c0_0004 => "ek-rsa2048-template",
        EK_P256_CERT = 0x01c0_000a => "ek-p256-certificate",
        EK_P256_NONCE = 0x01c0_000b => "ek-p256-nonce",
        EK_P256_TEMPLATE = 0x01c0_000c => "ek-p256-template",
        /// High range, template H-1.
        EK_RSA_2048_HIGH_CERT = 0x01c0_0012 => "ek-rsa2048-high-certificate",
        /// High range, template H-2.
        EK_P256_HIGH_CERT = 0x01c0_0014 => "ek-p256-high-certificate",
        EK_P384_CERT = 0x01c0_0016 => "ek-p384-certificate",
        EK_P521_CERT = 0x01c0_0018 => "ek-p521-certificate",
        EK_SM2_CERT = 0x01c0_001a => "ek-sm2-certificate",
        EK_RSA_3072_CERT = 0x01c0_001c => "ek-rsa3072-certificate",
        EK_RSA_4096_CERT = 0x01c0_001e => "ek-rsa4096-certificate",
    }
}

impl NvIndex {
    /// First and last index of the EK certificate chain.
    pub const EK_CHAIN: (Self, Self) = (Self(0x01c0_0100), Self(0x01c0_01ff));
    /// First and last index of platform certificates.
    pub const PLATFORM_CERTS: (Self, Self) = (Self(0x01c0_8000), Self(0x01c0_ffff));
}

open_newtype! {
    /// Handles (Structures, table 28; persistent ones: TCG provisioning guidance).
    Handle(u32) {
        OWNER = 0x4000_0001 => "owner",
        NULL = 0x4000_0007 => "null",
        /// `TPM_RS_PW`: a password stands for a session.
        PASSWORD = 0x4000_0009 => "password",
        ENDORSEMENT = 0x4000_000b => "endorsement",
        PLATFORM = 0x4000_000c => "platform",
        SRK = 0x8100_0001 => "srk",
        /// Where Windows keeps its attestation key.
        WINDOWS_AIK = 0x8100_0002 => "windows-aik",
        EK_RSA = 0x8101_0001 => "ek-rsa",
        EK_ECC = 0x8101_0002 => "ek-ecc",
    }
}

open_newtype! {
    /// `TPM_PT_MANUFACTURER` and the `id:` of an EK certificate (TPM Vendor ID Registry):
    /// up to four ASCII characters.
    TpmManufacturer(u32) {
        AMD = 0x414d_4400 => "AMD",
        ATMEL = 0x4154_4d4c => "ATML",
        BROADCOM = 0x4252_434d => "BRCM",
        CISCO = 0x4353_434f => "CSCO",
        FLYSLICE = 0x464c_5953 => "FLYS",
        FUZHOU_ROCKCHIP = 0x524f_4343 => "ROCC",
        GOOGLE = 0x474f_4f47 => "GOOG",
        HPE = 0x4850_4500 => "HPE",
        HUAWEI = 0x4849_5349 => "HISI",
        IBM = 0x4942_4d00 => "IBM",
        INFINEON = 0x4946_5800 => "IFX",
        INTEL = 0x494e_5443 => "INTC",
        LENOVO = 0x4c45_4e00 => "LEN",
        MICROSOFT = 0x4d53_4654 => "MSFT",
        NATIONAL_SEMICONDUCTOR = 0x4e53_4d20 => "NSM",
        NATIONZ = 0x4e54_5a00 => "NTZ",
        NUVOTON = 0x4e54_4300 => "NTC",
        QUALCOMM = 0x5143_4f4d => "QCOM",
        SAMSUNG = 0x534d_534e => "SMSN",
        SINOSUN = 0x534e_5300 => "SNS",
        SMSC = 0x534d_5343 => "SMSC",
        ST_MICROELECTRONICS = 0x5354_4d20 => "STM",
        TEXAS_INSTRUMENTS = 0x5458_4e00 => "TXN",
        WINBOND = 0x5745_4300 => "WEC",
    }
}

/// The file that `tpm2_makecredential` writes: magic and version, both big-endian.
pub mod credential_file {
    /// First word.
    pub const MAGIC: u32 = 0xbadc_c0de;
    /// The only version.
    pub const VERSION: u32 = 1;
}

/// The file that `tpm2_quote -o` and `tpm2_pcrread -o` write: two C structures of tpm2-tss,
/// little-endian, with their padding.
pub mod pcrs_file {
    /// Slots of a `TPML_PCR_SELECTION`.
    pub const SELECTION_SLOTS: usize = 16;
    /// Size of a slot: algorithm (2), size (1), bitmap (4), padding (1).
    pub const SELECTION_SLOT_SIZE_BYTES: usize = 8;
    /// Bytes of a slot's bitmap.
    pub const SELECT_SIZE_BYTES_MAX: usize = 4;
    /// Digests of a `TPML_DIGEST`.
    pub const DIGEST_SLOTS: usize = 8;
    /// Bytes of a `TPM2B_DIGEST`'s buffer.
    pub const DIGEST_BUFFER_SIZE_BYTES: usize = 64;
}

/// Public key blobs of the Windows CNG (`bcrypt.h`).
pub mod bcrypt {
    use crate::open::open_newtype;

    open_newtype! {
        /// First word of a key blob, little-endian.
        BlobMagic(u32) {
            RSA_PUBLIC = 0x3141_5352 => "RSA1",
            ECDH_PUBLIC_P256 = 0x314b_4345 => "ECK1",
            ECDH_PUBLIC_P384 = 0x334b_4345 => "ECK3",
            ECDH_PUBLIC_P521 = 0x354b_4345 => "ECK5",
            ECDSA_PUBLIC_P256 = 0x3153_4345 => "ECS1",
            ECDSA_PUBLIC_P384 = 0x3353_4345 => "ECS3",
            ECDSA_PUBLIC_P521 = 0x3553_4345 => "ECS5",
        }
    }
}

/// Blobs of the Windows platform crypto provider (TSS.MSR PCPTool, `TpmAtt.h`).
pub mod pcp {
    use crate::open::open_newtype;

    open_newtype! {
        /// First word of a blob, little-endian: four characters.
        PcpMagic(u32) {
            /// Key file.
            KEY = 0x4d50_4350 => "PCPM",
            /// Platform attestation: registers, quote, signature, log.
            PLATFORM_ATTESTATION = 0x5344_4150 => "PADS",
            /// The same with a choice of bank.
            PLATFORM_ATTESTATION_2 = 0x3244_4150 => "PAD2",
            /// Key attestation: certification, signature, key.
            KEY_ATTESTATION = 0x5344_414b => "KADS",
            /// Key attestation statement: identity binding and key attestation.
            KEY_ATTESTATION_STATEMENT = 0x5453_414b => "KAST",
        }
    }

    open_newtype! {
        /// Version of the TPM that made a blob.
        PcpPlatform(u32) {
            TPM_1_2 = 1 => "tpm1.2",
            TPM_2_0 = 2 => "tpm2.0",
        }
    }

    /// Header of a TPM 2.0 key file as Windows 8 wrote it, without the algorithm of its PCRs.
    pub const KEY_HEADER_SIZE_BYTES_WINDOWS_8: u32 = 52;
}

open_newtype! {
    /// `TPM_ST` of tickets and of the command interface (Structures, table 19); those of
    /// attestations are [`AttestType`].
    StructureTag(u16) {
        NULL = 0x8000 => "null",
        NO_SESSIONS = 0x8001 => "no-sessions",
        SESSIONS = 0x8002 => "sessions",
        CREATION = 0x8021 => "creation",
        VERIFIED = 0x8022 => "verified",
        AUTH_SECRET = 0x8023 => "auth-secret",
        HASHCHECK = 0x8024 => "hashcheck",
        AUTH_SIGNED = 0x8025 => "auth-signed",
    }
}

open_newtype! {
    /// `TPM_RC` (Structures, table 16): answers of a TPM. The command interface adds the number of
    /// the parameter, handle or session to those of format one (bit 7).
    Rc(u32) {
        SUCCESS = 0x000 => "TPM_RC_SUCCESS",
        INITIALIZE = 0x100 => "TPM_RC_INITIALIZE",
        FAILURE = 0x101 => "TPM_RC_FAILURE",
        PCR = 0x127 => "TPM_RC_PCR",
        NV_RANGE = 0x146 => "TPM_RC_NV_RANGE",
        NV_SIZE = 0x147 => "TPM_RC_NV_SIZE",
        NV_LOCKED = 0x148 => "TPM_RC_NV_LOCKED",
        NV_UNINITIALIZED = 0x14a => "TPM_RC_NV_UNINITIALIZED",
        NV_SPACE = 0x14b => "TPM_RC_NV_SPACE",
        NV_DEFINED = 0x14c => "TPM_RC_NV_DEFINED",
        ASYMMETRIC = 0x081 => "TPM_RC_ASYMMETRIC",
        ATTRIBUTES = 0x082 => "TPM_RC_ATTRIBUTES",
        HASH = 0x083 => "TPM_RC_HASH",
        VALUE = 0x084 => "TPM_RC_VALUE",
        HIERARCHY = 0x085 => "TPM_RC_HIERARCHY",
        TYPE = 0x08a => "TPM_RC_TYPE",
        HANDLE = 0x08b => "TPM_RC_HANDLE",
        RANGE = 0x08d => "TPM_RC_RANGE",
        SCHEME = 0x092 => "TPM_RC_SCHEME",
        SIZE = 0x095 => "TPM_RC_SIZE",
        SYMMETRIC = 0x096 => "TPM_RC_SYMMETRIC",
        INSUFFICIENT = 0x09a => "TPM_RC_INSUFFICIENT",
        KEY = 0x09c => "TPM_RC_KEY",
        INTEGRITY = 0x09f => "TPM_RC_INTEGRITY",
        TICKET = 0x0a0 => "TPM_RC_TICKET",
        BINDING = 0x0a5 => "TPM_RC_BINDING",
        CURVE = 0x0a6 => "TPM_RC_CURVE",
        ECC_POINT = 0x0a7 => "TPM_RC_ECC_POINT",
        AUTH_FAIL = 0x08e => "TPM_RC_AUTH_FAIL",
        COMMAND_CODE = 0x143 => "TPM_RC_COMMAND_CODE",
        OBJECT_MEMORY = 0x902 => "TPM_RC_OBJECT_MEMORY",
        SESSION_MEMORY = 0x903 => "TPM_RC_SESSION_MEMORY",
        LOCALITY = 0x907 => "TPM_RC_LOCALITY",
        YIELDED = 0x908 => "TPM_RC_YIELDED",
        TESTING = 0x90a => "TPM_RC_TESTING",
        LOCKOUT = 0x921 => "TPM_RC_LOCKOUT",
        RETRY = 0x922 => "TPM_RC_RETRY",
    }
}

open_newtype! {
    /// `TPM_CC` (Structures, table 12): the commands of an attestation.
    CommandCode(u32) {
        CREATE_PRIMARY = 0x131 => "TPM2_CreatePrimary",
        STARTUP = 0x144 => "TPM2_Startup",
        ACTIVATE_CREDENTIAL = 0x147 => "TPM2_ActivateCredential",
        NV_READ = 0x14e => "TPM2_NV_Read",
        POLICY_SECRET = 0x151 => "TPM2_PolicySecret",
        CREATE = 0x153 => "TPM2_Create",
        LOAD = 0x157 => "TPM2_Load",
        QUOTE = 0x158 => "TPM2_Quote",
        FLUSH_CONTEXT = 0x165 => "TPM2_FlushContext",
        NV_READ_PUBLIC = 0x169 => "TPM2_NV_ReadPublic",
        READ_PUBLIC = 0x173 => "TPM2_ReadPublic",
        START_AUTH_SESSION = 0x176 => "TPM2_StartAuthSession",
        GET_CAPABILITY = 0x17a => "TPM2_GetCapability",
        PCR_READ = 0x17e => "TPM2_PCR_Read",
    }
}

open_newtype! {
    /// `TPM_CAP` (Structures, table 22).
    Capability(u32) {
        HANDLES = 1 => "handles",
        PCRS = 5 => "pcrs",
        TPM_PROPERTIES = 6 => "tpm-properties",
    }
}

open_newtype! {
    /// `TPM_PT` (Structures, table 23): fixed properties that name a TPM.
    TpmProperty(u32) {
        MANUFACTURER = 0x105 => "TPM_PT_MANUFACTURER",
        FIRMWARE_VERSION_1 = 0x10b => "TPM_PT_FIRMWARE_VERSION_1",
        FIRMWARE_VERSION_2 = 0x10c => "TPM_PT_FIRMWARE_VERSION_2",
        NV_BUFFER_MAX = 0x12c => "TPM_PT_NV_BUFFER_MAX",
    }
}
