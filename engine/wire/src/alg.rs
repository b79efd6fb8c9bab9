//! Algorithm identifiers.
//!
//! Source: TCG Algorithm Registry 1.34, table 3 (`TPM_ALG_ID`, 16 bits) and table 4
//! (`TPM_ECC_CURVE`); digest sizes from the hash algorithm clauses of the same document.

use crate::open::open_newtype;

open_newtype! {
    /// `TPM_ALG_ID`.
    TpmAlg(u16) {
        RSA = 0x0001 => "rsa",
        SHA1 = 0x0004 => "sha1",
        HMAC = 0x0005 => "hmac",
        AES = 0x0006 => "aes",
        KEYEDHASH = 0x0008 => "keyedhash",
        SHA256 = 0x000b => "sha256",
        SHA384 = 0x000c => "sha384",
        SHA512 = 0x000d => "sha512",
        NULL = 0x0010 => "null",
        SM3_256 = 0x0012 => "sm3_256",
        SM4 = 0x0013 => "sm4",
        RSASSA = 0x0014 => "rsassa",
        RSAES = 0x0015 => "rsaes",
        RSAPSS = 0x0016 => "rsapss",
        OAEP = 0x0017 => "oaep",
        ECDSA = 0x0018 => "ecdsa",
        ECDH = 0x0019 => "ecdh",
        ECDAA = 0x001a => "ecdaa",
        SM2 = 0x001b => "sm2",
        ECSCHNORR = 0x001c => "ecschnorr",
        ECC = 0x0023 => "ecc",
        SYMCIPHER = 0x0025 => "symcipher",
        CAMELLIA = 0x0026 => "camellia",
        SHA3_256 = 0x0027 => "sha3_256",
        SHA3_384 = 0x0028 => "sha3_384",
        SHA3_512 = 0x0029 => "sha3_512",
        CTR = 0x0040 => "ctr",
        OFB = 0x0041 => "ofb",
        CBC = 0x0042 => "cbc",
        CFB = 0x0043 => "cfb",
        ECB = 0x0044 => "ecb",
    }
}

impl TpmAlg {
    /// Size in bytes of a digest of this algorithm, or `None` when it is no known hash.
    #[must_use]
    pub const fn digest_size_bytes(self) -> Option<usize> {
        match self {
            Self::SHA1 => Some(20),
            Self::SHA256 | Self::SM3_256 | Self::SHA3_256 => Some(32),
            Self::SHA384 | Self::SHA3_384 => Some(48),
            Self::SHA512 | Self::SHA3_512 => Some(64),
            _ => None,
        }
    }
}

open_newtype! {
    /// `TPM_ECC_CURVE`.
    EccCurve(u16) {
        NIST_P192 = 0x0001 => "nist-p192",
        NIST_P224 = 0x0002 => "nist-p224",
        NIST_P256 = 0x0003 => "nist-p256",
        NIST_P384 = 0x0004 => "nist-p384",
        NIST_P521 = 0x0005 => "nist-p521",
        BN_P256 = 0x0010 => "bn-p256",
        BN_P638 = 0x0011 => "bn-p638",
        SM2_P256 = 0x0020 => "sm2-p256",
    }
}
