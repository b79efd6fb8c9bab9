//! Elliptic curve keys: NIST P-256 and P-384 (FIPS 186-5, RFC 6979, SP 800-56A).

use portcullis_wire::alg::EccCurve;

use crate::hash::Digest;
use crate::rng::Rng;

/// Draws after which no scalar was found: each misses with less than 2^-32.
const SCALAR_DRAWS_MAX: usize = 16;

/// A private key on one of the two curves.
#[derive(Clone, Debug)]
pub enum EccKey {
    /// NIST P-256.
    P256(p256::ecdsa::SigningKey),
    /// NIST P-384.
    P384(p384::ecdsa::SigningKey),
}

/// Size of a field element in bytes, or `None` for a curve that the simulator does not have.
#[must_use]
pub const fn field_size_bytes(curve: EccCurve) -> Option<usize> {
    match curve {
        EccCurve::NIST_P256 => Some(32),
        EccCurve::NIST_P384 => Some(48),
        _ => None,
    }
}

impl EccKey {
    /// The next key of a stream, or `None` for a curve that the simulator does not have.
    #[must_use]
    pub fn generate(curve: EccCurve, rng: &mut Rng) -> Option<Self> {
        let size = field_size_bytes(curve)?;
        (0..SCALAR_DRAWS_MAX).find_map(|_| Self::from_scalar(curve, &rng.bytes(size)))
    }

    /// The key of a scalar, or `None` when it is zero, not below the order, or of another size.
    #[must_use]
    pub fn from_scalar(curve: EccCurve, scalar: &[u8]) -> Option<Self> {
        if Some(scalar.len()) != field_size_bytes(curve) {
            return None;
        }
        match curve {
            EccCurve::NIST_P256 => p256_ops::from_scalar(scalar).map(Self::P256),
            EccCurve::NIST_P384 => p384_ops::from_scalar(scalar).map(Self::P384),
            _ => None,
        }
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> EccCurve {
        match self {
            Self::P256(_) => EccCurve::NIST_P256,
            Self::P384(_) => EccCurve::NIST_P384,
        }
    }

    /// The private scalar.
    #[must_use]
    pub fn scalar(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.to_bytes().to_vec(),
            Self::P384(key) => key.to_bytes().to_vec(),
        }
    }

    /// Affine x and y of the public point.
    #[must_use]
    pub fn coordinates(&self) -> (Vec<u8>, Vec<u8>) {
        match self {
            Self::P256(key) => p256_ops::coordinates(key),
            Self::P384(key) => p384_ops::coordinates(key),
        }
    }

    /// ECDSA over a digest of any algorithm.
    #[must_use]
    pub fn sign(&self, digest: &Digest) -> Option<(Vec<u8>, Vec<u8>)> {
        match self {
            Self::P256(key) => p256_ops::sign(key, digest.as_bytes()),
            // SHA-1 is shorter than the library takes; the number that is signed stays the same.
            Self::P384(key) => match fixed::<48>(digest.as_bytes()) {
                Some(padded) => p384_ops::sign(key, &padded),
                None => p384_ops::sign(key, digest.as_bytes()),
            },
        }
    }

    /// Affine x of the product of this key and a point, or `None` when the point is not on the
    /// curve. Coordinates may lack leading zero bytes.
    #[must_use]
    pub fn shared_x(&self, x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::P256(key) => p256_ops::shared_x(key, x, y),
            Self::P384(key) => p384_ops::shared_x(key, x, y),
        }
    }
}

/// `value` left-padded to `N` bytes.
fn fixed<const N: usize>(value: &[u8]) -> Option<[u8; N]> {
    let missing = N.checked_sub(value.len())?;
    let mut fixed = [0; N];
    fixed.get_mut(missing..)?.copy_from_slice(value);
    Some(fixed)
}

macro_rules! curve_ops {
    ($name:ident, $curve:ident, $size:literal) => {
        mod $name {
            use $curve::ecdsa::signature::hazmat::PrehashSigner as _;
            use $curve::ecdsa::{Signature, SigningKey};
            use $curve::elliptic_curve::point::AffineCoordinates as _;
            use $curve::elliptic_curve::sec1::FromSec1Point as _;
            use $curve::{ProjectivePoint, PublicKey, Sec1Point};

            use super::fixed;

            pub(super) fn from_scalar(scalar: &[u8]) -> Option<SigningKey> {
                SigningKey::from_slice(scalar).ok()
            }

            pub(super) fn coordinates(key: &SigningKey) -> (Vec<u8>, Vec<u8>) {
                let point = key.verifying_key().as_affine();
                (point.x().to_vec(), point.y().to_vec())
            }

            pub(super) fn sign(key: &SigningKey, digest: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
                let signature: Signature = key.sign_prehash(digest).ok()?;
                let (r, s) = signature.split_bytes();
                Some((r.to_vec(), s.to_vec()))
            }

            pub(super) fn shared_x(key: &SigningKey, x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
                let (x, y) = (fixed::<$size>(x)?, fixed::<$size>(y)?);
                let point = Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
                let point = PublicKey::from_sec1_point(&point).into_option()?;
                #[expect(clippy::arithmetic_side_effects, reason = "of a group: nothing overflows")]
                let product = ProjectivePoint::from(*point.as_affine()) * **key.as_nonzero_scalar();
                Some(product.to_affine().x().to_vec())
            }
        }
    };
}

curve_ops!(p256_ops, p256, 32);
curve_ops!(p384_ops, p384, 48);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{HashAlg, digest};

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
            .collect()
    }

    /// RFC 6979, appendix A.2.5: P-256 with SHA-256 over "sample".
    #[test]
    fn signatures_are_those_of_the_rfc() {
        let scalar = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let key = EccKey::from_scalar(EccCurve::NIST_P256, &scalar).unwrap();
        let (x, y) = key.coordinates();
        assert_eq!(x, hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"));
        assert_eq!(y, hex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
        let (r, s) = key.sign(&digest(HashAlg::Sha256, &[b"sample"])).unwrap();
        assert_eq!(r, hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"));
        assert_eq!(s, hex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"));
    }

    #[test]
    fn both_sides_of_a_key_agreement_get_the_same_x() {
        for curve in [EccCurve::NIST_P256, EccCurve::NIST_P384] {
            let mut rng = Rng::from_seed("agreement", 1);
            let ours = EccKey::generate(curve, &mut rng).unwrap();
            let theirs = EccKey::generate(curve, &mut rng).unwrap();
            let ((our_x, our_y), (their_x, their_y)) = (ours.coordinates(), theirs.coordinates());
            let shared = ours.shared_x(&their_x, &their_y).unwrap();
            assert_eq!(theirs.shared_x(&our_x, &our_y).unwrap(), shared);
            assert!(ours.shared_x(&their_x, &our_y).is_none(), "a point off the curve");
        }
    }

    #[test]
    fn unknown_curves_and_bad_scalars_give_no_key() {
        assert!(EccKey::generate(EccCurve::NIST_P521, &mut Rng::from_seed("x", 1)).is_none());
        for scalar in [&[0; 32][..], &[0xff; 32], &[1; 31]] {
            assert!(EccKey::from_scalar(EccCurve::NIST_P256, scalar).is_none());
        }
    }
}
