//! What a TPM signs about itself: `TPMS_ATTEST` (Structures, section 10.12.8).
//!
//! The magic word is part of the format: a restricted key signs foreign data only when it does
//! *not* begin with the magic, so a structure without it is no attestation even under a valid
//! signature (CVE-2024-29039). What parsing does not establish: that a TPM signed it, that it is
//! fresh, or that the registers of its selection have the values that anybody claims.

use super::pcr_selection::{PcrSelection, parse_pcr_selections};
use super::sized;
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, be_u16, be_u32, be_u64, byte, complete, take};
use crate::wire::TpmAlg;
use crate::wire::tpm::{AttestType, TPM_GENERATED};

/// `TPMS_ATTEST`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TpmsAttest<'a> {
    /// Exactly the structure: what the signature is over.
    pub bytes: Input<'a>,
    /// What is attested.
    pub attest_type: AttestType,
    /// Qualified name of the signing key. Depends on the key's place in the hierarchy.
    pub qualified_signer: Input<'a>,
    /// What the caller handed in: the nonce of a quote.
    pub extra_data: Input<'a>,
    /// The TPM's clock.
    pub clock: ClockInfo,
    /// Version of the TPM's firmware, vendor specific. Obfuscated, like the counters of
    /// [`ClockInfo`], when the signing key is neither in the endorsement nor in the platform
    /// hierarchy.
    pub firmware_version: u64,
    /// Where the firmware version stands.
    pub firmware_version_span: Span,
    /// The part that depends on the type.
    pub body: AttestBody<'a>,
}

/// `TPMS_CLOCK_INFO`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockInfo {
    /// Milliseconds that the TPM was powered since its owner was last cleared.
    pub clock_ms: u64,
    /// TPM resets since then.
    pub reset_count: u32,
    /// Restarts and resumes since the last reset.
    pub restart_count: u32,
    /// False after a power cut, until the clock is known to have passed every value that the
    /// TPM ever reported.
    pub safe: bool,
    /// Where the four fields stand.
    pub span: Span,
}

/// `TPMU_ATTEST`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AttestBody<'a> {
    /// `TPMS_QUOTE_INFO`.
    Quote(QuoteInfo<'a>),
    /// `TPMS_CERTIFY_INFO`: an object is in the same TPM as the signing key.
    Certify {
        /// Name of the object.
        name: Input<'a>,
        /// Its qualified name.
        qualified_name: Input<'a>,
    },
    /// `TPMS_CREATION_INFO`: the TPM made an object.
    Creation {
        /// Name of the object.
        object_name: Input<'a>,
        /// Digest of its creation data.
        creation_hash: Input<'a>,
    },
    /// `TPMS_NV_CERTIFY_INFO`: content of an NV index.
    Nv {
        /// Name of the index.
        index_name: Input<'a>,
        /// Where in the index the content begins.
        offset: u16,
        /// The content.
        contents: Input<'a>,
    },
    /// `TPMS_NV_DIGEST_CERTIFY_INFO`: digest of an NV index.
    NvDigest {
        /// Name of the index.
        index_name: Input<'a>,
        /// Digest of its content.
        nv_digest: Input<'a>,
    },
    /// `TPMS_TIME_ATTEST_INFO`.
    Time {
        /// Milliseconds since the TPM was powered.
        time_ms: u64,
        /// The clock, never obfuscated here.
        clock: ClockInfo,
        /// The firmware version, never obfuscated here.
        firmware_version: u64,
    },
    /// `TPMS_SESSION_AUDIT_INFO`.
    SessionAudit {
        /// The session was exclusive.
        exclusive: bool,
        /// Its digest.
        session_digest: Input<'a>,
    },
    /// `TPMS_COMMAND_AUDIT_INFO`.
    CommandAudit {
        /// Audit counter.
        audit_counter: u64,
        /// Hash algorithm of both digests.
        digest_alg: TpmAlg,
        /// Digest of the audit log.
        audit_digest: Input<'a>,
        /// Digest of the audited command codes.
        command_digest: Input<'a>,
    },
    /// A type without a layout in the specification's revision.
    Unknown(Input<'a>),
}

/// `TPMS_QUOTE_INFO`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuoteInfo<'a> {
    /// The registers that were quoted.
    pub selections: Vec<PcrSelection>,
    /// Where the selections stand.
    pub selections_span: Span,
    /// Digest over their values, concatenated in the order of the selections, ascending within
    /// each. Its algorithm is the hash of the *signing scheme*, not of a bank.
    pub pcr_digest: Input<'a>,
}

impl<'a> TpmsAttest<'a> {
    /// Reads a `TPMS_ATTEST` that is the whole input.
    ///
    /// # Errors
    /// A magic word that is not the TPM's, a body that does not fit the type, bytes behind the
    /// structure, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "TPMS_ATTEST", parse_attest)
    }

    /// The quote, or `None` when this attests something else.
    #[must_use]
    pub const fn quote(&self) -> Option<&QuoteInfo<'a>> {
        match &self.body {
            AttestBody::Quote(quote) => Some(quote),
            _ => None,
        }
    }
}

fn parse_attest(input: Input<'_>) -> Parsed<'_, TpmsAttest<'_>> {
    let (rest, magic) = be_u32("magic")(input)?;
    if magic != TPM_GENERATED {
        let (found, expected) = (u64::from(magic), u64::from(TPM_GENERATED));
        return input.fail(ParseErrorKind::Unexpected { found, expected }, "magic", 4);
    }
    let (rest, attest_type) = be_u16("type")(rest)?;
    let (rest, qualified_signer) = sized("qualifiedSigner")(rest)?;
    let (rest, extra_data) = sized("extraData")(rest)?;
    let (rest, clock) = clock_info(rest)?;
    let firmware_at = rest;
    let (rest, firmware_version) = be_u64("firmwareVersion")(rest)?;
    let firmware_version_span = rest.span_since(firmware_at);
    let (rest, body) = body(AttestType(attest_type), rest)?;
    let size = rest.span_since(input).size;
    let attest = TpmsAttest {
        bytes: Input::at(input.bytes().get(..size).unwrap_or_default(), input.offset()),
        attest_type: AttestType(attest_type),
        qualified_signer,
        extra_data,
        clock,
        firmware_version,
        firmware_version_span,
        body,
    };
    Ok((rest, attest))
}

fn clock_info(input: Input<'_>) -> Parsed<'_, ClockInfo> {
    let (rest, clock_ms) = be_u64("clock")(input)?;
    let (rest, reset_count) = be_u32("resetCount")(rest)?;
    let (rest, restart_count) = be_u32("restartCount")(rest)?;
    let (rest, safe) = yes_no("safe")(rest)?;
    let span = rest.span_since(input);
    Ok((rest, ClockInfo { clock_ms, reset_count, restart_count, safe, span }))
}

/// `TPMI_YES_NO`: the TPM writes no other value than 0 and 1.
fn yes_no<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, bool> {
    move |input| {
        let (rest, value) = byte(field)(input)?;
        match value {
            0 => Ok((rest, false)),
            1 => Ok((rest, true)),
            _ => input.fail(ParseErrorKind::Invalid("is neither 0 nor 1"), field, 1),
        }
    }
}

fn body(attest_type: AttestType, input: Input<'_>) -> Parsed<'_, AttestBody<'_>> {
    match attest_type {
        AttestType::QUOTE => quote(input),
        AttestType::CERTIFY => {
            let (input, name) = sized("name")(input)?;
            let (input, qualified_name) = sized("qualifiedName")(input)?;
            Ok((input, AttestBody::Certify { name, qualified_name }))
        }
        AttestType::CREATION => {
            let (input, object_name) = sized("objectName")(input)?;
            let (input, creation_hash) = sized("creationHash")(input)?;
            Ok((input, AttestBody::Creation { object_name, creation_hash }))
        }
        AttestType::NV => {
            let (input, index_name) = sized("indexName")(input)?;
            let (input, offset) = be_u16("offset")(input)?;
            let (input, contents) = sized("nvContents")(input)?;
            Ok((input, AttestBody::Nv { index_name, offset, contents }))
        }
        AttestType::NV_DIGEST => {
            let (input, index_name) = sized("indexName")(input)?;
            let (input, nv_digest) = sized("nvDigest")(input)?;
            Ok((input, AttestBody::NvDigest { index_name, nv_digest }))
        }
        AttestType::TIME => {
            let (input, time_ms) = be_u64("time")(input)?;
            let (input, clock) = clock_info(input)?;
            let (input, firmware_version) = be_u64("firmwareVersion")(input)?;
            Ok((input, AttestBody::Time { time_ms, clock, firmware_version }))
        }
        AttestType::SESSION_AUDIT => {
            let (input, exclusive) = yes_no("exclusiveSession")(input)?;
            let (input, session_digest) = sized("sessionDigest")(input)?;
            Ok((input, AttestBody::SessionAudit { exclusive, session_digest }))
        }
        AttestType::COMMAND_AUDIT => command_audit(input),
        _ => {
            let (input, body) = take("attested", input.len())(input)?;
            Ok((input, AttestBody::Unknown(body)))
        }
    }
}

fn quote(input: Input<'_>) -> Parsed<'_, AttestBody<'_>> {
    let (rest, selections) = parse_pcr_selections(input)?;
    let selections_span = rest.span_since(input);
    let (rest, pcr_digest) = sized("pcrDigest")(rest)?;
    Ok((rest, AttestBody::Quote(QuoteInfo { selections, selections_span, pcr_digest })))
}

fn command_audit(input: Input<'_>) -> Parsed<'_, AttestBody<'_>> {
    let (input, audit_counter) = be_u64("auditCounter")(input)?;
    let (input, digest_alg) = be_u16("digestAlg")(input)?;
    let (input, audit_digest) = sized("auditDigest")(input)?;
    let (input, command_digest) = sized("commandDigest")(input)?;
    let digest_alg = TpmAlg(digest_alg);
    Ok((
        input,
        AttestBody::CommandAudit { audit_counter, digest_alg, audit_digest, command_digest },
    ))
}
