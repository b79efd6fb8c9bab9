//! Public areas and names of TPM objects (TPM 2.0 Library part 2, section 12.2.4; part 1,
//! section 16). Asymmetric keys only: nothing in an attestation needs another object.

use portcullis_wire::TpmAlg;
use portcullis_wire::alg::EccCurve;
use portcullis_wire::tpm::ObjectAttributes;

use crate::encode::be::Writer;
use crate::hash::{HashAlg, digest};
use crate::key::{PublicKey, Scheme};

/// `TPMT_PUBLIC` of an asymmetric key, or the template of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TpmtPublic {
    /// Hash algorithm of the name, and of everything that protects children.
    pub name_alg: HashAlg,
    /// Attribute bits.
    pub attributes: ObjectAttributes,
    /// Digest of the authorization policy; empty for none.
    pub auth_policy: Vec<u8>,
    /// Bits of the AES key that protects children; `None` for a key that has none.
    pub symmetric_bits: Option<u16>,
    /// The scheme that the key is restricted to.
    pub scheme: Option<Scheme>,
    /// Parameters and value.
    pub key: TpmKey,
}

/// Parameters and value (`unique`) of the key in a [`TpmtPublic`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TpmKey {
    /// `TPMS_RSA_PARMS`, with the default exponent.
    Rsa {
        /// Size of the modulus in bits.
        bits: u16,
        /// The modulus; in a template anything, and part of what a primary key is derived from.
        modulus: Vec<u8>,
    },
    /// `TPMS_ECC_PARMS`, without a key derivation scheme.
    Ecc {
        /// The curve.
        curve: EccCurve,
        /// Affine x; in a template anything.
        x: Vec<u8>,
        /// Affine y; in a template anything.
        y: Vec<u8>,
    },
}

impl TpmtPublic {
    /// The structure.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let object_type = match self.key {
            TpmKey::Rsa { .. } => TpmAlg::RSA,
            TpmKey::Ecc { .. } => TpmAlg::ECC,
        };
        let head = Writer::new()
            .u16(object_type.0)
            .u16(self.name_alg.tpm_alg().0)
            .u32(self.attributes.0)
            .sized(&self.auth_policy);
        let head = match self.symmetric_bits {
            None => head.u16(TpmAlg::NULL.0),
            Some(bits) => head.u16(TpmAlg::AES.0).u16(bits).u16(TpmAlg::CFB.0),
        };
        let head = match self.scheme {
            None => head.u16(TpmAlg::NULL.0),
            Some(scheme) => head.u16(scheme.algorithm.0).u16(scheme.hash.tpm_alg().0),
        };
        match &self.key {
            // An exponent of zero stands for 65537.
            TpmKey::Rsa { bits, modulus } => head.u16(*bits).u32(0).sized(modulus),
            TpmKey::Ecc { curve, x, y } => head.u16(curve.0).u16(TpmAlg::NULL.0).sized(x).sized(y),
        }
        .finish()
    }

    /// The structure in a `TPM2B_PUBLIC`, as tools store it.
    #[must_use]
    pub fn to_tpm2b(&self) -> Vec<u8> {
        Writer::new().sized(&self.to_bytes()).finish()
    }

    /// The name: algorithm and digest of the structure.
    #[must_use]
    pub fn name(&self) -> Vec<u8> {
        let value = digest(self.name_alg, &[&self.to_bytes()]);
        Writer::new().u16(self.name_alg.tpm_alg().0).bytes(value.as_bytes()).finish()
    }

    /// The name under a parent; the qualified name of a primary object's parent is the handle of
    /// its hierarchy.
    #[must_use]
    pub fn qualified_name(&self, parent_qualified_name: &[u8]) -> Vec<u8> {
        let value = digest(self.name_alg, &[parent_qualified_name, &self.name()]);
        Writer::new().u16(self.name_alg.tpm_alg().0).bytes(value.as_bytes()).finish()
    }

    /// The key by itself.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        match &self.key {
            TpmKey::Rsa { modulus, .. } => PublicKey::Rsa { modulus: modulus.clone() },
            TpmKey::Ecc { curve, x, y } => {
                PublicKey::Ecc { curve: *curve, x: x.clone(), y: y.clone() }
            }
        }
    }

    /// This template with the value of a key.
    #[must_use]
    pub(super) fn with_key(&self, public: PublicKey) -> Self {
        let key = match public {
            PublicKey::Rsa { modulus } => {
                let bits = u16::try_from(modulus.len().saturating_mul(8)).unwrap_or(u16::MAX);
                TpmKey::Rsa { bits, modulus }
            }
            PublicKey::Ecc { curve, x, y } => TpmKey::Ecc { curve, x, y },
        };
        Self { key, ..self.clone() }
    }

    /// True for a key that only protects other keys: it may be a parent.
    #[must_use]
    pub const fn is_storage(&self) -> bool {
        self.attributes.contains(ObjectAttributes::RESTRICTED)
            && self.attributes.contains(ObjectAttributes::DECRYPT)
    }
}
