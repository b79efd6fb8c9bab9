//! The certificate itself.

use der::Tag;
use portcullis_wire::oid;

use super::element::{Element, any, context, only, only_tagged, optional, tagged};
use super::extension::Extensions;
use super::key::SubjectKey;
use super::name::Name;
use super::quirk::{Quirk, QuirkKind};
use super::signature::Signed;
use super::time::Validity;
use crate::Span;
use crate::crypto::{Digest, HashAlg, digest};
use crate::formats::{Input, ParseError, ParseErrorKind, Parsed};

/// An X.509 certificate as it stands in its artefact (RFC 5280, 4.1).
///
/// Every slice borrows from the artefact and every span counts from its start. Nothing here is
/// verified.
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    /// The whole certificate.
    pub der: &'a [u8],
    /// Where it stands.
    pub span: Span,
    /// 1, 2 or 3.
    pub version: u8,
    /// The serial number: contents of the INTEGER, two's complement.
    pub serial: &'a [u8],
    /// Where the serial number stands.
    pub serial_span: Span,
    /// Who signed.
    pub issuer: Name<'a>,
    /// Whose key it is. Usually empty in EK certificates.
    pub subject: Name<'a>,
    /// When.
    pub validity: Validity,
    /// The certified key.
    pub subject_key: SubjectKey<'a>,
    /// The signature, with the raw bytes that it is over.
    pub signed: Signed<'a>,
    /// The extensions.
    pub extensions: Extensions<'a>,
    /// What was tolerated, in the order of the bytes.
    pub quirks: Vec<Quirk>,
}

impl<'a> Certificate<'a> {
    /// Reads one certificate that `input` consists of.
    ///
    /// # Errors
    /// A [`ParseError`] at the field that does not fit; [`ParseErrorKind::Invalid`] with its own
    /// words for attribute certificates.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        let certificate = only_tagged(input, "Certificate", Tag::Sequence)?;
        let (rest, tbs) = tagged("tbsCertificate", Tag::Sequence)(certificate.contents)?;
        let (rest, algorithm) = tagged("signatureAlgorithm", Tag::Sequence)(rest)?;
        let signature = only_tagged(rest, "signatureValue", Tag::BitString)?;

        let mut quirks = Vec::new();
        let (rest, version) = version(tbs.contents, &mut quirks)?;
        let (rest, serial) = tagged("serialNumber", Tag::Integer)(rest)?;
        refuse_attribute_certificate(&tbs, rest)?;
        let (rest, inner) = tagged("signature", Tag::Sequence)(rest)?;
        let (rest, issuer) = tagged("issuer", Tag::Sequence)(rest)?;
        let (rest, validity) = tagged("validity", Tag::Sequence)(rest)?;
        let (rest, subject) = tagged("subject", Tag::Sequence)(rest)?;
        let (rest, key) = tagged("subjectPublicKeyInfo", Tag::Sequence)(rest)?;
        let (rest, _) = optional("issuerUniqueID", context(1, false))(rest)?;
        let (rest, _) = optional("subjectUniqueID", context(2, false))(rest)?;
        let extensions = extensions(rest, version, &mut quirks)?;

        check_serial(&serial, &mut quirks)?;
        let mut certificate = Self {
            der: certificate.whole.bytes(),
            span: certificate.whole.span(),
            version,
            serial: serial.contents.bytes(),
            serial_span: serial.whole.span(),
            issuer: Name::parse(&issuer, "issuer", &mut quirks)?,
            subject: Name::parse(&subject, "subject", &mut quirks)?,
            validity: Validity::parse(&validity, &mut quirks)?,
            subject_key: SubjectKey::parse(&key, &mut quirks)?,
            signed: Signed::new(&tbs, &inner, &algorithm, &signature, &mut quirks)?,
            extensions,
            quirks: Vec::new(),
        };
        quirks.sort_by_key(|quirk| (quirk.span, quirk.kind));
        certificate.quirks = quirks;
        Ok(certificate)
    }

    /// SHA-256 of the whole certificate, as tools show it for a fingerprint.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        digest(HashAlg::Sha256, &[self.der])
    }

    /// True when issuer and subject are the same name. Says nothing about the signature.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// The subject as text; for an empty subject, as in most EK certificates, the directory name
    /// of the subject alternative name.
    #[must_use]
    pub fn subject_text(&self) -> String {
        let alternative = self.extensions.subject_alt_name.as_ref();
        match alternative.and_then(|name| name.value.directory_names.first()) {
            Some(name) if self.subject.is_empty() => name.text(),
            _ => self.subject.text(),
        }
    }

    /// The serial number as lower-case hexadecimal digits, at most 64 bytes of it.
    #[must_use]
    pub fn serial_text(&self) -> String {
        self.serial.iter().take(64).map(|byte| format!("{byte:02x}")).collect()
    }

    /// True when the certificate says that its key is an endorsement key.
    #[must_use]
    pub fn is_for_ek(&self) -> bool {
        self.extensions.allows_purpose(oid::KP_EK_CERTIFICATE)
    }
}

fn version<'a>(input: Input<'a>, quirks: &mut Vec<Quirk>) -> Parsed<'a, u8> {
    let (rest, explicit) = optional("version", context(0, true))(input)?;
    let Some(explicit) = explicit else {
        return Ok((rest, 1));
    };
    let read = || only(explicit.contents, "version")?.decode::<u8>("version");
    let number = read().map_err(nom::Err::Error)?;
    if number == 0 {
        quirks.push(Quirk { kind: QuirkKind::EncodedDefault, span: explicit.whole.span() });
    }
    match number {
        0..=2 => Ok((rest, number.saturating_add(1))),
        _ => input.fail(
            ParseErrorKind::Unsupported(u64::from(number)),
            "version",
            explicit.whole.len(),
        ),
    }
}

const ATTRIBUTE_CERTIFICATE: &str =
    "is an attribute certificate, as TCG platform certificates are, and certifies no key";

/// An attribute certificate (RFC 5755, 4.1) starts with an INTEGER and the `Holder`, whose first
/// member has a context-specific tag; at the same place a certificate has an
/// `AlgorithmIdentifier`. TCG platform certificates are attribute certificates.
fn refuse_attribute_certificate(
    tbs: &Element<'_>,
    behind_integer: Input<'_>,
) -> Result<(), ParseError> {
    let Ok((_, holder)) = any("holder")(behind_integer) else {
        return Ok(());
    };
    match holder.members("holder").next() {
        Some(Ok(first)) if first.tag.is_context_specific() => {
            let what = ATTRIBUTE_CERTIFICATE;
            Err(tbs.whole.error(ParseErrorKind::Invalid(what), "tbsCertificate", tbs.whole.len()))
        }
        _ => Ok(()),
    }
}

fn extensions<'a>(
    input: Input<'a>,
    version: u8,
    quirks: &mut Vec<Quirk>,
) -> Result<Extensions<'a>, ParseError> {
    if input.is_empty() {
        return Ok(Extensions::default());
    }
    let explicit = only_tagged(input, "extensions", context(3, true))?;
    if version != 3 {
        let kind = ParseErrorKind::Invalid("exist only in version 3");
        return Err(input.error(kind, "extensions", input.len()));
    }
    let list = only_tagged(explicit.contents, "extensions", Tag::Sequence)?;
    Extensions::parse(&list, quirks)
}

/// Checks the form of an INTEGER that is kept as bytes, and notes what RFC 5280, 4.1.2.2 forbids.
fn check_serial(serial: &Element<'_>, quirks: &mut Vec<Quirk>) -> Result<(), ParseError> {
    let bytes = serial.contents.bytes();
    let minimal = match bytes {
        [] => false,
        [0x00, second, ..] => *second >= 0x80,
        [0xff, second, ..] => *second < 0x80,
        _ => true,
    };
    if !minimal {
        let kind = ParseErrorKind::Invalid("is not in the one form that DER allows");
        return Err(serial.whole.error(kind, "serialNumber", serial.whole.len()));
    }
    let span = serial.whole.span();
    if bytes == [0] || bytes.first().is_some_and(|byte| *byte >= 0x80) {
        quirks.push(Quirk { kind: QuirkKind::SerialNotPositive, span });
    }
    if bytes.len() > 20 {
        quirks.push(Quirk { kind: QuirkKind::SerialTooLong, span });
    }
    Ok(())
}
