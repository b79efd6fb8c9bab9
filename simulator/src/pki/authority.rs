//! Certification authorities.

use portcullis_wire::alg::EccCurve;
use portcullis_wire::{TpmAlg, oid};

use std::sync::Arc;

use super::certificate::{CertificateSpec, Validity, serial_of};
use super::extension::{self, Extension, usage};
use super::name::Name;
use crate::encode::der;
use crate::hash::{HashAlg, digest};
use crate::key::{EccKey, PrivateKey, RawSignature, RsaKey, RsaPrimes, Scheme};
use crate::rng::Rng;

/// Kind of an authority's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CaKeys {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// RSA with 2048 bits; takes a tenth of a second to make.
    Rsa2048,
}

/// A name with the key that signs for it.
#[derive(Clone, Debug)]
pub struct Authority {
    name: Name,
    key: PrivateKey,
}

impl Authority {
    /// An authority with a key from a seed. `None` never happens: all kinds of keys can be made.
    #[must_use]
    pub fn new(name: Name, keys: CaKeys, seed: u64) -> Option<Self> {
        let seed_bytes = seed.to_le_bytes();
        let mut rng = Rng::new("authority", &[&seed_bytes, &name.to_der()]);
        let key = match keys {
            CaKeys::P256 => PrivateKey::Ecc(EccKey::generate(EccCurve::NIST_P256, &mut rng)?),
            CaKeys::P384 => PrivateKey::Ecc(EccKey::generate(EccCurve::NIST_P384, &mut rng)?),
            CaKeys::Rsa2048 => {
                PrivateKey::Rsa(Arc::new(RsaKey::generate(2_048, RsaPrimes::Sound, &mut rng)?))
            }
        };
        Some(Self { name, key })
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The key pair.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// SHA-1 of the key, as RFC 5280, section 4.2.1.2 (1) suggests for an identifier.
    #[must_use]
    pub fn key_id(&self) -> Vec<u8> {
        digest(HashAlg::Sha1, &[&self.key.public().to_key_bytes()]).as_bytes().to_vec()
    }

    /// The hash that fits the key's strength.
    #[must_use]
    pub const fn hash(&self) -> HashAlg {
        match self.key {
            PrivateKey::Ecc(EccKey::P384(_)) => HashAlg::Sha384,
            _ => HashAlg::Sha256,
        }
    }

    /// Signs a certificate.
    #[must_use]
    pub fn issue(&self, spec: &CertificateSpec) -> Vec<u8> {
        let algorithm = self.algorithm(spec.hash);
        self.sign(&spec.to_tbs(&self.name, &algorithm), spec.hash)
    }

    /// What the certificate of this authority says.
    #[must_use]
    pub fn certificate_spec(
        &self,
        validity: Validity,
        path_length_max: Option<u64>,
        more: Vec<Extension>,
    ) -> CertificateSpec {
        let spki = self.key.public().to_spki();
        let mut extensions = vec![
            extension::authority(path_length_max),
            extension::key_usage(&[usage::KEY_CERT_SIGN, usage::CRL_SIGN]),
            extension::subject_key_id(&self.key_id()),
        ];
        extensions.extend(more);
        CertificateSpec {
            version: 3,
            serial: serial_of(&spki, "authority"),
            subject: self.name.clone(),
            validity,
            spki,
            extensions,
            hash: self.hash(),
        }
    }

    /// Wraps signed content, its algorithm and the signature (RFC 5280, section 4.1.1): a
    /// certificate or a revocation list.
    pub(super) fn sign(&self, content: &[u8], hash: HashAlg) -> Vec<u8> {
        let scheme = Scheme { algorithm: self.scheme(), hash };
        let hashed = digest(hash, &[content]);
        // Neither scheme draws randomness.
        let raw = self.key.sign(scheme, &hashed, &mut Rng::from_seed("unused", 0));
        let signature = match raw {
            Some(RawSignature::Rsa(bytes)) => bytes,
            Some(RawSignature::Ecdsa { r, s }) => {
                der::sequence(&[der::integer(&r), der::integer(&s)])
            }
            // Nobody accepts an empty signature; no key and hash of ours lead here.
            None => Vec::new(),
        };
        der::sequence(&[content.to_vec(), self.algorithm(hash), der::bit_string(&signature)])
    }

    const fn scheme(&self) -> TpmAlg {
        match self.key {
            PrivateKey::Rsa(_) => TpmAlg::RSASSA,
            PrivateKey::Ecc(_) => TpmAlg::ECDSA,
        }
    }

    /// `AlgorithmIdentifier` of a signature.
    pub(super) fn algorithm(&self, hash: HashAlg) -> Vec<u8> {
        let rsa = |identifier| der::sequence(&[der::oid(identifier), der::null()]);
        let ecdsa = |identifier| der::sequence(&[der::oid(identifier)]);
        match (&self.key, hash) {
            (PrivateKey::Rsa(_), HashAlg::Sha1) => rsa(oid::SHA1_WITH_RSA),
            (PrivateKey::Rsa(_), HashAlg::Sha256) => rsa(oid::SHA256_WITH_RSA),
            (PrivateKey::Rsa(_), HashAlg::Sha384) => rsa(oid::SHA384_WITH_RSA),
            (PrivateKey::Rsa(_), HashAlg::Sha512) => rsa(oid::SHA512_WITH_RSA),
            (PrivateKey::Ecc(_), HashAlg::Sha1) => ecdsa(oid::ECDSA_WITH_SHA1),
            (PrivateKey::Ecc(_), HashAlg::Sha256) => ecdsa(oid::ECDSA_WITH_SHA256),
            (PrivateKey::Ecc(_), HashAlg::Sha384) => ecdsa(oid::ECDSA_WITH_SHA384),
            (PrivateKey::Ecc(_), HashAlg::Sha512) => ecdsa(oid::ECDSA_WITH_SHA512),
        }
    }
}
