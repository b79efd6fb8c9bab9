//! Key pairs of simulated TPMs and certification authorities: RSA, P-256 and P-384.
//!
//! Everything comes from a [`Rng`]: primes are searched upward from a seeded start, scalars are
//! drawn until one fits, ECDSA nonces follow RFC 6979. So a key is the same on every target, and
//! a signature too, as long as the stream is.

mod bcrypt;
pub mod ecc;
pub mod pool;
mod prime;
pub mod rsa;
mod spki;

use std::sync::Arc;

use portcullis_wire::TpmAlg;
use portcullis_wire::alg::EccCurve;

pub use ecc::EccKey;
pub use pool::{RsaPool, RsaSource};
pub use prime::RsaPrimes;
pub use rsa::RsaKey;
pub use spki::RsaKeyId;

use crate::hash::{Digest, HashAlg};
use crate::rng::Rng;

/// The exponent of every RSA key here.
pub const RSA_EXPONENT: u32 = 65_537;

/// A signature scheme with its hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Scheme {
    /// `RSASSA`, `RSAPSS` or `ECDSA`.
    pub algorithm: TpmAlg,
    /// The hash.
    pub hash: HashAlg,
}

impl Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub const RSASSA_SHA256: Self = Self { algorithm: TpmAlg::RSASSA, hash: HashAlg::Sha256 };
    /// RSASSA-PKCS1-v1_5 with SHA-1: keys of the Windows platform crypto provider.
    pub const RSASSA_SHA1: Self = Self { algorithm: TpmAlg::RSASSA, hash: HashAlg::Sha1 };
    /// RSASSA-PSS with SHA-256.
    pub const RSAPSS_SHA256: Self = Self { algorithm: TpmAlg::RSAPSS, hash: HashAlg::Sha256 };
    /// ECDSA with SHA-256.
    pub const ECDSA_SHA256: Self = Self { algorithm: TpmAlg::ECDSA, hash: HashAlg::Sha256 };
    /// ECDSA with SHA-384.
    pub const ECDSA_SHA384: Self = Self { algorithm: TpmAlg::ECDSA, hash: HashAlg::Sha384 };
}

/// A public key: big-endian unsigned integers of full size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PublicKey {
    /// RSA with the exponent [`RSA_EXPONENT`].
    Rsa {
        /// The modulus, as long as the key.
        modulus: Vec<u8>,
    },
    /// A point.
    Ecc {
        /// `NIST_P256` or `NIST_P384`.
        curve: EccCurve,
        /// Affine x, as long as the field.
        x: Vec<u8>,
        /// Affine y, as long as the field.
        y: Vec<u8>,
    },
}

/// A signature without its frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RawSignature {
    /// As long as the modulus.
    Rsa(Vec<u8>),
    /// Two scalars, each as long as the field.
    Ecdsa {
        /// The first.
        r: Vec<u8>,
        /// The second.
        s: Vec<u8>,
    },
}

/// A key pair.
#[derive(Clone, Debug)]
pub enum PrivateKey {
    /// RSA; shared, because pooled keys are.
    Rsa(Arc<RsaKey>),
    /// An elliptic curve key.
    Ecc(EccKey),
}

impl PrivateKey {
    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa { modulus: key.modulus() },
            Self::Ecc(key) => {
                let (x, y) = key.coordinates();
                PublicKey::Ecc { curve: key.curve(), x, y }
            }
        }
    }

    /// Signs a digest. `None` when the scheme does not fit the key, or the digest is of another
    /// hash than the scheme's. Only PSS draws from `rng`, for its salt.
    #[must_use]
    pub fn sign(&self, scheme: Scheme, digest: &Digest, rng: &mut Rng) -> Option<RawSignature> {
        if digest.alg() != scheme.hash {
            return None;
        }
        match (self, scheme.algorithm) {
            (Self::Rsa(key), TpmAlg::RSASSA) => key.sign_pkcs1(digest).map(RawSignature::Rsa),
            (Self::Rsa(key), TpmAlg::RSAPSS) => key.sign_pss(digest, rng).map(RawSignature::Rsa),
            (Self::Ecc(key), TpmAlg::ECDSA) => {
                key.sign(digest).map(|(r, s)| RawSignature::Ecdsa { r, s })
            }
            _ => None,
        }
    }
}
