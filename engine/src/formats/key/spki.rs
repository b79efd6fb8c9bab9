//! `SubjectPublicKeyInfo`: reading one, and writing the one canonical form of a key.
//!
//! RFC 5280 section 4.1.2.7; RSA by RFC 8017 appendix A.1 and RFC 4055; elliptic curves by
//! RFC 5480. A file may declare an RSA key for OAEP or PSS; the canonical form never does, so
//! that a key has one digest whatever tool wrote it down.

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::Span;
use crate::crypto::{Curve, Digest, HashAlg, PublicKey, digest};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::Input;
use crate::formats::x509::element::{only_tagged, tagged};
use crate::formats::x509::key::{KeyError, SubjectKey};
use crate::wire::oid;

const FIELD: &str = "SubjectPublicKeyInfo";

/// Reads a structure that is the whole input: the key, and the bytes that it does not depend on.
pub(super) fn parse(input: Input<'_>) -> Result<(PublicKey, Vec<Span>), ParseError> {
    let element = only_tagged(input, FIELD, Tag::Sequence)?;
    let (_, declared) = tagged("algorithm", Tag::Sequence)(element.contents)?;
    // The quirk of a key that is declared for OAEP does not matter here: the key is the same.
    let subject = SubjectKey::parse(&element, &mut Vec::new())?;
    let declared = declared.whole;
    let key = subject.key.map_err(|error| unusable(error, declared))?;
    let unbound = match &key {
        PublicKey::Rsa { modulus, exponent } if *modulus == [0] || *exponent == [0] => {
            let kind = ParseErrorKind::Invalid("has a modulus or exponent of zero");
            return Err(input.error(kind, "RSAPublicKey", input.len()));
        }
        // `rsaEncryption`, OAEP and PSS declare one and the same key.
        PublicKey::Rsa { .. } => vec![declared.span()],
        PublicKey::Ecc { .. } => Vec::new(),
    };
    Ok((key, unbound))
}

fn unusable(error: KeyError, declared: Input<'_>) -> ParseError {
    let (what, span) = match error {
        KeyError::Malformed(error) => return error,
        KeyError::Algorithm(_) => ("is an algorithm that is not supported", declared.span()),
        KeyError::Curve(_) => ("is a curve that is not supported", declared.span()),
        KeyError::Point(span) => ("is not an uncompressed point of a named curve", span),
    };
    ParseError::new(ParseErrorKind::Invalid(what), "algorithm", span)
}

/// SHA-256 of the canonical `SubjectPublicKeyInfo`: the EK digest of registrations.
#[must_use]
pub fn spki_sha256(key: &PublicKey) -> Digest {
    digest(HashAlg::Sha256, &[&spki_der(key)])
}

/// The canonical `SubjectPublicKeyInfo` in DER: `rsaEncryption` with NULL parameters, or
/// `id-ecPublicKey` with a named curve and an uncompressed point.
#[must_use]
pub fn spki_der(key: &PublicKey) -> Vec<u8> {
    let (algorithm, bits) = match key {
        PublicKey::Rsa { modulus, exponent } => {
            let key = element(SEQUENCE, &[&unsigned(modulus), &unsigned(exponent)]);
            let null = element(NULL, &[]);
            (element(SEQUENCE, &[&object_identifier(RSA_ENCRYPTION), &null]), key)
        }
        PublicKey::Ecc { curve, x, y } => {
            let curve = match curve {
                Curve::P256 => SECP256R1,
                Curve::P384 => SECP384R1,
            };
            let (algorithm, curve) = (object_identifier(EC_PUBLIC_KEY), object_identifier(curve));
            let point = [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat();
            (element(SEQUENCE, &[&algorithm, &curve]), point)
        }
    };
    let no_unused_bits = [0];
    let bits = element(BIT_STRING, &[&no_unused_bits, &bits]);
    element(SEQUENCE, &[&algorithm, &bits])
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::RSA_ENCRYPTION);
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::EC_PUBLIC_KEY);
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SECP256R1);
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SECP384R1);

// Identifier octets (ITU-T X.690, section 8.1.2).
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// SEC 1, section 2.3.3.
const UNCOMPRESSED: u8 = 4;

fn object_identifier(oid: ObjectIdentifier) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// INTEGER of an unsigned number: no leading zeroes but the one that keeps it positive.
fn unsigned(number: &[u8]) -> Vec<u8> {
    let zeroes = number.iter().take_while(|&&byte| byte == 0).count();
    let number = number.get(zeroes..).unwrap_or_default();
    let sign: &[u8] = if number.first().is_none_or(|&byte| byte >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, number])
}

/// One element with a definite length. Cannot fail, unlike the `der` crate's writer: a digest of
/// a key that exists exists.
fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let length = contents.len().to_be_bytes();
    let zeroes = length.iter().take_while(|&&byte| byte == 0).count();
    let length = length.get(zeroes..).unwrap_or_default();
    let mut element = vec![tag];
    match length {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            // At most eight bytes of length.
            element.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(&contents);
    element
}
