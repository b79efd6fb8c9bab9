//! [`Crypto`] by the RustCrypto crates.

use rsa::traits::SignatureScheme;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{Crypto, Curve, Digest, HashAlg, PublicKey, Signature, VerifyError};
use crate::limits::{RSA_BITS_MAX, RSA_BITS_MIN};

pub(super) struct RustCrypto;

impl Crypto for RustCrypto {
    fn digest(&self, alg: HashAlg, parts: &[&[u8]]) -> Digest {
        match alg {
            HashAlg::Sha1 => hash::<Sha1>(alg, parts),
            HashAlg::Sha256 => hash::<Sha256>(alg, parts),
            HashAlg::Sha384 => hash::<Sha384>(alg, parts),
            HashAlg::Sha512 => hash::<Sha512>(alg, parts),
        }
    }

    fn verify(
        &self,
        key: &PublicKey,
        digest: &Digest,
        signature: Signature<'_>,
    ) -> Result<(), VerifyError> {
        match (key, signature) {
            (PublicKey::Rsa { modulus, exponent }, Signature::RsaPkcs1(bytes)) => {
                verify_pkcs1(&rsa_key(modulus, exponent)?, digest, bytes)
            }
            (PublicKey::Rsa { modulus, exponent }, Signature::RsaPss(bytes)) => {
                verify_pss(&rsa_key(modulus, exponent)?, digest, bytes)
            }
            (PublicKey::Ecc { curve, x, y }, Signature::Ecdsa { r, s }) => match curve {
                Curve::P256 => verify_p256(x, y, digest, r, s),
                Curve::P384 => verify_p384(x, y, digest, r, s),
            },
            _ => Err(VerifyError::SchemeMismatch),
        }
    }
}

fn hash<D: sha2::Digest>(alg: HashAlg, parts: &[&[u8]]) -> Digest {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    Digest::new(alg, &hasher.finalize()).unwrap_or(Digest::filled(alg, 0))
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, VerifyError> {
    let bits = modulus.len().saturating_mul(8);
    // Real exponents are 3 and 65537; eight bytes bound the cost of an exponentiation.
    if bits > RSA_BITS_MAX || exponent.len() > 8 {
        return Err(VerifyError::BadKey);
    }
    let n = BoxedUint::from_be_slice_vartime(modulus);
    let e = BoxedUint::from_be_slice_vartime(exponent);
    RsaPublicKey::new_with_size_limits(n, e, RSA_BITS_MIN..=RSA_BITS_MAX)
        .map_err(|_| VerifyError::BadKey)
}

fn verify_pkcs1(key: &RsaPublicKey, digest: &Digest, signature: &[u8]) -> Result<(), VerifyError> {
    let scheme = match digest.alg() {
        HashAlg::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
        HashAlg::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        HashAlg::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        HashAlg::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    };
    scheme.verify(key, digest.as_bytes(), signature).map_err(|_| VerifyError::BadSignature)
}

fn verify_pss(key: &RsaPublicKey, digest: &Digest, signature: &[u8]) -> Result<(), VerifyError> {
    fn any_salt<D: sha2::Digest>() -> Pss<D> {
        Pss { blinded: false, digest: D::new(), salt_len: None }
    }
    let (hashed, bad) = (digest.as_bytes(), |_| VerifyError::BadSignature);
    match digest.alg() {
        HashAlg::Sha1 => any_salt::<Sha1>().verify(key, hashed, signature).map_err(bad),
        HashAlg::Sha256 => any_salt::<Sha256>().verify(key, hashed, signature).map_err(bad),
        HashAlg::Sha384 => any_salt::<Sha384>().verify(key, hashed, signature).map_err(bad),
        HashAlg::Sha512 => any_salt::<Sha512>().verify(key, hashed, signature).map_err(bad),
    }
}

/// `value` left-padded with zeroes to `N` bytes; `None` when it does not fit. TPMs may cut
/// leading zero bytes of a coordinate or scalar.
fn fixed<const N: usize>(value: &[u8]) -> Option<[u8; N]> {
    let start = N.checked_sub(value.len())?;
    let mut fixed = [0; N];
    fixed.get_mut(start..)?.copy_from_slice(value);
    Some(fixed)
}

macro_rules! verify_on_curve {
    ($name:ident, $curve:ident, $size:literal) => {
        fn $name(
            x: &[u8],
            y: &[u8],
            digest: &Digest,
            r: &[u8],
            s: &[u8],
        ) -> Result<(), VerifyError> {
            use $curve::ecdsa::signature::hazmat::PrehashVerifier;
            use $curve::ecdsa::{Signature, VerifyingKey};

            let (x, y) = (fixed::<$size>(x), fixed::<$size>(y));
            let (x, y) = x.zip(y).ok_or(VerifyError::BadKey)?;
            let point = $curve::Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
            let key = VerifyingKey::from_sec1_point(&point).map_err(|_| VerifyError::BadKey)?;

            let (r, s) = (fixed::<$size>(r), fixed::<$size>(s));
            let (r, s) = r.zip(s).ok_or(VerifyError::BadSignature)?;
            let signature = Signature::from_scalars(r, s).map_err(|_| VerifyError::BadSignature)?;
            key.verify_prehash(digest.as_bytes(), &signature).map_err(|_| VerifyError::BadSignature)
        }
    };
}

verify_on_curve!(verify_p256, p256, 32);
verify_on_curve!(verify_p384, p384, 48);
