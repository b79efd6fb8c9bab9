//! Hashing and signature verification, behind one small trait.
//!
//! Only public operations on public data: nothing here needs constant time, and nothing here
//! can sign. What a valid signature does *not* establish: that the key belongs to anybody.

mod digest;
mod rustcrypto;

pub use digest::{Digest, HashAlg};

/// A public key in the form that verification needs: big-endian unsigned integers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// Modulus, without leading zero bytes.
        modulus: Vec<u8>,
        /// Public exponent, without leading zero bytes.
        exponent: Vec<u8>,
    },
    /// An elliptic curve point.
    Ecc {
        /// The curve.
        curve: Curve,
        /// Affine x, left-padded to the size of the field.
        x: Vec<u8>,
        /// Affine y, left-padded to the size of the field.
        y: Vec<u8>,
    },
}

/// Curves that signatures are verified on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Curve {
    /// NIST P-256 (`secp256r1`).
    P256,
    /// NIST P-384 (`secp384r1`).
    P384,
}

impl Curve {
    /// Size of a field element and of a scalar in bytes.
    #[must_use]
    pub const fn field_size_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

/// A signature, borrowed from the structure that carries it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signature<'a> {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
    RsaPkcs1(&'a [u8]),
    /// RSASSA-PSS (RFC 8017, section 8.1) with MGF1 over the same hash and any salt length: TPMs
    /// use the digest's size or the largest that fits.
    RsaPss(&'a [u8]),
    /// ECDSA (FIPS 186-5, section 6.4): `r` and `s`, big-endian, of any length that fits.
    Ecdsa {
        /// The first scalar.
        r: &'a [u8],
        /// The second scalar.
        s: &'a [u8],
    },
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyError {
    /// The key is not usable: a modulus out of bounds, a point off the curve.
    BadKey,
    /// Signature and key are of different kinds.
    SchemeMismatch,
    /// The signature is malformed or does not verify.
    BadSignature,
}

/// What the engine asks of a cryptographic library.
///
/// The calls are narrow on purpose: a host may later move them out of the sandbox.
pub trait Crypto {
    /// Hashes the concatenation of `parts`.
    fn digest(&self, alg: HashAlg, parts: &[&[u8]]) -> Digest;

    /// Verifies `signature` by `key` over a message whose digest is `digest`.
    ///
    /// # Errors
    /// [`VerifyError`]; there is no partial success.
    fn verify(
        &self,
        key: &PublicKey,
        digest: &Digest,
        signature: Signature<'_>,
    ) -> Result<(), VerifyError>;
}

/// The implementation that this build uses.
static BACKEND: rustcrypto::RustCrypto = rustcrypto::RustCrypto;

/// Hashes the concatenation of `parts`.
#[must_use]
pub fn digest(alg: HashAlg, parts: &[&[u8]]) -> Digest {
    BACKEND.digest(alg, parts)
}

/// Hashes `message` with `alg` and verifies `signature` by `key` over it.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(
    key: &PublicKey,
    alg: HashAlg,
    message: &[u8],
    signature: Signature<'_>,
) -> Result<(), VerifyError> {
    BACKEND.verify(key, &digest(alg, &[message]), signature)
}
