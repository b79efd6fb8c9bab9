//! The two record layouts, `TCG_PCClientPCREvent` and `TCG_PCR_EVENT2`: Platform Firmware Profile
//! section 10.2.

use portcullis_wire::{EventType, TpmAlg, event};

use super::{Bank, Event, EventDigest, Input};
use crate::formats::error::ParseErrorKind;
use crate::formats::input::{Parsed, le_u16, le_u32, take};

/// Size in bytes of the digest in a record of the SHA-1 layout.
pub(super) const SHA1_SIZE: usize = 20;

/// Reads a record of the SHA-1 layout.
pub(super) fn sha1(input: Input<'_>, index: usize) -> Parsed<'_, Event<'_>> {
    let (rest, (pcr, untrusted_type)) = header(input)?;
    let (rest, value) = take("digest", SHA1_SIZE)(rest)?;
    let digest = EventDigest { alg: TpmAlg::SHA1, value: value.bytes(), span: value.span() };
    let (rest, data) = data(rest)?;
    let event = Event {
        index,
        pcr,
        untrusted_type,
        digests: vec![digest],
        data: data.bytes(),
        span: rest.span_since(input),
        data_span: data.span(),
    };
    Ok((rest, event))
}

/// Reads a record of the crypto-agile layout, whose digests must belong to `banks`.
pub(super) fn crypto_agile<'a>(
    input: Input<'a>,
    index: usize,
    banks: &[Bank],
) -> Parsed<'a, Event<'a>> {
    let (rest, (pcr, untrusted_type)) = header(input)?;
    let (rest, digests) = digests(rest, banks)?;
    let (rest, data) = data(rest)?;
    let event = Event {
        index,
        pcr,
        untrusted_type,
        digests,
        data: data.bytes(),
        span: rest.span_since(input),
        data_span: data.span(),
    };
    Ok((rest, event))
}

/// Register and type. The register must exist, or be "none" in a record without action.
fn header(input: Input<'_>) -> Parsed<'_, (u32, EventType)> {
    let (rest, pcr) = le_u32("pcrIndex")(input)?;
    let (rest, untrusted_type) = le_u32("eventType")(rest)?;
    let untrusted_type = EventType(untrusted_type);
    if pcr == event::PCR_NONE && untrusted_type != EventType::NO_ACTION {
        let kind = ParseErrorKind::Invalid("names no register, in a record that is extended");
        return input.fail(kind, "pcrIndex", 4);
    }
    let last = (event::PCR_COUNT as u64).saturating_sub(1);
    if pcr != event::PCR_NONE && u64::from(pcr) > last {
        let kind = ParseErrorKind::OverLimit { found: u64::from(pcr), limit: last };
        return input.fail(kind, "pcrIndex", 4);
    }
    Ok((rest, (pcr, untrusted_type)))
}

/// `TPML_DIGEST_VALUES`: at least one digest, each of a declared bank, none twice.
fn digests<'a>(input: Input<'a>, banks: &[Bank]) -> Parsed<'a, Vec<EventDigest<'a>>> {
    let (mut rest, count) = le_u32("digests.count")(input)?;
    if count == 0 {
        return input.fail(ParseErrorKind::Invalid("is zero"), "digests.count", 4);
    }
    if u64::from(count) > banks.len() as u64 {
        let kind = ParseErrorKind::OverLimit { found: u64::from(count), limit: banks.len() as u64 };
        return input.fail(kind, "digests.count", 4);
    }
    let mut digests: Vec<EventDigest<'a>> = Vec::with_capacity(banks.len());
    for _ in 0..count {
        let start = rest;
        let (after, alg) = le_u16("hashAlg")(rest)?;
        let alg = TpmAlg(alg);
        let Some(bank) = banks.iter().find(|bank| bank.alg == alg) else {
            let kind = ParseErrorKind::Invalid("is not a bank of the Spec ID event");
            return start.fail(kind, "hashAlg", 2);
        };
        if digests.iter().any(|digest| digest.alg == alg) {
            let kind = ParseErrorKind::Invalid("occurs twice in one record");
            return start.fail(kind, "hashAlg", 2);
        }
        let (after, value) = take("digest", bank.digest_size_bytes)(after)?;
        digests.push(EventDigest { alg, value: value.bytes(), span: value.span() });
        rest = after;
    }
    Ok((rest, digests))
}

/// Size and data. A size that reaches past the end is the size field's fault.
fn data(input: Input<'_>) -> Parsed<'_, Input<'_>> {
    let (rest, size) = le_u32("eventSize")(input)?;
    match usize::try_from(size) {
        Ok(size) if size <= rest.len() => take("event", size)(rest),
        _ => {
            let kind = ParseErrorKind::Truncated { needed: size.into(), left: rest.len() as u64 };
            input.fail(kind, "eventSize", 4)
        }
    }
}
