//! Signature algorithms and values of certificates and CRLs.
//!
//! RFC 5280, 4.1.1.2 and 4.1.1.3; RSA by RFC 4055, ECDSA by RFC 5758. What is signed is the raw
//! `tbsCertificate` or `tbsCertList` slice; nothing is ever re-encoded.

use core::fmt;

use der::Tag;
use der::asn1::{ObjectIdentifier, UintRef};
use portcullis_wire::oid;

use super::element::{Element, context, only, only_tagged, tagged};
use super::key::{SubjectKey, named};
use super::quirk::{Quirk, QuirkKind};
use crate::Span;
use crate::crypto::{self, HashAlg, Signature, VerifyError};
use crate::formats::{Input, ParseError, ParseErrorKind};

/// A signature scheme with its hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(HashAlg),
    /// RSASSA-PSS with MGF1 over the same hash.
    RsaPss(HashAlg),
    /// ECDSA.
    Ecdsa(HashAlg),
}

impl SignatureAlgorithm {
    /// The hash that is signed.
    #[must_use]
    pub const fn hash(self) -> HashAlg {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) => hash,
        }
    }
}

/// A signature algorithm that the engine does not compute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsupportedAlgorithm {
    /// The algorithm.
    pub oid: ObjectIdentifier,
    /// The `AlgorithmIdentifier`.
    pub span: Span,
}

impl fmt::Display for UnsupportedAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signature algorithm {} is not supported", named(&self.oid))
    }
}

/// Signed bytes with their signature: the outermost structure of certificates and CRLs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signed<'a> {
    /// The signed bytes, header included, exactly as they stand in the artefact.
    pub message: &'a [u8],
    /// Where they stand.
    pub message_span: Span,
    /// The scheme, or why it cannot be computed.
    pub algorithm: Result<SignatureAlgorithm, UnsupportedAlgorithm>,
    /// The signature value.
    pub signature: &'a [u8],
    /// Where the signature value stands.
    pub signature_span: Span,
}

const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA1_WITH_RSA);
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA256_WITH_RSA);
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA384_WITH_RSA);
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA512_WITH_RSA);
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::RSASSA_PSS);
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::MGF1);
const ECDSA_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::ECDSA_WITH_SHA1);
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::ECDSA_WITH_SHA256);
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::ECDSA_WITH_SHA384);
const ECDSA_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::ECDSA_WITH_SHA512);
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA1);
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA256);
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA384);
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SHA512);

impl<'a> Signed<'a> {
    /// Reads the three members of a signed structure; `inner` is the algorithm as the signed
    /// part repeats it.
    pub(super) fn new(
        message: &Element<'a>,
        inner: &Element<'a>,
        outer: &Element<'a>,
        bits: &Element<'a>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<Self, ParseError> {
        // The outer identifier is not signed. RFC 5280, 4.1.1.2 demands that it repeats the
        // signed one; comparing raw bytes leaves an attacker nothing to vary.
        if inner.whole.bytes() != outer.whole.bytes() {
            let kind = ParseErrorKind::Invalid("differs from the algorithm in the signed part");
            return Err(outer.whole.error(kind, "signatureAlgorithm", outer.whole.len()));
        }
        let value = super::key::bit_string(bits, "signatureValue")?;
        Ok(Self {
            message: message.whole.bytes(),
            message_span: message.whole.span(),
            algorithm: algorithm(inner, quirks)?,
            signature: value.bytes(),
            signature_span: value.span(),
        })
    }

    /// Verifies the signature by `key` over the raw signed bytes.
    ///
    /// A valid signature says that the holder of `key` signed these bytes; not who that is, nor
    /// that the key may sign certificates.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, key: &SubjectKey<'_>) -> Result<(), SignatureError> {
        let algorithm = self.algorithm.map_err(SignatureError::Algorithm)?;
        let pss = matches!(algorithm, SignatureAlgorithm::RsaPss(_));
        if !key.may_sign() || (key.only_pss() && !pss) {
            return Err(SignatureError::Verify(VerifyError::SchemeMismatch));
        }
        let public = key.key.as_ref().map_err(|error| SignatureError::Key(error.clone()))?;
        let signature = match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => Signature::RsaPkcs1(self.signature),
            SignatureAlgorithm::RsaPss(_) => Signature::RsaPss(self.signature),
            SignatureAlgorithm::Ecdsa(_) => {
                let input = Input::at(self.signature, self.signature_span.offset);
                let (r, s) = ecdsa_scalars(input)
                    .map_err(|_| SignatureError::Verify(VerifyError::BadSignature))?;
                Signature::Ecdsa { r, s }
            }
        };
        crypto::verify(public, algorithm.hash(), self.message, signature)
            .map_err(SignatureError::Verify)
    }
}

/// Why a signature does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignatureError {
    /// The engine does not compute the algorithm.
    Algorithm(UnsupportedAlgorithm),
    /// The engine cannot use the key.
    Key(super::key::KeyError),
    /// The signature was computed and refused.
    Verify(VerifyError),
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(error) => fmt::Display::fmt(error, f),
            Self::Key(error) => fmt::Display::fmt(error, f),
            Self::Verify(VerifyError::BadKey) => f.write_str("the issuer's key is not usable"),
            Self::Verify(VerifyError::SchemeMismatch) => {
                f.write_str("the issuer's key is not of the kind that makes such signatures")
            }
            Self::Verify(VerifyError::BadSignature) => f.write_str("the signature does not verify"),
        }
    }
}

/// `ECDSA-Sig-Value` (RFC 3279, 2.2.3): `r` and `s` without leading zero bytes.
fn ecdsa_scalars(input: Input<'_>) -> Result<(&[u8], &[u8]), ParseError> {
    let pair = only_tagged(input, "Ecdsa-Sig-Value", Tag::Sequence)?;
    let (rest, r) = tagged("r", Tag::Integer)(pair.contents)?;
    let r: UintRef<'_> = r.decode("r")?;
    let s: UintRef<'_> = only(rest, "s")?.decode("s")?;
    Ok((r.as_bytes(), s.as_bytes()))
}

fn algorithm(
    element: &Element<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<Result<SignatureAlgorithm, UnsupportedAlgorithm>, ParseError> {
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
    let field = "signature";
    let (parameters, oid) = tagged(field, Tag::ObjectIdentifier)(element.contents)?;
    let oid: ObjectIdentifier = oid.decode(field)?;
    let unsupported = Err(UnsupportedAlgorithm { oid, span: element.whole.span() });
    let algorithm = match oid {
        SHA1_WITH_RSA => RsaPkcs1(HashAlg::Sha1),
        SHA256_WITH_RSA => RsaPkcs1(HashAlg::Sha256),
        SHA384_WITH_RSA => RsaPkcs1(HashAlg::Sha384),
        SHA512_WITH_RSA => RsaPkcs1(HashAlg::Sha512),
        ECDSA_WITH_SHA1 => Ecdsa(HashAlg::Sha1),
        ECDSA_WITH_SHA256 => Ecdsa(HashAlg::Sha256),
        ECDSA_WITH_SHA384 => Ecdsa(HashAlg::Sha384),
        ECDSA_WITH_SHA512 => Ecdsa(HashAlg::Sha512),
        RSASSA_PSS => match pss_hash(parameters) {
            Ok(Some(hash)) => return Ok(Ok(RsaPss(hash))),
            _ => return Ok(unsupported),
        },
        _ => return Ok(unsupported),
    };
    let rsa = matches!(algorithm, RsaPkcs1(_));
    let expected: &[u8] = if rsa { &[0x05, 0x00] } else { &[] };
    let other: &[u8] = if rsa { &[] } else { &[0x05, 0x00] };
    if parameters.bytes() == other {
        quirks.push(Quirk { kind: QuirkKind::AlgorithmParameters, span: element.whole.span() });
    } else if parameters.bytes() != expected {
        return Ok(unsupported);
    }
    Ok(Ok(algorithm))
}

/// The hash of `RSASSA-PSS-params` (RFC 4055, 3.1) when the mask uses the same; the salt may
/// have any length.
fn pss_hash(parameters: Input<'_>) -> Result<Option<HashAlg>, ParseError> {
    let field = "RSASSA-PSS-params";
    let (mut hash, mut mask) = (Some(HashAlg::Sha1), Some(HashAlg::Sha1));
    let params = only_tagged(parameters, field, Tag::Sequence)?;
    for member in params.members(field) {
        let member = member?;
        if member.tag == context(0, true) {
            hash = hash_of(&only(member.contents, field)?)?;
        } else if member.tag == context(1, true) {
            let mgf = only(member.contents, field)?;
            let (rest, oid) = tagged(field, Tag::ObjectIdentifier)(mgf.contents)?;
            let mgf1 = oid.decode::<ObjectIdentifier>(field)? == MGF1;
            mask = if mgf1 { hash_of(&only(rest, field)?)? } else { None };
        } else if member.tag != context(2, true) {
            // The trailer field, whose one value is its default, or something unknown.
            return Ok(None);
        }
    }
    Ok(hash.filter(|_| hash == mask))
}

fn hash_of(algorithm: &Element<'_>) -> Result<Option<HashAlg>, ParseError> {
    let field = "hashAlgorithm";
    let (_, oid) = tagged(field, Tag::ObjectIdentifier)(algorithm.contents)?;
    Ok(match oid.decode(field)? {
        SHA1 => Some(HashAlg::Sha1),
        SHA256 => Some(HashAlg::Sha256),
        SHA384 => Some(HashAlg::Sha384),
        SHA512 => Some(HashAlg::Sha512),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::x509::element::any;

    fn check(der: &[u8], expected: Option<SignatureAlgorithm>, quirks_expected: usize) {
        let (_, element) = any("algorithm")(Input::new(der)).unwrap();
        let mut quirks = Vec::new();
        assert_eq!(algorithm(&element, &mut quirks).unwrap().ok(), expected);
        assert_eq!(quirks.len(), quirks_expected);
    }

    const RSA_SHA256: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];

    #[test]
    fn rsa_takes_null_and_tolerates_absence() {
        let rsa = Some(SignatureAlgorithm::RsaPkcs1(HashAlg::Sha256));
        check(&[&[0x30, 13], &RSA_SHA256[..], &[5, 0]].concat(), rsa, 0);
        check(&[&[0x30, 11], &RSA_SHA256[..]].concat(), rsa, 1);
        check(&[&[0x30, 14], &RSA_SHA256[..], &[4, 1, 0]].concat(), None, 0);
    }

    #[test]
    fn ecdsa_takes_no_parameters_and_tolerates_null() {
        let oid = [0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
        let ecdsa = Some(SignatureAlgorithm::Ecdsa(HashAlg::Sha384));
        check(&[&[0x30, 10], &oid[..]].concat(), ecdsa, 0);
        check(&[&[0x30, 12], &oid[..], &[5, 0]].concat(), ecdsa, 1);
    }

    /// The parameters that the IDevID of the corpus declares for its key.
    const PSS_SHA256: [u8; 54] = [
        48, 52, 160, 15, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0, 161, 28, 48, 26, 6,
        9, 42, 134, 72, 134, 247, 13, 1, 1, 8, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0,
        162, 3, 2, 1, 32,
    ];

    #[test]
    fn pss_takes_its_hash_from_the_parameters() {
        let oid = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
        let pss = |hash| Some(SignatureAlgorithm::RsaPss(hash));
        check(&[&[0x30, 65], &oid[..], &PSS_SHA256].concat(), pss(HashAlg::Sha256), 0);
        check(&[&[0x30, 13], &oid[..], &[0x30, 0]].concat(), pss(HashAlg::Sha1), 0);
        // Another hash for the mask than for the message.
        let mut mixed = PSS_SHA256;
        mixed[46] = 2;
        check(&[&[0x30, 65], &oid[..], &mixed].concat(), None, 0);
    }

    #[test]
    fn ecdsa_values_must_be_der() {
        let good = [0x30, 6, 2, 1, 5, 2, 1, 7];
        assert_eq!(ecdsa_scalars(Input::new(&good)).unwrap(), (&[5][..], &[7][..]));
        for bad in [[0x30, 6, 2, 1, 5, 2, 1, 0x87], [0x30, 5, 2, 1, 5, 2, 1, 7]] {
            assert!(ecdsa_scalars(Input::new(&bad)).is_err());
        }
    }
}
