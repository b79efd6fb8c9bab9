//! The Spec ID event, which opens a log and declares its banks.
//!
//! Specification: Platform Firmware Profile 1.06, section 10.4.5 (`TCG_EfiSpecIDEvent`, signature
//! `Spec ID Event03`). The older forms `02` (EFI Platform 1.22) and `00` (conventional BIOS 1.21)
//! have no algorithm list and open logs of the SHA-1 layout.

use portcullis_wire::TpmAlg;
use portcullis_wire::event::no_action;

use super::{Bank, Input};
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Parsed, array, byte, complete, le_u16, le_u32, take};
use crate::limits::EVENT_LOG_BANKS_MAX;

/// The Spec ID event. Nothing covers it: a register never sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpecId<'a> {
    /// 0 for a client, 1 for a server.
    pub platform_class: u32,
    /// Version of the specification, minor part.
    pub version_minor: u8,
    /// Version of the specification, major part.
    pub version_major: u8,
    /// Errata level of the specification.
    pub errata: u8,
    /// Size of the firmware's `UINTN`: 1 for 32 bits, 2 for 64.
    pub uintn_size: u8,
    /// Bytes of the firmware vendor, without a meaning.
    pub vendor_info: &'a [u8],
    /// The whole event data.
    pub span: Span,
    banks: Option<Vec<Bank>>,
}

impl SpecId<'_> {
    /// The declared banks; `None` for the forms that have no list, which belong to SHA-1 logs.
    #[must_use]
    pub fn banks(&self) -> Option<&[Bank]> {
        self.banks.as_deref()
    }
}

/// Reads the data of a log's first `EV_NO_ACTION` record.
///
/// `None`: not a Spec ID event (too short, another signature), or an older form that is damaged,
/// which costs nothing because the SHA-1 layout does not depend on it.
///
/// # Errors
/// A form that declares banks is damaged, or its revision is unknown: the layout of the records
/// behind it cannot be known.
pub(in crate::formats) fn parse(input: Input<'_>) -> Result<Option<SpecId<'_>>, ParseError> {
    let Some(signature) = input.bytes().first_chunk::<16>() else {
        return Ok(None);
    };
    match signature {
        no_action::SPEC_ID_03 => complete(input, "vendorInfo", crypto_agile).map(Some),
        no_action::SPEC_ID_02 | no_action::SPEC_ID_00 => {
            Ok(complete(input, "vendorInfo", without_banks).ok())
        }
        unknown if unknown.starts_with(b"Spec ID Event") => {
            let kind = ParseErrorKind::Invalid("is of an unknown revision");
            Err(input.error(kind, "signature", signature.len()))
        }
        _ => Ok(None),
    }
}

fn crypto_agile(input: Input<'_>) -> Parsed<'_, SpecId<'_>> {
    let (rest, mut spec_id) = fixed_part(input)?;
    let (rest, banks) = algorithms(rest)?;
    let (rest, vendor_info) = vendor_info(rest)?;
    spec_id.banks = Some(banks);
    spec_id.vendor_info = vendor_info;
    Ok((rest, spec_id))
}

fn without_banks(input: Input<'_>) -> Parsed<'_, SpecId<'_>> {
    let (rest, mut spec_id) = fixed_part(input)?;
    let (rest, vendor_info) = vendor_info(rest)?;
    spec_id.vendor_info = vendor_info;
    Ok((rest, spec_id))
}

fn fixed_part(input: Input<'_>) -> Parsed<'_, SpecId<'_>> {
    let (rest, _) = take("signature", 16)(input)?;
    let (rest, platform_class) = le_u32("platformClass")(rest)?;
    let (rest, version) = array::<4>("specVersion")(rest)?;
    let [version_minor, version_major, errata, uintn_size] = version;
    let spec_id = SpecId {
        platform_class,
        version_minor,
        version_major,
        errata,
        uintn_size,
        vendor_info: &[],
        span: input.span(),
        banks: None,
    };
    Ok((rest, spec_id))
}

fn algorithms(input: Input<'_>) -> Parsed<'_, Vec<Bank>> {
    let (mut rest, count) = le_u32("numberOfAlgorithms")(input)?;
    if count == 0 {
        return input.fail(ParseErrorKind::Invalid("is zero"), "numberOfAlgorithms", 4);
    }
    if u64::from(count) > EVENT_LOG_BANKS_MAX as u64 {
        let (found, limit) = (u64::from(count), EVENT_LOG_BANKS_MAX as u64);
        return input.fail(ParseErrorKind::OverLimit { found, limit }, "numberOfAlgorithms", 4);
    }
    let mut banks: Vec<Bank> = Vec::new();
    for _ in 0..count {
        let (after, bank) = algorithm(rest)?;
        if banks.iter().any(|known| known.alg == bank.alg) {
            return rest.fail(ParseErrorKind::Invalid("is declared twice"), "algorithmId", 2);
        }
        banks.push(bank);
        rest = after;
    }
    Ok((rest, banks))
}

/// One entry of the list. The size of a known algorithm is known; another size would shift every
/// record behind it. Of an unknown algorithm the declared size is all there is.
fn algorithm(input: Input<'_>) -> Parsed<'_, Bank> {
    let (at_size, alg) = le_u16("algorithmId")(input)?;
    let (rest, size) = le_u16("digestSize")(at_size)?;
    let bank = Bank { alg: TpmAlg(alg), digest_size_bytes: usize::from(size) };
    match bank.alg.digest_size_bytes() {
        Some(known) if known != bank.digest_size_bytes => {
            let kind = ParseErrorKind::Unexpected { found: size.into(), expected: known as u64 };
            at_size.fail(kind, "digestSize", 2)
        }
        None if size == 0 => at_size.fail(ParseErrorKind::Invalid("is zero"), "digestSize", 2),
        _ => Ok((rest, bank)),
    }
}

fn vendor_info(input: Input<'_>) -> Parsed<'_, &[u8]> {
    let (rest, size) = byte("vendorInfoSize")(input)?;
    let (rest, info) = take("vendorInfo", usize::from(size))(rest)?;
    Ok((rest, info.bytes()))
}
