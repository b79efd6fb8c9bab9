//! Certificates as TPMs and files hold them.
//!
//! An artefact that should hold a certificate is one of: DER, as it is or with the padding of a
//! larger NV index behind it; several certificates in a row (the chain that the TCG EK Credential
//! Profile for TPM 2.0, section 2.2.1.5, keeps in NV from `0x01c00100` on); the TPM 1.2 form
//! with a 7-byte header (TCG PC Client Specific Implementation Specification 1.21, 7.3.2); or
//! PEM text, alone or as a bundle.

use std::borrow::Cow;

use super::certificate::Certificate;
use super::element::any;
use super::pem;
use super::quirk::{Quirk, QuirkKind};
use crate::Span;
use crate::formats::input::{array, be_u16, byte};
use crate::formats::{Input, ParseError, ParseErrorKind, Parsed};
use crate::limits::CERTIFICATES_PER_ARTEFACT_MAX;

/// The identifier octet of a SEQUENCE.
const SEQUENCE: u8 = 0x30;
/// `TCG_TAG_PCCLIENT_STORED_CERT`.
const STORED_CERT: [u8; 2] = [0x10, 0x01];
/// `TCG_PCCLIENT_FULL_CERT`: the certificate itself, not its hash.
const FULL_CERT: u8 = 0x00;
/// `TCG_TAG_PCCLIENT_FULL_CERT`.
const FULL_CERT_TAG: [u8; 2] = [0x10, 0x02];

/// The bytes of one certificate, found in an artefact and not yet read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateBytes<'a> {
    /// The DER encoding.
    pub der: Cow<'a, [u8]>,
    /// Where it stands in the artefact: the DER itself, or the armoured block of PEM.
    pub span: Span,
    /// What was tolerated around it.
    pub quirks: Vec<Quirk>,
}

impl CertificateBytes<'_> {
    /// Reads the certificate. Its quirks include those of the surroundings.
    ///
    /// Spans count from the start of the artefact when it is binary, and from the start of the
    /// decoded block when it is PEM.
    ///
    /// # Errors
    /// Those of [`Certificate::parse`].
    pub fn parse(&self) -> Result<Certificate<'_>, ParseError> {
        let offset = match self.der {
            Cow::Borrowed(_) => self.span.offset,
            Cow::Owned(_) => 0,
        };
        let mut certificate = Certificate::parse(Input::at(&self.der, offset))?;
        certificate.quirks.extend(self.quirks.iter().copied());
        Ok(certificate)
    }
}

/// Finds the certificates of an artefact, at least one.
///
/// # Errors
/// When the artefact is neither PEM nor starts with a DER element of its size.
pub fn find_certificates(artefact: &[u8]) -> Result<Vec<CertificateBytes<'_>>, ParseError> {
    if pem::is_armoured(artefact) {
        return pem::certificates(artefact);
    }
    let input = Input::new(artefact);
    let (input, header) = match nv_header(input) {
        Ok((rest, size_bytes)) => (rest, Some((Span::new(0, rest.offset()), size_bytes))),
        Err(_) => (input, None),
    };
    let (mut rest, first) = der_certificate(input)?;
    if let Some((_, size_bytes)) = header
        && first.span.size > size_bytes
    {
        let (needed, left) = (first.span.size as u64, size_bytes as u64);
        return Err(input.error(
            ParseErrorKind::Truncated { needed, left },
            "Certificate",
            size_bytes,
        ));
    }
    let mut found = vec![first];
    while let Ok((behind, next)) = der_certificate(rest) {
        if found.len() == CERTIFICATES_PER_ARTEFACT_MAX {
            let limit = CERTIFICATES_PER_ARTEFACT_MAX as u64;
            let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
            return Err(rest.error(kind, "Certificate", rest.len()));
        }
        found.push(next);
        rest = behind;
    }
    let around = header.map(|(span, _)| Quirk { kind: QuirkKind::NvHeader, span });
    if let Some(first) = found.first_mut() {
        first.quirks.extend(around);
    }
    if let Some(last) = found.last_mut() {
        last.quirks.extend(trailing(rest));
    }
    Ok(found)
}

fn der_certificate(input: Input<'_>) -> Parsed<'_, CertificateBytes<'_>> {
    // Before the size is read: any text has one, and it means nothing.
    if input.bytes().first().is_some_and(|identifier| *identifier != SEQUENCE) {
        let kind = ParseErrorKind::Invalid("is no certificate");
        return input.fail(kind, "Certificate", input.len());
    }
    let (rest, element) = any("Certificate")(input)?;
    let der = Cow::Borrowed(element.whole.bytes());
    Ok((rest, CertificateBytes { der, span: element.whole.span(), quirks: Vec::new() }))
}

/// The header of a certificate in TPM 1.2 NV storage; the size in bytes that it gives for the
/// certificate. Its size field counts the certificate and the two bytes of the inner tag.
fn nv_header(input: Input<'_>) -> Parsed<'_, usize> {
    let (rest, tag) = array("tag")(input)?;
    let (rest, kind) = byte("certType")(rest)?;
    let (rest, size) = be_u16("certSize")(rest)?;
    let (rest, inner_tag) = array("tag")(rest)?;
    let framed = usize::from(size).checked_sub(inner_tag.len());
    if tag == STORED_CERT
        && kind == FULL_CERT
        && inner_tag == FULL_CERT_TAG
        && let Some(size_bytes) = framed.filter(|size| *size <= rest.len())
    {
        return Ok((rest, size_bytes));
    }
    let kind = ParseErrorKind::Invalid("is no header of a stored certificate");
    input.fail(kind, "TCG_PCCLIENT_STORED_CERT", input.len().min(7))
}

fn trailing(rest: Input<'_>) -> Option<Quirk> {
    let (first, others) = rest.bytes().split_first()?;
    let kind = if others.iter().all(|byte| byte == first) {
        QuirkKind::TrailingPadding { byte: *first }
    } else {
        QuirkKind::TrailingBytes
    };
    Some(Quirk { kind, span: rest.span() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DER: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x05];

    fn check(artefact: &[u8], spans: &[Span], quirks: &[(QuirkKind, Span)]) {
        let found = find_certificates(artefact).unwrap();
        assert_eq!(found.iter().map(|found| found.span).collect::<Vec<_>>(), spans);
        let all: Vec<_> = found.iter().flat_map(|found| &found.quirks).collect();
        assert_eq!(all.iter().map(|q| (q.kind, q.span)).collect::<Vec<_>>(), quirks);
    }

    #[test]
    fn padding_behind_the_certificate_is_a_quirk() {
        check(DER, &[Span::new(0, 5)], &[]);
        let padding = QuirkKind::TrailingPadding { byte: 0xff };
        check(&[DER, &[0xff; 4]].concat(), &[Span::new(0, 5)], &[(padding, Span::new(5, 4))]);
        let bytes = QuirkKind::TrailingBytes;
        check(&[DER, &[1, 2, 3]].concat(), &[Span::new(0, 5)], &[(bytes, Span::new(5, 3))]);
    }

    #[test]
    fn the_header_of_nv_storage_is_cut() {
        let blob = [&[0x10, 1, 0, 0, 7, 0x10, 2], DER, &[0; 3]].concat();
        let padding = QuirkKind::TrailingPadding { byte: 0 };
        let quirks = [(QuirkKind::NvHeader, Span::new(0, 7)), (padding, Span::new(12, 3))];
        check(&blob, &[Span::new(7, 5)], &quirks);
    }

    #[test]
    fn a_header_that_promises_too_much_is_no_header() {
        let blob = [&[0x10, 1, 0, 0, 9, 0x10, 2], DER].concat();
        assert!(find_certificates(&blob).is_err());
    }

    #[test]
    fn a_header_that_promises_too_little_is_refused_with_both_sizes() {
        let blob = [&[0x10, 1, 0, 0, 6, 0x10, 2], DER].concat();
        let error = find_certificates(&blob).unwrap_err();
        assert_eq!(error.to_string(), "`Certificate` at byte 7: needs 5 bytes, 4 are left");
    }

    #[test]
    fn certificates_in_a_row_are_found_one_by_one() {
        check(&[DER, DER].concat(), &[Span::new(0, 5), Span::new(5, 5)], &[]);
    }

    #[test]
    fn an_artefact_without_a_certificate_says_so() {
        for artefact in [&b"not a certificate"[..], &[0x02, 1, 5], &[0xff; 100]] {
            let error = find_certificates(artefact).unwrap_err();
            assert_eq!(error.to_string(), "`Certificate` at byte 0: is no certificate");
        }
        let error = find_certificates(b"").unwrap_err();
        assert_eq!(error.to_string(), "`Certificate` at byte 0: needs 1 bytes, 0 are left");
    }
}
