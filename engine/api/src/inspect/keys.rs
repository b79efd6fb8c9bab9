//! Public keys, certificates, platform identifiers, and the files of code integrity policies.

use portcullis_engine::crypto::{HashAlg, PublicKey, digest};
use portcullis_engine::finding::FindingCode;
use portcullis_engine::formats::identifier::{self, Blob, BlobContent};
use portcullis_engine::formats::key;
use portcullis_engine::formats::tpm::Name;
use portcullis_engine::formats::x509::name::Attribute;
use portcullis_engine::formats::x509::{self, Certificate, ek_profile, services};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Content, NoteDoc};
use crate::text::hex;

/// A public key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PublicKeyDoc {
    /// How the file encodes it.
    pub encoding: String,
    /// `rsa-2048`, `p256`, ...
    pub algorithm: String,
    /// SHA-256 of the canonical SubjectPublicKeyInfo: the EK digest of a registration.
    pub spki_sha256: String,
    /// TPM name, for a TPM public area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpm_name: Option<String>,
    /// Object attributes, for a TPM public area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<String>,
    /// Where the vendors of firmware TPMs would publish the certificate of this key, if it is an
    /// EK of theirs: Intel, AMD.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ek_certificate_urls: Vec<String>,
}

/// A certificate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct CertificateDoc {
    /// Number of certificates in the file; the rest is about the first.
    pub certificates_count: usize,
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number, in hexadecimal.
    pub serial: String,
    /// SHA-256 of the DER.
    pub sha256: String,
    /// Seconds since 1970, as a decimal string.
    pub not_before: String,
    /// Seconds since 1970, as a decimal string.
    pub not_after: String,
    /// Algorithm of its key.
    pub key: String,
    /// SHA-256 of the key's canonical SubjectPublicKeyInfo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spki_sha256: Option<String>,
    /// True for an extended key usage of EK certificates.
    pub for_ek: bool,
    /// True when it names itself as issuer.
    #[serde(default)]
    pub self_issued: bool,
    /// Where its issuer's certificate can be fetched, as it says.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ca_issuers_urls: Vec<String>,
    /// Manufacturer of the TPM, as `id:` and eight hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tpm_manufacturer: Option<String>,
    /// Model of the TPM.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tpm_model: Option<String>,
    /// Firmware of the TPM when the certificate was made, as `id:` and hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tpm_version: Option<String>,
}

/// The XML of `Get-PlatformIdentifier`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct IdentifierDoc {
    /// Name of the host, if the file gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// SHA-256 of the EK's SubjectPublicKeyInfo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ek_sha256: Option<String>,
    /// True when the file holds an EK certificate.
    pub ek_certificate: bool,
    /// The message that stands in the certificate's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ek_certificate_error: Option<String>,
    /// The EK certificate, when it can be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate: Option<CertificateDoc>,
    /// Everything else that decodes to bytes: where a key or certificate may be in a file of a
    /// layout that nobody has seen.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_blobs: Vec<IdentifierBlobDoc>,
    /// As of [`PublicKeyDoc`], for a file with a key and without a certificate.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ek_certificate_urls: Vec<String>,
}

/// Bytes in a platform identifier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IdentifierBlobDoc {
    /// The element or attribute that holds them.
    pub path: String,
    /// `public_key`, `certificate` or `unknown`.
    pub content: String,
    /// Their number.
    pub size: usize,
    /// Their SHA-256.
    pub sha256: String,
}

type Recognised = Option<(Content, Vec<NoteDoc>)>;

pub(super) fn recognise_key(bytes: &[u8]) -> Recognised {
    let file = key::parse_public_key(bytes).ok()?;
    let document = PublicKeyDoc {
        encoding: file.encoding.to_string(),
        algorithm: algorithm(&file.key),
        spki_sha256: key::spki_sha256(&file.key).to_string(),
        tpm_name: file
            .tpm
            .as_ref()
            .and_then(|public| Name::of(public).ok())
            .map(|name| hex(&name.to_bytes())),
        attributes: file.tpm.as_ref().map(|public| public.attributes.to_string()),
        ek_certificate_urls: vendor_urls(&file.key),
    };
    Some((Content::PublicKey(document), Vec::new()))
}

/// Nothing tells whose TPM a key is of: both are asked.
fn vendor_urls(key: &PublicKey) -> Vec<String> {
    [services::intel_url(key), services::amd_url(key)].into_iter().flatten().collect()
}

fn algorithm(key: &PublicKey) -> String {
    match key {
        PublicKey::Rsa { modulus, .. } => format!("rsa-{}", modulus.len().saturating_mul(8)),
        PublicKey::Ecc { curve, .. } => format!("{curve:?}").to_lowercase(),
    }
}

pub(super) fn recognise_certificate(bytes: &[u8]) -> Recognised {
    let files = x509::find_certificates(bytes).ok()?;
    let first = files.first()?;
    Some(match first.parse() {
        Ok(certificate) => {
            let notes = certificate_notes(&certificate);
            let mut document = certificate_doc(&certificate);
            document.certificates_count = files.len();
            (Content::EkCertificate(document), notes)
        }
        Err(error) => {
            let code = FindingCode::EkCertificateUnreadable.text();
            let note = NoteDoc::new(code, &error, Some(error.span));
            let document =
                CertificateDoc { certificates_count: files.len(), ..CertificateDoc::default() };
            (Content::EkCertificate(document), vec![note])
        }
    })
}

fn certificate_notes(certificate: &Certificate<'_>) -> Vec<NoteDoc> {
    let quirks = certificate.quirks.iter().map(|quirk| {
        let code = FindingCode::EkCertificateQuirk.text();
        NoteDoc::new(code, quirk.kind, Some(quirk.span))
    });
    let mut notes: Vec<NoteDoc> = quirks.collect();
    if certificate.is_for_ek() {
        notes.extend(ek_profile::deviations(certificate).into_iter().map(|deviation| {
            let code = FindingCode::EkProfileDeviation.text();
            NoteDoc::new(code, &deviation, Some(deviation.span))
        }));
    }
    notes
}

fn certificate_doc(certificate: &Certificate<'_>) -> CertificateDoc {
    let key = certificate.subject_key.key.as_ref();
    let name = certificate.extensions.subject_alt_name.as_ref().map(|known| &known.value);
    let text = |attribute: Option<&Attribute<'_>>| attribute.map(Attribute::text);
    CertificateDoc {
        certificates_count: 1,
        subject: certificate.subject_text(),
        issuer: certificate.issuer.text(),
        serial: certificate.serial_text(),
        sha256: certificate.sha256().to_string(),
        not_before: certificate.validity.not_before_unix_s.to_string(),
        not_after: certificate.validity.not_after_unix_s.to_string(),
        key: key.map_or_else(ToString::to_string, algorithm),
        spki_sha256: key.ok().map(|key| key::spki_sha256(key).to_string()),
        for_ek: certificate.is_for_ek(),
        self_issued: certificate.is_self_issued(),
        ca_issuers_urls: certificate.extensions.ca_issuers_urls.clone(),
        tpm_manufacturer: text(name.and_then(|name| name.tpm_manufacturer())),
        tpm_model: text(name.and_then(|name| name.tpm_model())),
        tpm_version: text(name.and_then(|name| name.tpm_version())),
    }
}

pub(super) fn recognise_identifier(bytes: &[u8]) -> Recognised {
    let identifier = identifier::parse(bytes).ok()?;
    let ek = identifier.ek_public.as_ref().or(identifier.ek_certificate.as_ref());
    if ek.is_none() && identifier.other_blobs.is_empty() {
        return None;
    }
    let ek_sha256 = ek.and_then(|blob| crate::request::ek_sha256(&blob.bytes));
    let key = ek.and_then(|blob| key::parse_public_key(&blob.bytes).ok());
    let uncertified = key.filter(|_| identifier.ek_certificate.is_none());
    let document = IdentifierDoc {
        name: identifier.name.clone(),
        ek_sha256,
        ek_certificate: identifier.ek_certificate.is_some(),
        ek_certificate_error: identifier.ek_certificate_error.clone(),
        certificate: identifier.ek_certificate.as_ref().and_then(
            |blob| match recognise_certificate(&blob.bytes)?.0 {
                Content::EkCertificate(document) => Some(document),
                _ => None,
            },
        ),
        other_blobs: identifier.other_blobs.iter().map(blob_doc).collect(),
        ek_certificate_urls: uncertified.map_or(Vec::new(), |file| vendor_urls(&file.key)),
    };
    Some((Content::PlatformIdentifier(document), Vec::new()))
}

fn blob_doc(blob: &Blob) -> IdentifierBlobDoc {
    let content = match blob.content {
        BlobContent::PublicKey => "public_key",
        BlobContent::Certificate => "certificate",
        BlobContent::Unknown => "unknown",
    };
    IdentifierBlobDoc {
        path: blob.path.clone(),
        content: content.into(),
        size: blob.bytes.len(),
        sha256: digest(HashAlg::Sha256, &[&blob.bytes]).to_string(),
    }
}
