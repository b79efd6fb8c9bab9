//! PEM armour.
//!
//! RFC 7468, one or several blocks with any text between them. Blocks that hold something else
//! than a certificate (a key, a CRL) are passed over. Lines may have any length and any space at
//! their ends: certificates are pasted by people.

use std::borrow::Cow;

use super::nv::CertificateBytes;
use crate::Span;
use crate::formats::{Input, ParseError, ParseErrorKind};
use crate::limits::CERTIFICATES_PER_ARTEFACT_MAX;

pub(in crate::formats) const BEGIN: &[u8] = b"-----BEGIN ";
pub(in crate::formats) const END: &[u8] = b"-----END ";
pub(in crate::formats) const DASHES: &[u8] = b"-----";

/// Labels of certificates: RFC 7468, section 5.1, and the two that OpenSSL adds.
const LABELS: [&[u8]; 3] = [b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"];

/// True when the artefact holds armour and does not start like DER or an NV header.
pub(super) fn is_armoured(artefact: &[u8]) -> bool {
    !matches!(artefact.first(), None | Some(0x30 | 0x10)) && position(artefact, BEGIN).is_some()
}

/// The certificates of a PEM text, at least one.
pub(super) fn certificates(text: &[u8]) -> Result<Vec<CertificateBytes<'_>>, ParseError> {
    let mut found: Vec<CertificateBytes<'_>> = Vec::new();
    let mut rest = Input::new(text);
    while let Some(block) = next_block(rest)? {
        rest = block.rest;
        if !LABELS.contains(&block.label) {
            continue;
        }
        if found.len() == CERTIFICATES_PER_ARTEFACT_MAX {
            let limit = CERTIFICATES_PER_ARTEFACT_MAX as u64;
            let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
            return Err(ParseError::new(kind, "PEM", block.span));
        }
        let der = decode(block.body).ok_or_else(|| {
            let kind = ParseErrorKind::Invalid("is not base64");
            ParseError::new(kind, "PEM", block.span)
        })?;
        found.push(CertificateBytes { der: Cow::Owned(der), span: block.span, quirks: Vec::new() });
    }
    if found.is_empty() {
        let input = Input::new(text);
        let kind = ParseErrorKind::Invalid("holds no certificate");
        return Err(input.error(kind, "PEM", input.len()));
    }
    Ok(found)
}

/// One block: its label, what stands between its lines, its place, and the text behind it.
pub(in crate::formats) struct Block<'a> {
    pub label: &'a [u8],
    pub body: &'a [u8],
    pub span: Span,
    pub rest: Input<'a>,
}

/// The next block of a text, whatever it holds.
pub(in crate::formats) fn next_block(input: Input<'_>) -> Result<Option<Block<'_>>, ParseError> {
    let Some((before, behind_begin)) = split(input.bytes(), BEGIN) else {
        return Ok(None);
    };
    let start = input.offset().saturating_add(before.len());
    let torn = |what| {
        let size = input.span().end().saturating_sub(start);
        ParseError::new(ParseErrorKind::Invalid(what), "PEM", Span::new(start, size))
    };
    let (label, behind_label) =
        split(behind_begin, DASHES).ok_or_else(|| torn("has a torn first line"))?;
    let (body, behind_body) = split(behind_label, END).ok_or_else(|| torn("has no last line"))?;
    let (end_label, rest) =
        split(behind_body, DASHES).ok_or_else(|| torn("has a torn last line"))?;
    if label != end_label {
        return Err(torn("begins and ends with different labels"));
    }
    let rest = Input::at(rest, input.span().end().saturating_sub(rest.len()));
    let span = Span::new(start, rest.offset().saturating_sub(start));
    Ok(Some(Block { label, body, span, rest }))
}

/// Decodes base64 by the `der` crate's reader, which wants one fixed line length: the lines are
/// joined first.
fn decode(body: &[u8]) -> Option<Vec<u8>> {
    let mut block = b"-----BEGIN X-----\n".to_vec();
    block.extend(body.iter().filter(|byte| !byte.is_ascii_whitespace()));
    block.extend_from_slice(b"\n-----END X-----\n");
    let mut decoder = der::pem::Decoder::new_detect_wrap(&block).ok()?;
    let mut der = Vec::new();
    decoder.decode_to_end(&mut der).ok()?;
    Some(der)
}

/// Where `needle` stands first.
pub(in crate::formats) fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// What stands before and behind the first `needle`.
fn split<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (before, from) = haystack.split_at_checked(position(haystack, needle)?)?;
    Some((before, from.strip_prefix(needle)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[(&[u8], Span)], &str>) {
        let found = certificates(text.as_bytes());
        match (found, expected) {
            (Ok(found), Ok(expected)) => {
                let found: Vec<_> = found.iter().map(|c| (c.der.as_ref(), c.span)).collect();
                assert_eq!(found, expected);
            }
            (found, expected) => {
                assert_eq!(found.unwrap_err().to_string(), expected.unwrap_err());
            }
        }
    }

    #[test]
    fn blocks_are_found_between_text_and_other_blocks() {
        let text = "# a root\r\n-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQU=\r\n-----END CERTIFICATE-----\r\n\
                    -----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n\
                    -----BEGIN CERTIFICATE-----\nMAMCAQY=  \n-----END CERTIFICATE-----";
        let first: &[u8] = &[0x30, 3, 2, 1, 5];
        let second: &[u8] = &[0x30, 3, 2, 1, 6];
        check(text, Ok(&[(first, Span::new(10, 66)), (second, Span::new(132, 64))]));
    }

    #[test]
    fn torn_armour_is_refused_with_its_place() {
        check("-----BEGIN CERTIFICATE-----\nMAMC", Err("`PEM` at byte 0: has no last line"));
        check("ab-----BEGIN CERT", Err("`PEM` at byte 2: has a torn first line"));
        check(
            "-----BEGIN CERTIFICATE-----\nMAMC\n-----END CRL-----",
            Err("`PEM` at byte 0: begins and ends with different labels"),
        );
        check(
            "-----BEGIN CERTIFICATE-----\nMA!C\n-----END CERTIFICATE-----",
            Err("`PEM` at byte 0: is not base64"),
        );
        check(
            "-----BEGIN CRL-----\nMAMC\n-----END CRL-----",
            Err("`PEM` at byte 0: holds no certificate"),
        );
    }
}
