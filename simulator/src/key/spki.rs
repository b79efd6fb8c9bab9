//! `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7; RFC 3279, RFC 4055, RFC 5480) and keys as
//! PEM.

use portcullis_wire::alg::EccCurve;
use portcullis_wire::oid;

use super::{PrivateKey, PublicKey, RSA_EXPONENT};
use crate::encode::der;
use crate::encode::pem;

/// How a certificate names the algorithm of an RSA key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RsaKeyId {
    /// `rsaEncryption`: any use.
    #[default]
    RsaEncryption,
    /// `id-RSAES-OAEP` with SHA-1, MGF1 and the label `TCPA`, as TPM 1.2 endorsement keys were
    /// certified. OpenSSL 3 does not read such keys.
    RsaesOaep,
}

impl PublicKey {
    /// The key as `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        self.to_spki_named(RsaKeyId::RsaEncryption)
    }

    /// The key as `SubjectPublicKeyInfo`; an RSA key under the given identifier.
    #[must_use]
    pub fn to_spki_named(&self, rsa_id: RsaKeyId) -> Vec<u8> {
        let algorithm = match self {
            Self::Rsa { .. } => rsa_algorithm(rsa_id),
            Self::Ecc { curve, .. } => {
                der::sequence(&[der::oid(oid::EC_PUBLIC_KEY), der::oid(curve_oid(*curve))])
            }
        };
        der::sequence(&[algorithm, der::bit_string(&self.to_key_bytes())])
    }

    /// What the bit string of the `SubjectPublicKeyInfo` holds: `RSAPublicKey`, or the
    /// uncompressed point. Key identifiers are hashes of it (RFC 5280, section 4.2.1.2).
    #[must_use]
    pub fn to_key_bytes(&self) -> Vec<u8> {
        match self {
            Self::Rsa { modulus } => {
                let exponent = RSA_EXPONENT.to_be_bytes();
                der::sequence(&[der::integer(modulus), der::integer(&exponent)])
            }
            Self::Ecc { x, y, .. } => [&[4], x.as_slice(), y.as_slice()].concat(),
        }
    }

    /// The key as PEM, `BEGIN PUBLIC KEY`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::armour("PUBLIC KEY", &self.to_spki())
    }
}

impl PrivateKey {
    /// The first prime of an RSA key or the scalar of a point: what a TPM keeps of a key.
    #[must_use]
    pub fn secret_bytes(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.first_prime(),
            Self::Ecc(key) => key.scalar(),
        }
    }
}

const fn curve_oid(curve: EccCurve) -> &'static str {
    match curve {
        EccCurve::NIST_P384 => oid::SECP384R1,
        _ => oid::SECP256R1,
    }
}

fn rsa_algorithm(id: RsaKeyId) -> Vec<u8> {
    match id {
        RsaKeyId::RsaEncryption => der::sequence(&[der::oid(oid::RSA_ENCRYPTION), der::null()]),
        RsaKeyId::RsaesOaep => {
            let sha1 = der::sequence(&[der::oid(oid::SHA1), der::null()]);
            let mask = der::sequence(&[der::oid(oid::MGF1), sha1.clone()]);
            let label = der::octet_string(b"TCPA");
            let source = der::sequence(&[der::oid(P_SPECIFIED), label]);
            let parameters = der::sequence(&[
                der::context(0, &sha1),
                der::context(1, &mask),
                der::context(2, &source),
            ]);
            der::sequence(&[der::oid(oid::RSAES_OAEP), parameters])
        }
    }
}

/// `id-pSpecified` (RFC 4055, section 4).
const P_SPECIFIED: &str = "1.2.840.113549.1.1.9";
