//! `PADS`, `PAD2`: register values, quote, signature and log of a platform; `KADS`, `KAST`: what
//! a platform says about a key.
//!
//! Of a TPM 2.0 the quote and the key's attestation are a `TPMS_ATTEST`, and the signature over
//! it is one bare integer (RSASSA), not a `TPMT_SIGNATURE`. Only the signed structure is ever
//! evidence; the register values beside it are claimed until its digest was recomputed over them.

use super::{constant, magic, platform};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, complete, le_u32, take};
use crate::formats::tpm::{PcrSet, PcrValues};
use crate::wire::TpmAlg;
use crate::wire::tpm::pcp::{PcpMagic, PcpPlatform};

/// `PCP_PLATFORM_ATTESTATION_BLOB`, in either version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlatformAttestation<'a> {
    /// The kind of TPM.
    pub platform: PcpPlatform,
    /// The bank of the registers; the first version knows SHA-1 only.
    pub bank: TpmAlg,
    /// All 24 registers.
    pub pcr_values: PcrValues<'a>,
    /// `TPMS_ATTEST` of a TPM 2.0, `TPM_QUOTE_INFO` of a TPM 1.2; empty in an attestation that
    /// nobody signed.
    pub quote: Input<'a>,
    /// Signature over the quote; empty as above.
    pub signature: Input<'a>,
    /// The event log.
    pub log: Input<'a>,
}

impl<'a> PlatformAttestation<'a> {
    /// Reads an attestation that is the whole input.
    ///
    /// # Errors
    /// Another magic, platform or header size, a bank of unknown digest size, register values
    /// that are not 24 digests, bytes behind the log, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "PCP_PLATFORM_ATTESTATION_BLOB", parse_platform_attestation)
    }
}

fn parse_platform_attestation(input: Input<'_>) -> Parsed<'_, PlatformAttestation<'_>> {
    let (rest, found) = le_u32("Magic")(input)?;
    let (banked, header_size) = match PcpMagic(found) {
        PcpMagic::PLATFORM_ATTESTATION => (false, 28),
        PcpMagic::PLATFORM_ATTESTATION_2 => (true, 32),
        _ => {
            let expected = u64::from(PcpMagic::PLATFORM_ATTESTATION_2.0);
            let kind = ParseErrorKind::Unexpected { found: u64::from(found), expected };
            return input.fail(kind, "Magic", 4);
        }
    };
    let (rest, platform) = platform("Platform")(rest)?;
    let (rest, ()) = constant("HeaderSize", header_size)(rest)?;
    let (rest, values_size) = le_u32("cbPcrValues")(rest)?;
    let (rest, quote_size) = le_u32("cbQuote")(rest)?;
    let (rest, signature_size) = le_u32("cbSignature")(rest)?;
    let (rest, log_size) = le_u32("cbLog")(rest)?;
    let (rest, bank) = if banked { bank(rest)? } else { (rest, TpmAlg::SHA1) };
    let (rest, values) = take("PcrValues", values_size as usize)(rest)?;
    let pcr_values =
        PcrValues::parse_concatenated(values, bank, PcrSet::ALL).map_err(nom::Err::Error)?;
    let (rest, quote) = take("Quote", quote_size as usize)(rest)?;
    let (rest, signature) = take("Signature", signature_size as usize)(rest)?;
    let (rest, log) = take("Log", log_size as usize)(rest)?;
    Ok((rest, PlatformAttestation { platform, bank, pcr_values, quote, signature, log }))
}

/// An algorithm in a 32-bit word.
fn bank(input: Input<'_>) -> Parsed<'_, TpmAlg> {
    let (rest, value) = le_u32("PcrAlgorithmId")(input)?;
    match u16::try_from(value) {
        Ok(alg) => Ok((rest, TpmAlg(alg))),
        Err(_) => input.fail(ParseErrorKind::Unsupported(u64::from(value)), "PcrAlgorithmId", 4),
    }
}

/// `PCP_KEY_ATTESTATION_BLOB`: a key is in the same TPM as the one that signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyAttestation<'a> {
    /// The kind of TPM.
    pub platform: PcpPlatform,
    /// `TPMS_ATTEST` of a TPM 2.0 (a certification), `TPM_CERTIFY_INFO` of a TPM 1.2.
    pub attest: Input<'a>,
    /// Signature over it.
    pub signature: Input<'a>,
    /// The key: a key file, see [`super::PcpKeyFile`].
    pub key_blob: Input<'a>,
}

impl<'a> KeyAttestation<'a> {
    /// Reads a key attestation that is the whole input.
    ///
    /// # Errors
    /// Another magic, platform or header size, bytes behind the key, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "PCP_KEY_ATTESTATION_BLOB", parse_key_attestation)
    }
}

fn parse_key_attestation(input: Input<'_>) -> Parsed<'_, KeyAttestation<'_>> {
    let (rest, ()) = magic(PcpMagic::KEY_ATTESTATION)(input)?;
    let (rest, platform) = platform("Platform")(rest)?;
    let (rest, ()) = constant("HeaderSize", 24)(rest)?;
    let (rest, attest_size) = le_u32("cbKeyAttest")(rest)?;
    let (rest, signature_size) = le_u32("cbSignature")(rest)?;
    let (rest, key_size) = le_u32("cbKeyBlob")(rest)?;
    let (rest, attest) = take("KeyAttest", attest_size as usize)(rest)?;
    let (rest, signature) = take("Signature", signature_size as usize)(rest)?;
    let (rest, key_blob) = take("KeyBlob", key_size as usize)(rest)?;
    Ok((rest, KeyAttestation { platform, attest, signature, key_blob }))
}

/// `KeyAttestationStatement`: the attestation of a key together with that of the attesting key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyAttestationStatement<'a> {
    /// The kind of TPM.
    pub platform: PcpPlatform,
    /// How the attesting key came into being, see [`super::IdBinding`]; may be empty.
    pub id_binding: Input<'a>,
    /// What it says about the key, see [`KeyAttestation`].
    pub key_attestation: Input<'a>,
    /// The attesting key: a key file, see [`super::PcpKeyFile`]; may be empty.
    pub aik: Input<'a>,
}

impl<'a> KeyAttestationStatement<'a> {
    /// Reads a statement that is the whole input.
    ///
    /// # Errors
    /// Another magic, version, platform or header size, bytes behind the attesting key, or the
    /// end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "KeyAttestationStatement", parse_statement)
    }
}

fn parse_statement(input: Input<'_>) -> Parsed<'_, KeyAttestationStatement<'_>> {
    let (rest, ()) = magic(PcpMagic::KEY_ATTESTATION_STATEMENT)(input)?;
    let (rest, ()) = constant("Version", 1)(rest)?;
    let (rest, platform) = platform("Platform")(rest)?;
    let (rest, ()) = constant("HeaderSize", 28)(rest)?;
    let (rest, binding_size) = le_u32("cbIdBinding")(rest)?;
    let (rest, attestation_size) = le_u32("cbKeyAttestation")(rest)?;
    let (rest, aik_size) = le_u32("cbAIKOpaque")(rest)?;
    let (rest, id_binding) = take("IdBinding", binding_size as usize)(rest)?;
    let (rest, key_attestation) = take("KeyAttestation", attestation_size as usize)(rest)?;
    let (rest, aik) = take("AIKOpaque", aik_size as usize)(rest)?;
    Ok((rest, KeyAttestationStatement { platform, id_binding, key_attestation, aik }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    fn blob(magic: &[u8; 4], words: &[u32], parts: &[u8]) -> Vec<u8> {
        let words = words.iter().flat_map(|word| word.to_le_bytes());
        magic.iter().copied().chain(words).chain(parts.iter().copied()).collect()
    }

    /// An attestation of the second version: SHA-256, a quote of three bytes, a signature of
    /// two, a log of one.
    fn pad2(values_size: u32, alg: u32) -> Vec<u8> {
        let mut parts = vec![0; values_size as usize];
        parts.extend([1, 1, 1, 2, 2, 3]);
        blob(b"PAD2", &[2, 32, values_size, 3, 2, 1, alg], &parts)
    }

    fn refused(bytes: &[u8]) -> String {
        PlatformAttestation::parse(Input::new(bytes)).unwrap_err().to_string()
    }

    #[test]
    fn a_platform_attestation_names_its_bank_or_means_sha1() {
        let bytes = pad2(768, 0x0b);
        let attestation = PlatformAttestation::parse(Input::new(&bytes)).unwrap();
        assert_eq!(
            (attestation.platform, attestation.bank),
            (PcpPlatform::TPM_2_0, TpmAlg::SHA256)
        );
        let last = attestation.pcr_values.value(TpmAlg::SHA256, 23).unwrap();
        assert_eq!(last.digest.span(), Span::new(32 + 23 * 32, 32));
        assert_eq!(attestation.quote.span(), Span::new(800, 3));
        assert_eq!(attestation.signature.bytes(), [2, 2]);
        assert_eq!(attestation.log.span(), Span::new(805, 1));

        let bytes = blob(b"PADS", &[1, 28, 480, 0, 0, 0], &[0; 480]);
        let attestation = PlatformAttestation::parse(Input::new(&bytes)).unwrap();
        assert_eq!(attestation.bank, TpmAlg::SHA1);
        assert!(attestation.quote.is_empty() && attestation.signature.is_empty());
    }

    #[test]
    fn an_attestation_whose_sizes_do_not_fit_is_refused_at_its_offset() {
        assert_eq!(refused(&pad2(767, 0x0b)), "`digest` at byte 768: needs 32 bytes, 31 are left");
        assert_eq!(refused(&pad2(769, 0x0b)), "`digest` at byte 800: 1 bytes follow the structure");
        assert_eq!(
            refused(&[pad2(768, 0x0b), vec![0]].concat()),
            "`PCP_PLATFORM_ATTESTATION_BLOB` at byte 806: 1 bytes follow the structure"
        );
        assert_eq!(
            refused(&pad2(768, 0x0b)[..805]),
            "`Log` at byte 805: needs 1 bytes, 0 are left"
        );
    }

    #[test]
    fn an_attestation_of_another_form_is_refused_at_its_offset() {
        let check = |offset: usize, byte, message: &str| {
            let mut bytes = pad2(768, 0x0b);
            bytes[offset] = byte;
            assert_eq!(refused(&bytes), message);
        };
        check(3, b'3', "`Magic` at byte 0: is 0x33444150, expected 0x32444150");
        check(4, 0, "`Platform` at byte 4: value 0x0 is not supported");
        check(8, 28, "`HeaderSize` at byte 8: is 0x1c, expected 0x20");
        check(28, 0x10, "`hash` at byte 32: value 0x10 is not supported");
        check(30, 1, "`PcrAlgorithmId` at byte 28: value 0x1000b is not supported");
    }

    #[test]
    fn a_key_attestation_is_three_parts_to_the_exact_end() {
        let bytes = blob(b"KADS", &[2, 24, 1, 2, 3], &[1, 2, 2, 3, 3, 3]);
        let attestation = KeyAttestation::parse(Input::new(&bytes)).unwrap();
        assert_eq!(attestation.attest.span(), Span::new(24, 1));
        assert_eq!(attestation.signature.bytes(), [2, 2]);
        assert_eq!(attestation.key_blob.span(), Span::new(27, 3));
        let refused = |words: &[u32]| {
            let bytes = blob(b"KADS", words, &[0; 6]);
            KeyAttestation::parse(Input::new(&bytes)).unwrap_err().to_string()
        };
        assert_eq!(refused(&[2, 24, 1, 2, 4]), "`KeyBlob` at byte 27: needs 4 bytes, 3 are left");
        assert_eq!(
            refused(&[2, 24, 1, 2, 2]),
            "`PCP_KEY_ATTESTATION_BLOB` at byte 29: 1 bytes follow the structure"
        );
        assert_eq!(refused(&[2, 28, 1, 2, 3]), "`HeaderSize` at byte 8: is 0x1c, expected 0x18");
    }

    #[test]
    fn a_statement_is_binding_attestation_and_key() {
        let bytes = blob(b"KAST", &[1, 2, 28, 1, 2, 3], &[1, 2, 2, 3, 3, 3]);
        let statement = KeyAttestationStatement::parse(Input::new(&bytes)).unwrap();
        assert_eq!(statement.id_binding.span(), Span::new(28, 1));
        assert_eq!(statement.key_attestation.bytes(), [2, 2]);
        assert_eq!(statement.aik.span(), Span::new(31, 3));
        let refused = |words: &[u32]| {
            let bytes = blob(b"KAST", words, &[0; 6]);
            KeyAttestationStatement::parse(Input::new(&bytes)).unwrap_err().to_string()
        };
        assert_eq!(refused(&[2, 2, 28, 1, 2, 3]), "`Version` at byte 4: is 0x2, expected 0x1");
        assert_eq!(
            refused(&[1, 2, 28, 7, 0, 0]),
            "`IdBinding` at byte 28: needs 7 bytes, 6 are left"
        );
    }
}
