//! Certificate revocation lists.
//!
//! RFC 5280, section 5. Nothing here is verified: [`crate::chain`] checks the signature by the
//! key of the issuer that it found. A list is used in one direction only, to refuse what it
//! names; that a certificate is *not* named proves nothing here.

use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use portcullis_wire::oid;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;

use super::element::{Element, any, context, decode, only_tagged, optional, tagged};
use super::extension::Extension;
use super::key::named;
use super::name::Name;
use super::quirk::Quirk;
use super::signature::Signed;
use super::time::time;
use crate::Span;
use crate::formats::{Input, ParseError, ParseErrorKind, Parsed};

/// A certificate revocation list as it stands in its artefact.
#[derive(Clone, Debug)]
pub struct Crl<'a> {
    /// Where it stands.
    pub span: Span,
    /// Who signed.
    pub issuer: Name<'a>,
    /// When it was made, in seconds since 1970.
    pub this_update_unix_s: u64,
    /// When the next one was due, if it says so.
    pub next_update_unix_s: Option<u64>,
    /// The revoked certificates.
    pub entries: Vec<CrlEntry<'a>>,
    /// Why the list must not be used, if it must not.
    pub obstacle: Option<CrlObstacle>,
    /// The signature, with the raw bytes that it is over.
    pub signed: Signed<'a>,
    /// What was tolerated.
    pub quirks: Vec<Quirk>,
}

/// One revoked certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CrlEntry<'a> {
    /// Its serial number: contents of the INTEGER.
    pub serial: &'a [u8],
    /// Where the entry stands.
    pub span: Span,
}

/// Why a list cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CrlObstacle {
    /// It only names changes (RFC 5280, 5.2.4).
    Delta,
    /// It names certificates of other issuers (5.2.5, 5.3.3).
    Indirect,
    /// It names attribute certificates (5.2.5), whose serial numbers are of another kind.
    AttributeCertificates,
    /// It has a critical extension that the engine does not know (5.2, 5.3).
    UnknownCritical(ObjectIdentifier),
}

impl fmt::Display for CrlObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delta => f.write_str("the list only names changes"),
            Self::Indirect => f.write_str("the list names certificates of other issuers"),
            Self::AttributeCertificates => f.write_str("the list names attribute certificates"),
            Self::UnknownCritical(oid) => {
                write!(f, "the critical extension {} is not supported", named(oid))
            }
        }
    }
}

const DELTA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::DELTA_CRL_INDICATOR);
const POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::ISSUING_DISTRIBUTION_POINT);
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::CERTIFICATE_ISSUER);

impl<'a> Crl<'a> {
    /// Reads the one list that `input` consists of, in DER.
    ///
    /// # Errors
    /// A [`ParseError`] at the field that does not fit.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        let list = only_tagged(input, "CertificateList", Tag::Sequence)?;
        let (rest, tbs) = tagged("tbsCertList", Tag::Sequence)(list.contents)?;
        let (rest, algorithm) = tagged("signatureAlgorithm", Tag::Sequence)(rest)?;
        let signature = only_tagged(rest, "signatureValue", Tag::BitString)?;

        let mut quirks = Vec::new();
        let (rest, version) = version(tbs.contents)?;
        let (rest, inner) = tagged("signature", Tag::Sequence)(rest)?;
        let (rest, issuer) = tagged("issuer", Tag::Sequence)(rest)?;
        let (rest, this_update) = any("thisUpdate")(rest)?;
        let (rest, next_update) = next_update(rest, &mut quirks)?;
        let (rest, revoked) = optional("revokedCertificates", Tag::Sequence)(rest)?;

        let mut obstacle = None;
        let mut entries = Vec::new();
        // As many as the input has bytes for: an entry takes at least 20 of them.
        for entry in revoked.iter().flat_map(|revoked| revoked.members("revokedCertificates")) {
            entries.push(entry_of(&entry?, &mut obstacle, &mut quirks)?);
        }
        list_extensions(rest, version, &mut obstacle, &mut quirks)?;
        Ok(Self {
            span: list.whole.span(),
            issuer: Name::parse(&issuer, "issuer", &mut quirks)?,
            this_update_unix_s: time(&this_update, "thisUpdate", &mut quirks)?,
            next_update_unix_s: next_update,
            entries,
            obstacle,
            signed: Signed::new(&tbs, &inner, &algorithm, &signature, &mut quirks)?,
            quirks,
        })
    }

    /// The entry of a serial number, by [`same_serial`].
    #[must_use]
    pub fn entry(&self, serial: &[u8]) -> Option<&CrlEntry<'a>> {
        self.entries.iter().find(|entry| same_serial(entry.serial, serial))
    }
}

/// True when two serial numbers, contents of an INTEGER each, are the same but for zero bytes at
/// their start. People and their tools leave the sign byte out, and some lists carry more of
/// them; a revocation must not miss its certificate for that.
#[must_use]
pub fn same_serial(one: &[u8], other: &[u8]) -> bool {
    let zeroes = |bytes: &[u8]| bytes.iter().take_while(|byte| **byte == 0).count();
    one.iter().skip(zeroes(one)).eq(other.iter().skip(zeroes(other)))
}

/// RFC 5280, 5.1.2.1: absent, or 1 for version 2.
fn version(input: Input<'_>) -> Parsed<'_, u8> {
    let (rest, version) = optional("version", Tag::Integer)(input)?;
    let Some(version) = version else {
        return Ok((rest, 1));
    };
    match version.decode::<u8>("version").map_err(nom::Err::Error)? {
        1 => Ok((rest, 2)),
        other => {
            let kind = ParseErrorKind::Unsupported(u64::from(other));
            input.fail(kind, "version", version.whole.len())
        }
    }
}

fn next_update<'a>(
    input: Input<'a>,
    quirks: &mut Vec<Quirk>,
) -> Result<(Input<'a>, Option<u64>), ParseError> {
    match any("nextUpdate")(input) {
        Ok((rest, element)) if matches!(element.tag, Tag::UtcTime | Tag::GeneralizedTime) => {
            Ok((rest, Some(time(&element, "nextUpdate", quirks)?)))
        }
        _ => Ok((input, None)),
    }
}

fn entry_of<'a>(
    element: &Element<'a>,
    obstacle: &mut Option<CrlObstacle>,
    quirks: &mut Vec<Quirk>,
) -> Result<CrlEntry<'a>, ParseError> {
    let (rest, serial) = tagged("userCertificate", Tag::Integer)(element.contents)?;
    let (rest, date) = any("revocationDate")(rest)?;
    time(&date, "revocationDate", quirks)?;
    if !rest.is_empty() {
        let extensions = only_tagged(rest, "crlEntryExtensions", Tag::Sequence)?;
        for extension in extensions.members("crlEntryExtensions") {
            let extension = Extension::parse(&extension?, quirks)?;
            if extension.oid == CERTIFICATE_ISSUER {
                *obstacle = Some(CrlObstacle::Indirect);
            } else if extension.critical {
                *obstacle = Some(CrlObstacle::UnknownCritical(extension.oid));
            }
        }
    }
    Ok(CrlEntry { serial: serial.contents.bytes(), span: element.whole.span() })
}

fn list_extensions(
    input: Input<'_>,
    version: u8,
    obstacle: &mut Option<CrlObstacle>,
    quirks: &mut Vec<Quirk>,
) -> Result<(), ParseError> {
    if input.is_empty() {
        return Ok(());
    }
    let explicit = only_tagged(input, "crlExtensions", context(0, true))?;
    if version != 2 {
        let kind = ParseErrorKind::Invalid("exist only in version 2");
        return Err(input.error(kind, "crlExtensions", input.len()));
    }
    let list = only_tagged(explicit.contents, "crlExtensions", Tag::Sequence)?;
    for extension in list.members("crlExtensions") {
        let extension = Extension::parse(&extension?, quirks)?;
        match extension.oid {
            DELTA => *obstacle = Some(CrlObstacle::Delta),
            POINT => {
                let point: IssuingDistributionPoint =
                    decode(extension.value, "issuingDistributionPoint")?;
                if point.indirect_crl {
                    *obstacle = Some(CrlObstacle::Indirect);
                } else if point.only_contains_attribute_certs {
                    *obstacle = Some(CrlObstacle::AttributeCertificates);
                }
            }
            other if extension.critical => *obstacle = Some(CrlObstacle::UnknownCritical(other)),
            _ => {}
        }
    }
    Ok(())
}
