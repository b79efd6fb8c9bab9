//! Public keys as Windows hands them out: key blobs of CNG.
//!
//! Source: `bcrypt.h` of the Windows SDK (`BCRYPT_RSAKEY_BLOB`, `BCRYPT_ECCKEY_BLOB`). Headers
//! little-endian, numbers big-endian.

use portcullis_wire::alg::EccCurve;
use portcullis_wire::tpm::bcrypt::BlobMagic;

use super::{PublicKey, RSA_EXPONENT};
use crate::bytes::{Bytes, size32};

impl PublicKey {
    /// The blob of an endorsement key: `RSA1`, or a key for agreement (`ECK1`, `ECK3`).
    #[must_use]
    pub fn to_bcrypt_blob(&self) -> Vec<u8> {
        match self {
            Self::Rsa { modulus } => {
                let exponent = RSA_EXPONENT.to_be_bytes();
                // 65537 in three bytes.
                let exponent = exponent.get(1..).unwrap_or_default();
                Bytes::new()
                    .u32(BlobMagic::RSA_PUBLIC.0)
                    .u32(size32(modulus).saturating_mul(8))
                    .u32(size32(exponent))
                    .u32(size32(modulus))
                    // No primes in a public key.
                    .u64(0)
                    .raw(exponent)
                    .raw(modulus)
                    .0
            }
            Self::Ecc { curve, x, y } => {
                let magic = match *curve {
                    EccCurve::NIST_P384 => BlobMagic::ECDH_PUBLIC_P384,
                    _ => BlobMagic::ECDH_PUBLIC_P256,
                };
                Bytes::new().u32(magic.0).u32(size32(x)).raw(x).raw(y).0
            }
        }
    }
}
