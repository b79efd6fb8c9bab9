//! Payload structures of `wbcl.h` with a fixed head: revocation lists, the Secure Boot
//! configuration policy, the keys of virtual secure mode, signatures of a kernel soft reboot.
//!
//! Packed, little-endian, each filling the data of its element. Field names in errors are those
//! of the header.

use core::fmt;
use core::time::Duration;

use der::DateTime;
use portcullis_wire::TpmAlg;
use portcullis_wire::sipa::{
    SBCP_INFO_FIXED_SIZE_BYTES, SBCP_INFO_VERSION, SbcpOptions, VSM_IDK_ALG_RSA,
};

use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, complete, le_u16, le_u32, le_u64, take};

/// `FILETIME` ticks in a second.
const FILETIME_TICKS_PER_S: u64 = 10_000_000;
/// Seconds from 1601-01-01, where `FILETIME` begins, to 1970-01-01.
const FILETIME_UNIX_EPOCH_S: u64 = 11_644_473_600;

/// `SIPAEVENT_REVOCATION_LIST_PAYLOAD`: `boot.stl`, or the list of the loader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RevocationList<'a> {
    /// When the list was made, in units of 100 ns since 1601 (`FILETIME`): `thisUpdate` of the
    /// certificate trust list.
    pub created_filetime: u64,
    /// Algorithm of the digest.
    pub hash_alg: TpmAlg,
    /// Digest of the certificate trust list, without the signature around it.
    pub digest: &'a [u8],
}

impl<'a> RevocationList<'a> {
    pub(super) fn parse(data: Input<'a>) -> Result<Self, ParseError> {
        complete(data, "SIPAEVENT_REVOCATION_LIST_PAYLOAD", |input| {
            let (rest, created_filetime) = le_u64("CreationTime")(input)?;
            let (at_alg, digest_size) = le_u32("DigestLength")(rest)?;
            let (at_digest, hash_alg) = le_u16("HashAlgID")(at_alg)?;
            let hash_alg = TpmAlg(hash_alg);
            let (rest, digest) = digest(hash_alg, digest_size)(at_digest)?;
            Ok((rest, Self { created_filetime, hash_alg, digest }))
        })
    }

    /// The time of creation, for display; `None` outside the years 1970 to 9999.
    #[must_use]
    pub fn created(&self) -> Option<impl fmt::Display + use<>> {
        DateTime::from_unix_duration(Duration::from_secs(self.created_unix_s()?)).ok()
    }

    /// The time of creation, in seconds since 1970-01-01T00:00:00Z; `None` before that.
    #[must_use]
    pub fn created_unix_s(&self) -> Option<u64> {
        (self.created_filetime / FILETIME_TICKS_PER_S).checked_sub(FILETIME_UNIX_EPOCH_S)
    }
}

/// `SIPAEVENT_SBCP_INFO_PAYLOAD_V1`: the Secure Boot configuration policy in force. Windows
/// writes it when Secure Boot is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SbcpInfo<'a> {
    /// Algorithm of the digest.
    pub hash_alg: TpmAlg,
    /// Option flags of the policy.
    pub options: SbcpOptions,
    /// Number of signers in the policy.
    pub signers_count: u32,
    /// Digest of the policy.
    pub digest: &'a [u8],
}

impl<'a> SbcpInfo<'a> {
    pub(super) fn parse(data: Input<'a>) -> Result<Self, ParseError> {
        complete(data, "SIPAEVENT_SBCP_INFO_PAYLOAD_V1", |input| {
            let (at_offset, version) = le_u32("PayloadVersion")(input)?;
            if version != SBCP_INFO_VERSION {
                return input.fail(
                    ParseErrorKind::Unsupported(version.into()),
                    "PayloadVersion",
                    4,
                );
            }
            let (rest, offset) = le_u32("VarDataOffset")(at_offset)?;
            expect(at_offset, "VarDataOffset", offset, SBCP_INFO_FIXED_SIZE_BYTES)?;
            let (rest, hash_alg) = le_u16("HashAlgID")(rest)?;
            let (rest, digest_size) = le_u16("DigestLength")(rest)?;
            let (rest, options) = le_u32("Options")(rest)?;
            let (at_digest, signers_count) = le_u32("SignersCount")(rest)?;
            let (hash_alg, options) = (TpmAlg(hash_alg), SbcpOptions(options));
            let (rest, digest) = digest(hash_alg, digest_size.into())(at_digest)?;
            Ok((rest, Self { hash_alg, options, signers_count, digest }))
        })
    }
}

/// `SIPAEVENT_VSM_IDK_INFO_PAYLOAD`: an RSA public key of virtual secure mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VsmIdk<'a> {
    /// Size of the modulus that the payload declares.
    pub key_bits: u32,
    /// Public exponent, big-endian.
    pub exponent: &'a [u8],
    /// Modulus, big-endian.
    pub modulus: &'a [u8],
}

impl<'a> VsmIdk<'a> {
    pub(super) fn parse(data: Input<'a>) -> Result<Self, ParseError> {
        complete(data, "SIPAEVENT_VSM_IDK_INFO_PAYLOAD", |input| {
            let (rest, alg) = le_u32("KeyAlgID")(input)?;
            if alg != VSM_IDK_ALG_RSA {
                return input.fail(ParseErrorKind::Unsupported(alg.into()), "KeyAlgID", 4);
            }
            let (at_exponent_size, key_bits) = le_u32("KeyBitLength")(rest)?;
            let (at_modulus_size, exponent_size) =
                le_u32("PublicExpLengthBytes")(at_exponent_size)?;
            let (at_exponent, modulus_size) = le_u32("ModulusSizeBytes")(at_modulus_size)?;
            expect(at_modulus_size, "ModulusSizeBytes", modulus_size, key_bits.div_ceil(8))?;
            if exponent_size == 0 || modulus_size == 0 {
                return input.fail(ParseErrorKind::Invalid("is empty"), "PublicKeyData", 0);
            }
            let (at_modulus, exponent) = take("PublicExponent", size(exponent_size))(at_exponent)?;
            let (rest, modulus) = take("Modulus", size(modulus_size))(at_modulus)?;
            Ok((rest, Self { key_bits, exponent: exponent.bytes(), modulus: modulus.bytes() }))
        })
    }
}

/// `SIPAEVENT_KSR_SIGNATURE_PAYLOAD`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KsrSignature<'a> {
    /// Algorithm of the signature; its numbers are not documented.
    pub alg: u32,
    /// The signature.
    pub signature: &'a [u8],
}

impl<'a> KsrSignature<'a> {
    pub(super) fn parse(data: Input<'a>) -> Result<Self, ParseError> {
        complete(data, "SIPAEVENT_KSR_SIGNATURE_PAYLOAD", |input| {
            let (rest, alg) = le_u32("SignAlgID")(input)?;
            let (rest, signature_size) = le_u32("SignatureLength")(rest)?;
            let (rest, signature) = take("Signature", size(signature_size))(rest)?;
            Ok((rest, Self { alg, signature: signature.bytes() }))
        })
    }
}

/// Reads a digest of a declared algorithm and size, which must agree when the algorithm is known.
pub(super) fn digest<'a>(
    alg: TpmAlg,
    size_bytes: u32,
) -> impl Fn(Input<'a>) -> Parsed<'a, &'a [u8]> {
    move |input| {
        let (rest, digest) = take("Digest", size(size_bytes))(input)?;
        match alg.digest_size_bytes() {
            Some(expected) if expected != digest.len() => {
                let (found, expected) = (digest.len() as u64, expected as u64);
                input.fail(
                    ParseErrorKind::Unexpected { found, expected },
                    "DigestLength",
                    digest.len(),
                )
            }
            None if digest.is_empty() => {
                input.fail(ParseErrorKind::Invalid("is empty"), "Digest", 0)
            }
            _ => Ok((rest, digest.bytes())),
        }
    }
}

fn expect(
    at: Input<'_>,
    field: &'static str,
    found: u32,
    expected: u32,
) -> Result<(), nom::Err<ParseError>> {
    if found == expected {
        return Ok(());
    }
    let kind = ParseErrorKind::Unexpected { found: found.into(), expected: expected.into() };
    Err(nom::Err::Error(at.error(kind, field, 4)))
}

/// A size from a payload as a number of bytes. No input reaches the saturated value.
pub(super) fn size(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
