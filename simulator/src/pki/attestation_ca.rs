//! An authority that certifies attestation keys: the other way to tie an AK to its TPM.

use portcullis_wire::oid;

use super::authority::{Authority, CaKeys};
use super::certificate::{CertificateSpec, Validity, serial_of};
use super::ek::{self, Device};
use super::extension::{self, Criticality, usage};
use super::name::Name;
use crate::hash::{HashAlg, digest};
use crate::key::PublicKey;

/// 2020-01-01 and 20 years.
const ROOT: Validity = Validity::years(1_577_836_800, 20);

/// A root that certifies attestation keys itself.
#[derive(Clone, Debug)]
pub struct AttestationCa {
    authority: Authority,
    root: Vec<u8>,
}

impl AttestationCa {
    /// An authority from a seed. `None` never happens: all kinds of keys can be made.
    #[must_use]
    pub fn new(seed: u64, keys: CaKeys) -> Option<Self> {
        let name = Name::new("Portcullis Test Fabric", "Test Attestation CA");
        let authority = Authority::new(name, keys, seed)?;
        let root = authority.issue(&authority.certificate_spec(ROOT, None, Vec::new()));
        Some(Self { authority, root })
    }

    /// The certificate of the root.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The authority.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What the certificate of an AK says. Change it before [`Authority::issue`] signs it to make
    /// one that is broken.
    #[must_use]
    pub fn certificate_spec(&self, ak: &PublicKey, device: &Device) -> CertificateSpec {
        let spki = ak.to_spki();
        let key_id = digest(HashAlg::Sha1, &[&ak.to_key_bytes()]);
        CertificateSpec {
            version: 3,
            serial: serial_of(&spki, "ak"),
            subject: Name::empty(),
            validity: ek::SOUND,
            extensions: vec![
                extension::authority_key_id(&self.authority.key_id()),
                extension::subject_key_id(key_id.as_bytes()),
                extension::key_usage(&[usage::DIGITAL_SIGNATURE]),
                extension::subject_alt_name(&device.to_name(), Criticality::Critical),
                extension::end_entity(),
                extension::extended_key_usage(&[oid::KP_AIK_CERTIFICATE]),
            ],
            spki,
            hash: self.authority.hash(),
        }
    }

    /// Certifies an AK.
    #[must_use]
    pub fn certify(&self, ak: &PublicKey, device: &Device) -> Vec<u8> {
        self.authority.issue(&self.certificate_spec(ak, device))
    }
}
