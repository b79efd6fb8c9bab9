//! EK certificates (TCG EK Credential Profile for TPM 2.0, section 3.2).

use portcullis_wire::oid;

use super::authority::Authority;
use super::certificate::{CertificateSpec, Validity, serial_of};
use super::extension::{self, Criticality, Extension, usage};
use super::flaw::Flaw;
use super::name::{Attribute, Name};
use crate::hash::{HashAlg, digest};
use crate::key::{PublicKey, RsaKeyId};
use crate::tpm::TpmConfig;

/// What a certificate says about a TPM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// `id:` and eight hexadecimal digits.
    pub manufacturer: String,
    /// Free text.
    pub model: String,
    /// `id:` and hexadecimal digits of the firmware version's first half.
    pub version: String,
}

impl Device {
    /// What there is to say about a TPM of this kind.
    #[must_use]
    pub fn of(config: &TpmConfig) -> Self {
        Self {
            manufacturer: format!("id:{:08X}", config.manufacturer.0),
            model: config.model.clone(),
            version: format!("id:{:08X}", config.firmware_version >> 32),
        }
    }

    /// The three attributes in one set, as most vendors write them.
    #[must_use]
    pub fn to_name(&self) -> Name {
        let attribute = |oid, text: &String| Attribute { oid, text: text.clone() };
        Name::empty().with_set(vec![
            attribute(oid::TPM_MANUFACTURER, &self.manufacturer),
            attribute(oid::TPM_MODEL, &self.model),
            attribute(oid::TPM_VERSION, &self.version),
        ])
    }
}

/// When sound EK certificates are valid: 2022-06-01 and 20 years.
pub(super) const SOUND: Validity = Validity::years(1_654_041_600, 20);
/// 2019-06-01 and five years.
const EXPIRED: Validity = Validity::years(1_559_347_200, 5);
/// 2030-01-01 and 20 years.
const NOT_YET: Validity = Validity::years(1_893_456_000, 20);

/// What the certificate of an EK says, with the flaws that concern it.
pub(super) fn spec(
    ek: &PublicKey,
    device: &Device,
    issuer: &Authority,
    flaws: &[Flaw],
) -> CertificateSpec {
    let has = |flaw| flaws.contains(&flaw);
    let rsa_id = if has(Flaw::OaepKey) { RsaKeyId::RsaesOaep } else { RsaKeyId::RsaEncryption };
    let spki = ek.to_spki_named(rsa_id);
    let validity = match (has(Flaw::ExpiredLeaf), has(Flaw::NotYetValidLeaf)) {
        (true, _) => EXPIRED,
        (_, true) => NOT_YET,
        _ => SOUND,
    };
    let serial = match (has(Flaw::ZeroSerial), has(Flaw::NegativeSerial)) {
        (true, _) => vec![0],
        (_, true) => vec![0x80, 1],
        _ => serial_of(&spki, "ek"),
    };
    CertificateSpec {
        version: 3,
        serial,
        subject: Name::empty(),
        validity,
        spki,
        extensions: extensions(ek, device, issuer, flaws),
        hash: if has(Flaw::Sha1Leaf) { HashAlg::Sha1 } else { issuer.hash() },
    }
}

fn extensions(
    ek: &PublicKey,
    device: &Device,
    issuer: &Authority,
    flaws: &[Flaw],
) -> Vec<Extension> {
    let has = |flaw| flaws.contains(&flaw);
    let mut extensions = Vec::new();
    if !has(Flaw::MissingAuthorityKeyId) {
        extensions.push(extension::authority_key_id(&issuer.key_id()));
    }
    let key_id = digest(HashAlg::Sha1, &[&ek.to_key_bytes()]);
    extensions.push(extension::subject_key_id(key_id.as_bytes()));
    extensions.push(extension::key_usage(&[usage_of(ek, has(Flaw::WrongKeyUsage))]));
    extensions.extend(subject_alt_name(device, flaws));
    extensions.push(match (has(Flaw::CaLeaf), has(Flaw::ExplicitDefaults)) {
        (true, _) => extension::authority(None),
        (_, true) => extension::end_entity_written_out(),
        _ => extension::end_entity(),
    });
    if has(Flaw::WrongEku) {
        extensions.push(extension::extended_key_usage(&[oid::KP_AIK_CERTIFICATE]));
    } else if !has(Flaw::MissingEku) {
        extensions.push(extension::extended_key_usage(&[oid::KP_EK_CERTIFICATE]));
    }
    extensions.extend([
        extension::tpm_specification("2.0", 0, 138),
        extension::certificate_policies("https://pki.portcullis.example/cps"),
        extension::authority_info_access("http://pki.portcullis.example/ek-issuing-ca.cer"),
        extension::crl_distribution_point("http://pki.portcullis.example/ek-issuing-ca.crl"),
    ]);
    if has(Flaw::ExplicitDefaults) {
        for extension in &mut extensions {
            if extension.criticality == Criticality::NonCritical {
                extension.criticality = Criticality::WrittenOut;
            }
        }
    }
    extensions
}

/// RSA keys are encrypted to, points are agreed with; `wrong` is what a signing key would have.
const fn usage_of(ek: &PublicKey, wrong: bool) -> u8 {
    match ek {
        _ if wrong => usage::DIGITAL_SIGNATURE,
        PublicKey::Rsa { .. } => usage::KEY_ENCIPHERMENT,
        PublicKey::Ecc { .. } => usage::KEY_AGREEMENT,
    }
}

fn subject_alt_name(device: &Device, flaws: &[Flaw]) -> Option<Extension> {
    if flaws.contains(&Flaw::MissingSan) {
        return None;
    }
    let name = device.to_name();
    let name = if flaws.contains(&Flaw::UnsortedName) { name.unsorted() } else { name };
    let criticality = if flaws.contains(&Flaw::UncriticalSan) {
        Criticality::NonCritical
    } else {
        Criticality::Critical
    };
    Some(extension::subject_alt_name(&name, criticality))
}
