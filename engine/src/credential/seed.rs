//! The seed of a credential, and the seed encrypted to the EK (TPM 2.0 Library part 1, annexes
//! B.10.3 for RSA and C.6.1 for elliptic curves).

use rsa::{BoxedUint, Oaep, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::derive::kdfe;
use super::entropy::Entropy;
use super::{CredentialError, sized};
use crate::crypto::{Curve, HashAlg, PublicKey};
use crate::limits::{RSA_AK_BITS_MIN, RSA_BITS_MAX};

/// What the seed of a credential is for; OAEP wants its terminating NUL, KDFe adds one itself.
const LABEL: &str = "IDENTITY";
const LABEL_OAEP: &[u8] = b"IDENTITY\0";

/// Candidates for an ephemeral scalar: each is no scalar with less than 2^-32.
const SCALAR_DRAWS_MAX: usize = 3;

/// A seed, as long as a digest, and the content of its `TPM2B_ENCRYPTED_SECRET`.
pub(super) fn make(
    ek: &PublicKey,
    hash: HashAlg,
    entropy: &mut Entropy<'_>,
) -> Result<(Vec<u8>, Vec<u8>), CredentialError> {
    match ek {
        PublicKey::Rsa { modulus, exponent } => encrypt(modulus, exponent, hash, entropy),
        PublicKey::Ecc { curve, x, y } => {
            let agreement = match curve {
                Curve::P256 => p256_agreement::with(x, y, entropy)?,
                Curve::P384 => p384_agreement::with(x, y, entropy)?,
            };
            let seed = kdfe(hash, &agreement.shared_x, LABEL, &agreement.own_x, x);
            Ok((seed, [sized(&agreement.own_x), sized(&agreement.own_y)].concat()))
        }
    }
}

fn encrypt(
    modulus: &[u8],
    exponent: &[u8],
    hash: HashAlg,
    entropy: &mut Entropy<'_>,
) -> Result<(Vec<u8>, Vec<u8>), CredentialError> {
    let unfit = CredentialError::EkUnfit("is no RSA key of 2048 to 4096 bits");
    let bits = modulus.len().saturating_mul(8);
    if !(RSA_AK_BITS_MIN..=RSA_BITS_MAX).contains(&bits) || exponent.len() > 8 {
        return Err(unfit);
    }
    let n = BoxedUint::from_be_slice_vartime(modulus);
    let e = BoxedUint::from_be_slice_vartime(exponent);
    let key = RsaPublicKey::new_with_size_limits(n, e, RSA_AK_BITS_MIN..=RSA_BITS_MAX);
    let key = key.map_err(|_| unfit.clone())?;
    let seed = entropy.take(hash.size_bytes()).ok_or(CredentialError::EntropyUnlucky)?;
    let sealed = match hash {
        HashAlg::Sha1 => key.encrypt(entropy, Oaep::<Sha1>::new_with_label(LABEL_OAEP), seed),
        HashAlg::Sha256 => key.encrypt(entropy, Oaep::<Sha256>::new_with_label(LABEL_OAEP), seed),
        HashAlg::Sha384 => key.encrypt(entropy, Oaep::<Sha384>::new_with_label(LABEL_OAEP), seed),
        HashAlg::Sha512 => key.encrypt(entropy, Oaep::<Sha512>::new_with_label(LABEL_OAEP), seed),
    };
    match sealed {
        _ if entropy.is_overdrawn() => Err(CredentialError::EntropyUnlucky),
        Ok(sealed) => Ok((seed.to_vec(), sealed)),
        Err(_) => Err(unfit),
    }
}

struct Agreement {
    shared_x: Vec<u8>,
    own_x: Vec<u8>,
    own_y: Vec<u8>,
}

macro_rules! agreement_on_curve {
    ($name:ident, $curve:ident, $size:literal) => {
        mod $name {
            use $curve::elliptic_curve::point::AffineCoordinates as _;
            use $curve::elliptic_curve::sec1::FromSec1Point as _;
            use $curve::{ProjectivePoint, PublicKey, Sec1Point, SecretKey};

            use super::{Agreement, CredentialError, Entropy, SCALAR_DRAWS_MAX};

            /// One-pass Diffie-Hellman with an ephemeral key of ours.
            #[expect(
                clippy::arithmetic_side_effects,
                reason = "points of a group are closed under multiplication"
            )]
            pub(super) fn with(
                x: &[u8],
                y: &[u8],
                entropy: &mut Entropy<'_>,
            ) -> Result<Agreement, CredentialError> {
                let unfit = CredentialError::EkUnfit("is no point of its curve");
                let coordinates = <[u8; $size]>::try_from(x).ok().zip(y.try_into().ok());
                let (x, y): ([u8; $size], [u8; $size]) = coordinates.ok_or(unfit.clone())?;
                let point = Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
                let ek = PublicKey::from_sec1_point(&point).into_option().ok_or(unfit)?;
                let own = (0..SCALAR_DRAWS_MAX)
                    .find_map(|_| SecretKey::from_slice(entropy.take($size)?).ok())
                    .ok_or(CredentialError::EntropyUnlucky)?;
                let shared = ProjectivePoint::from(*ek.as_affine()) * *own.to_nonzero_scalar();
                let public = own.public_key();
                Ok(Agreement {
                    shared_x: shared.to_affine().x().to_vec(),
                    own_x: public.as_affine().x().to_vec(),
                    own_y: public.as_affine().y().to_vec(),
                })
            }
        }
    };
}

agreement_on_curve!(p256_agreement, p256, 32);
agreement_on_curve!(p384_agreement, p384, 48);
