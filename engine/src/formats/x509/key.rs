//! Subject public keys.
//!
//! RFC 5280, 4.1.2.7; RSA by RFC 8017, appendix A.1.1 and RFC 4055; elliptic curves by RFC 5480.
//! A key that the engine cannot use is a value with its reason, not an error of the certificate:
//! the certificate can still be shown and named.

use core::fmt;

use der::Tag;
use der::asn1::{BitStringRef, ObjectIdentifier, UintRef};
use portcullis_wire::oid;

use super::element::{Element, only, only_tagged, tagged};
use super::quirk::{Quirk, QuirkKind};
use crate::Span;
use crate::crypto::{Curve, PublicKey};
use crate::formats::{Input, ParseError};

/// The `SubjectPublicKeyInfo` of a certificate.
#[derive(Clone, Debug)]
pub struct SubjectKey<'a> {
    /// The encoding, header included. Two keys are the same key when this is equal.
    pub raw: &'a [u8],
    /// Where it stands.
    pub span: Span,
    /// The algorithm that the key is declared for.
    pub algorithm: ObjectIdentifier,
    /// The key, or why it cannot be used.
    pub key: Result<PublicKey, KeyError>,
}

/// Why a public key cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyError {
    /// The key's algorithm is none of RSA and elliptic curve.
    Algorithm(ObjectIdentifier),
    /// The curve is not one that the engine computes on.
    Curve(ObjectIdentifier),
    /// The curve is not named, or the point is not in uncompressed form.
    Point(Span),
    /// The key does not decode.
    Malformed(ParseError),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(oid) => write!(f, "key algorithm {} is not supported", named(oid)),
            Self::Curve(oid) => write!(f, "curve {} is not supported", named(oid)),
            Self::Point(_) => {
                f.write_str("the point is not an uncompressed point of a named curve")
            }
            Self::Malformed(error) => fmt::Display::fmt(error, f),
        }
    }
}

/// The name of an object identifier in backticks, or its dotted text.
pub(super) fn named(oid: &ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    oid::name(&dotted).map_or_else(|| format!("`{dotted}`"), |name| format!("`{name}`"))
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::RSA_ENCRYPTION);
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::RSAES_OAEP);
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::RSASSA_PSS);
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::EC_PUBLIC_KEY);
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SECP256R1);
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SECP384R1);

impl<'a> SubjectKey<'a> {
    /// Reads a `SubjectPublicKeyInfo` element.
    pub(in crate::formats) fn parse(
        element: &Element<'a>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<Self, ParseError> {
        let field = "subjectPublicKeyInfo";
        let (rest, declared) = tagged("algorithm", Tag::Sequence)(element.contents)?;
        let (parameters, algorithm) =
            tagged("algorithm", Tag::ObjectIdentifier)(declared.contents)?;
        let algorithm: ObjectIdentifier = algorithm.decode("algorithm")?;
        let bits = only(rest, field)?;
        let key = match algorithm {
            RSA_ENCRYPTION | RSASSA_PSS => rsa_key(&bits),
            RSAES_OAEP => {
                quirks.push(Quirk { kind: QuirkKind::RsaesOaepKey, span: declared.whole.span() });
                rsa_key(&bits)
            }
            EC_PUBLIC_KEY => ec_key(parameters, &bits),
            other => Err(KeyError::Algorithm(other)),
        };
        Ok(Self { raw: element.whole.bytes(), span: element.whole.span(), algorithm, key })
    }

    /// True when the declared algorithm lets the key verify signatures at all: a key declared
    /// for encryption (RSAES-OAEP) does not.
    #[must_use]
    pub fn may_sign(&self) -> bool {
        self.algorithm != RSAES_OAEP
    }

    /// True when the declared algorithm restricts the key to RSASSA-PSS (RFC 4055, 3.1).
    #[must_use]
    pub fn only_pss(&self) -> bool {
        self.algorithm == RSASSA_PSS
    }
}

/// The whole bytes of a BIT STRING.
pub(super) fn bit_string<'a>(
    element: &Element<'a>,
    field: &'static str,
) -> Result<Input<'a>, ParseError> {
    use crate::formats::ParseErrorKind::Invalid;
    let bits: BitStringRef<'a> = element.decode(field)?;
    let Some(bytes) = bits.as_bytes() else {
        return Err(element.whole.error(Invalid("has unused bits"), field, element.whole.len()));
    };
    // One byte, the number of unused bits, stands before them.
    Ok(Input::at(bytes, element.contents.offset().saturating_add(1)))
}

fn rsa_key(bits: &Element<'_>) -> Result<PublicKey, KeyError> {
    let read = || -> Result<PublicKey, ParseError> {
        let bits = bit_string(bits, "subjectPublicKey")?;
        let key = only_tagged(bits, "RSAPublicKey", Tag::Sequence)?;
        let (rest, modulus) = tagged("modulus", Tag::Integer)(key.contents)?;
        let modulus: UintRef<'_> = modulus.decode("modulus")?;
        let exponent: UintRef<'_> = only(rest, "publicExponent")?.decode("publicExponent")?;
        Ok(PublicKey::Rsa {
            modulus: modulus.as_bytes().to_vec(),
            exponent: exponent.as_bytes().to_vec(),
        })
    };
    read().map_err(KeyError::Malformed)
}

fn ec_key(parameters: Input<'_>, bits: &Element<'_>) -> Result<PublicKey, KeyError> {
    let span = bits.whole.span();
    let curve = only(parameters, "namedCurve").map_err(KeyError::Malformed)?;
    if curve.tag != Tag::ObjectIdentifier {
        return Err(KeyError::Point(span));
    }
    let curve = match curve.decode("namedCurve").map_err(KeyError::Malformed)? {
        SECP256R1 => Curve::P256,
        SECP384R1 => Curve::P384,
        other => return Err(KeyError::Curve(other)),
    };
    // SEC 1, 2.3.3: 0x04, x, y.
    let point = bit_string(bits, "subjectPublicKey").map_err(KeyError::Malformed)?.bytes();
    let (&form, coordinates) = point.split_first().ok_or(KeyError::Point(span))?;
    let size = curve.field_size_bytes();
    match coordinates.split_at_checked(size) {
        Some((x, y)) if form == 4 && y.len() == size => {
            Ok(PublicKey::Ecc { curve, x: x.to_vec(), y: y.to_vec() })
        }
        _ => Err(KeyError::Point(span)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::x509::element::any;

    fn parse(der: &[u8]) -> (Result<PublicKey, String>, usize) {
        let (_, element) = any("spki")(Input::new(der)).unwrap();
        let mut quirks = Vec::new();
        let key = SubjectKey::parse(&element, &mut quirks).unwrap();
        (key.key.map_err(|error| error.to_string()), quirks.len())
    }

    const OAEP: &[u8] = &[
        0x30, 0x1a, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7, 0x03,
        0x0b, 0x00, 0x30, 0x08, 0x02, 0x02, 0x00, 0x81, 0x02, 0x02, 0x01, 0x01,
    ];

    #[test]
    fn an_oaep_key_is_an_rsa_key_and_a_quirk() {
        let key = PublicKey::Rsa { modulus: vec![0x81], exponent: vec![1, 1] };
        assert_eq!(parse(OAEP), (Ok(key), 1));
    }

    #[test]
    fn a_negative_modulus_is_refused() {
        // One padding byte less: the integer's top bit is set.
        let der = [
            0x30, 0x19, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x03,
            0x0a, 0x00, 0x30, 0x07, 0x02, 0x01, 0x81, 0x02, 0x02, 0x01, 0x01,
        ];
        let (key, _) = parse(&der);
        assert!(key.unwrap_err().starts_with("`modulus` at byte 20: "));
    }

    #[test]
    fn a_key_that_is_no_sequence_is_refused() {
        let mut der = OAEP.to_vec();
        der[18] = 0x40;
        let error = parse(&der).0.unwrap_err();
        assert_eq!(error, "`RSAPublicKey` at byte 18: is 0x40, expected 0x30");
    }

    #[test]
    fn an_unknown_curve_is_named() {
        let der = [
            0x30, 0x15, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 0x05,
            0x2b, 0x81, 0x04, 0x00, 0x23, 0x03, 0x01, 0x00,
        ];
        assert_eq!(parse(&der).0.unwrap_err(), "curve `secp521r1` is not supported");
    }

    #[test]
    fn a_point_of_the_wrong_size_is_refused() {
        let der = [
            0x30, 0x18, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 0x08,
            0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 0x03, 0x01, 0x00,
        ];
        let error = parse(&der).0.unwrap_err();
        assert_eq!(error, "the point is not an uncompressed point of a named curve");
    }
}
