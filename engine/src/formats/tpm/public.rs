//! The public area of a TPM object: `TPMT_PUBLIC` (Structures, section 12.2.4), bare or in a
//! `TPM2B_PUBLIC`.
//!
//! Only asymmetric keys are read: keyed hashes and symmetric objects have no public key, and
//! nothing in an attestation needs them.

use super::sized;
use crate::Span;
use crate::crypto::{Curve, PublicKey};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, be_u16, be_u32, complete};
use crate::wire::TpmAlg;
use crate::wire::alg::EccCurve;
use crate::wire::tpm::ObjectAttributes;

/// Public exponent of an RSA key whose public area says zero (Structures, section 12.2.3.5).
pub const RSA_DEFAULT_EXPONENT: u32 = 65_537;

/// `TPMT_PUBLIC` of an asymmetric key.
///
/// Establishes nothing about the holder of the key. The attributes are worth believing only when
/// the *name* (which covers them) was proved: by a credential activation, by a certification,
/// or by a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TpmtPublic<'a> {
    /// Exactly the structure: what its name is a digest of.
    pub bytes: Input<'a>,
    /// Hash algorithm of the name.
    pub name_alg: TpmAlg,
    /// Attribute bits.
    pub attributes: ObjectAttributes,
    /// Where the attribute bits stand.
    pub attributes_span: Span,
    /// Digest of the authorization policy; may be empty.
    pub auth_policy: Input<'a>,
    /// Cipher for the object's children; a storage key such as an EK has one.
    pub symmetric: Option<Symmetric>,
    /// The scheme that the key is restricted to. A signing key that leaves it open is no AK.
    pub scheme: Option<Scheme>,
    /// The key.
    pub key: TpmKey<'a>,
}

/// Parameters and value of the key inside a [`TpmtPublic`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TpmKey<'a> {
    /// `TPMS_RSA_PARMS` and the modulus.
    Rsa {
        /// Size of the modulus that the parameters declare.
        key_bits: u16,
        /// Public exponent as written; zero stands for [`RSA_DEFAULT_EXPONENT`].
        exponent: u32,
        /// Modulus; empty or zero in a template.
        modulus: Input<'a>,
    },
    /// `TPMS_ECC_PARMS` and the point.
    Ecc {
        /// The curve.
        curve: EccCurve,
        /// Key derivation scheme.
        kdf: Option<Scheme>,
        /// Affine x; leading zero bytes may be cut.
        x: Input<'a>,
        /// Affine y; leading zero bytes may be cut.
        y: Input<'a>,
    },
}

/// `TPMT_SYM_DEF_OBJECT` other than null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symmetric {
    /// The cipher.
    pub algorithm: TpmAlg,
    /// Size of its key.
    pub key_bits: u16,
    /// Its mode.
    pub mode: TpmAlg,
}

/// `TPMT_ASYM_SCHEME` or `TPMT_KDF_SCHEME` other than null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scheme {
    /// The scheme.
    pub algorithm: TpmAlg,
    /// Its hash algorithm; RSAES has none.
    pub hash: Option<TpmAlg>,
}

impl<'a> TpmtPublic<'a> {
    /// Reads a `TPM2B_PUBLIC` that is the whole input.
    ///
    /// # Errors
    /// See [`parse_tpmt_public`]; also a size word that does not fit the input.
    pub fn parse_tpm2b(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "TPM2B_PUBLIC", parse_tpm2b_public)
    }

    /// Reads a `TPMT_PUBLIC` that is the whole input.
    ///
    /// # Errors
    /// See [`parse_tpmt_public`].
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "TPMT_PUBLIC", parse_tpmt_public)
    }

    /// The key in the form that verification needs.
    ///
    /// # Errors
    /// A curve that the engine does not verify on, a coordinate too long for its curve, or a
    /// modulus that is not as long as the parameters declare (a template has none at all).
    pub fn to_public_key(&self) -> Result<PublicKey, ParseError> {
        match self.key {
            TpmKey::Rsa { key_bits, exponent, modulus } => {
                rsa_public_key(key_bits, exponent, modulus)
            }
            TpmKey::Ecc { curve, x, y, .. } => {
                let curve = match curve {
                    EccCurve::NIST_P256 => Curve::P256,
                    EccCurve::NIST_P384 => Curve::P384,
                    _ => {
                        let kind = ParseErrorKind::Unsupported(u64::from(curve.0));
                        return Err(self.bytes.error(kind, "curveID", self.bytes.len()));
                    }
                };
                Ok(PublicKey::Ecc { curve, x: padded(curve, x, "x")?, y: padded(curve, y, "y")? })
            }
        }
    }
}

fn rsa_public_key(
    key_bits: u16,
    exponent: u32,
    modulus: Input<'_>,
) -> Result<PublicKey, ParseError> {
    let bytes = trim_zeroes(modulus.bytes());
    if bytes.len().saturating_mul(8) != usize::from(key_bits) {
        let kind = ParseErrorKind::Invalid("modulus does not have the size of `keyBits`");
        return Err(modulus.error(kind, "unique", modulus.len()));
    }
    let exponent = if exponent == 0 { RSA_DEFAULT_EXPONENT } else { exponent };
    Ok(PublicKey::Rsa {
        modulus: bytes.to_vec(),
        exponent: trim_zeroes(&exponent.to_be_bytes()).to_vec(),
    })
}

fn trim_zeroes(bytes: &[u8]) -> &[u8] {
    let zeroes = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeroes..).unwrap_or_default()
}

/// A coordinate left-padded to the size of the curve's field.
fn padded(curve: Curve, value: Input<'_>, field: &'static str) -> Result<Vec<u8>, ParseError> {
    let size = curve.field_size_bytes();
    let Some(missing) = size.checked_sub(value.len()).filter(|_| !value.is_empty()) else {
        let kind = ParseErrorKind::Invalid("coordinate does not fit the curve");
        return Err(value.error(kind, field, value.len()));
    };
    let mut padded = vec![0; missing];
    padded.extend_from_slice(value.bytes());
    Ok(padded)
}

/// Reads a `TPM2B_PUBLIC`.
///
/// # Errors
/// See [`parse_tpmt_public`]; also bytes between the structure's end and the size word's.
pub fn parse_tpm2b_public(input: Input<'_>) -> Parsed<'_, TpmtPublic<'_>> {
    let (rest, area) = sized("TPM2B_PUBLIC")(input)?;
    let public = complete(area, "TPM2B_PUBLIC", parse_tpmt_public).map_err(nom::Err::Error)?;
    Ok((rest, public))
}

/// Reads a `TPMT_PUBLIC`.
///
/// # Errors
/// An object that is no asymmetric key, a cipher or scheme whose parameters are unknown (what
/// follows could not be found), or the end of the input.
pub fn parse_tpmt_public(input: Input<'_>) -> Parsed<'_, TpmtPublic<'_>> {
    let (rest, object_type) = be_u16("type")(input)?;
    let object_type = TpmAlg(object_type);
    if !matches!(object_type, TpmAlg::RSA | TpmAlg::ECC) {
        return input.fail(ParseErrorKind::Unsupported(u64::from(object_type.0)), "type", 2);
    }
    let (rest, name_alg) = be_u16("nameAlg")(rest)?;
    let attributes_at = rest;
    let (rest, attributes) = be_u32("objectAttributes")(rest)?;
    let attributes_span = rest.span_since(attributes_at);
    let (rest, auth_policy) = sized("authPolicy")(rest)?;
    let (rest, symmetric) = symmetric(rest)?;
    let (rest, scheme) = scheme(rest)?;
    let (rest, key) = match object_type {
        TpmAlg::RSA => rsa_key(rest)?,
        _ => ecc_key(rest)?,
    };
    let size = rest.span_since(input).size;
    let bytes = Input::at(input.bytes().get(..size).unwrap_or_default(), input.offset());
    let public = TpmtPublic {
        bytes,
        name_alg: TpmAlg(name_alg),
        attributes: ObjectAttributes(attributes),
        attributes_span,
        auth_policy,
        symmetric,
        scheme,
        key,
    };
    Ok((rest, public))
}

fn rsa_key(input: Input<'_>) -> Parsed<'_, TpmKey<'_>> {
    let (input, key_bits) = be_u16("keyBits")(input)?;
    let (input, exponent) = be_u32("exponent")(input)?;
    let (input, modulus) = sized("unique")(input)?;
    Ok((input, TpmKey::Rsa { key_bits, exponent, modulus }))
}

fn ecc_key(input: Input<'_>) -> Parsed<'_, TpmKey<'_>> {
    let (input, curve) = be_u16("curveID")(input)?;
    let (input, kdf) = kdf(input)?;
    let (input, x) = sized("x")(input)?;
    let (input, y) = sized("y")(input)?;
    Ok((input, TpmKey::Ecc { curve: EccCurve(curve), kdf, x, y }))
}

fn symmetric(input: Input<'_>) -> Parsed<'_, Option<Symmetric>> {
    let (rest, algorithm) = be_u16("symmetric")(input)?;
    match TpmAlg(algorithm) {
        TpmAlg::NULL => Ok((rest, None)),
        algorithm @ (TpmAlg::AES | TpmAlg::SM4 | TpmAlg::CAMELLIA) => {
            let (rest, key_bits) = be_u16("keyBits")(rest)?;
            let (rest, mode) = be_u16("mode")(rest)?;
            Ok((rest, Some(Symmetric { algorithm, key_bits, mode: TpmAlg(mode) })))
        }
        other => input.fail(ParseErrorKind::Unsupported(u64::from(other.0)), "symmetric", 2),
    }
}

fn scheme(input: Input<'_>) -> Parsed<'_, Option<Scheme>> {
    let (rest, algorithm) = be_u16("scheme")(input)?;
    match TpmAlg(algorithm) {
        TpmAlg::NULL => Ok((rest, None)),
        algorithm @ TpmAlg::RSAES => Ok((rest, Some(Scheme { algorithm, hash: None }))),
        algorithm @ (TpmAlg::RSASSA
        | TpmAlg::RSAPSS
        | TpmAlg::OAEP
        | TpmAlg::ECDSA
        | TpmAlg::ECDH
        | TpmAlg::SM2
        | TpmAlg::ECSCHNORR) => {
            let (rest, hash) = be_u16("hashAlg")(rest)?;
            Ok((rest, Some(Scheme { algorithm, hash: Some(TpmAlg(hash)) })))
        }
        other => input.fail(ParseErrorKind::Unsupported(u64::from(other.0)), "scheme", 2),
    }
}

/// Every key derivation scheme has the same parameter, a hash algorithm.
fn kdf(input: Input<'_>) -> Parsed<'_, Option<Scheme>> {
    let (rest, algorithm) = be_u16("kdf")(input)?;
    if TpmAlg(algorithm) == TpmAlg::NULL {
        return Ok((rest, None));
    }
    let (rest, hash) = be_u16("hashAlg")(rest)?;
    Ok((rest, Some(Scheme { algorithm: TpmAlg(algorithm), hash: Some(TpmAlg(hash)) })))
}
