//! Register values as tools hand them over: the struct dump of tpm2-tools (`tpm2_quote -o`,
//! keylime's `pcr_blob`) and bare concatenated digests (`tpm2_quote -F values`,
//! `tpm2_pcrread -F values`).
//!
//! Values are *claimed* until a quote's `pcrDigest` was recomputed over them. Even then a quote
//! does not bind the dump's every byte: padding, unused slots and bytes behind a digest are
//! listed in [`PcrValues::unbound`], so that nobody reads meaning into them.

use super::pcr_selection::{PcrSelection, PcrSet, bitmap_of};
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, byte, complete, le_u16, le_u32, take};
use crate::wire::TpmAlg;
use crate::wire::tpm::pcrs_file::{
    DIGEST_BUFFER_SIZE_BYTES, DIGEST_SLOTS, SELECT_SIZE_BYTES_MAX, SELECTION_SLOT_SIZE_BYTES,
    SELECTION_SLOTS,
};

/// The value of one register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PcrValue<'a> {
    /// The bank.
    pub bank: TpmAlg,
    /// The register.
    pub pcr: u32,
    /// Its value and where it stands.
    pub digest: Input<'a>,
}

/// Register values of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PcrValues<'a> {
    /// Which registers the file says that it holds.
    pub selections: Vec<PcrSelection>,
    /// The values, in the order of the selections, ascending within each: the order in which a
    /// quote hashes them.
    pub values: Vec<PcrValue<'a>>,
    /// Runs of bytes that neither select a register nor belong to a value.
    pub unbound: Vec<Span>,
}

impl<'a> PcrValues<'a> {
    /// Reads the struct dump of tpm2-tools: a `TPML_PCR_SELECTION` of 16 slots, a count, and as
    /// many `TPML_DIGEST` of 8 slots, little-endian, in the layout of tpm2-tss.
    ///
    /// # Errors
    /// Counts over the slots, a bank that is selected twice or has an unknown digest size, more
    /// or fewer digests than selected registers, a digest of the wrong size, bytes behind the
    /// dump, or the end of the input.
    pub fn parse_dump(input: Input<'a>) -> Result<Self, ParseError> {
        let mut unbound = Vec::new();
        let (rest, selections) = selections(input, &mut unbound)?;
        let digests = complete(rest, "TPML_DIGEST", |input| digests(input, &mut unbound))?;
        let values = assign(&selections, &digests, rest)?;
        Ok(Self { selections, values, unbound: merged(unbound) })
    }

    /// Reads concatenated digests of exactly the registers `pcrs` of one bank, ascending.
    ///
    /// # Errors
    /// A bank whose digest size is unknown, or an input of another size.
    pub fn parse_concatenated(
        input: Input<'a>,
        bank: TpmAlg,
        pcrs: PcrSet,
    ) -> Result<Self, ParseError> {
        let size = digest_size(bank, input)?;
        let mut rest = input;
        let mut values = Vec::new();
        for pcr in pcrs.iter() {
            let digest;
            (rest, digest) = take("digest", size)(rest)?;
            values.push(PcrValue { bank, pcr, digest });
        }
        complete(rest, "digest", |rest| Ok((rest, ())))?;
        let selections = vec![PcrSelection { bank, pcrs, span: Span::new(input.offset(), 0) }];
        Ok(Self { selections, values, unbound: Vec::new() })
    }

    /// The value of a register, or `None` when the file does not hold it.
    #[must_use]
    pub fn value(&self, bank: TpmAlg, pcr: u32) -> Option<&PcrValue<'a>> {
        self.values.iter().find(|value| value.bank == bank && value.pcr == pcr)
    }
}

fn digest_size(bank: TpmAlg, at: Input<'_>) -> Result<usize, ParseError> {
    let unsupported = ParseErrorKind::Unsupported(u64::from(bank.0));
    bank.digest_size_bytes().ok_or_else(|| at.error(unsupported, "hash", at.len()))
}

fn selections<'a>(input: Input<'a>, unbound: &mut Vec<Span>) -> Parsed<'a, Vec<PcrSelection>> {
    let (mut rest, count) = bounded(input, "count", SELECTION_SLOTS)?;
    let mut selections: Vec<PcrSelection> = Vec::new();
    for slot in 0..SELECTION_SLOTS {
        let at;
        (rest, at) = take("pcrSelections", SELECTION_SLOT_SIZE_BYTES)(rest)?;
        if slot >= count {
            unbound.push(at.span());
            continue;
        }
        let (_, selection) = selection(at, unbound)?;
        if selections.iter().any(|earlier| earlier.bank == selection.bank) {
            return at.fail(ParseErrorKind::Invalid("bank is selected twice"), "hash", 2);
        }
        selections.push(selection);
    }
    Ok((rest, selections))
}

fn selection<'a>(slot: Input<'a>, unbound: &mut Vec<Span>) -> Parsed<'a, PcrSelection> {
    let (rest, bank) = le_u16("hash")(slot)?;
    let (bitmap, size) = byte("sizeofSelect")(rest)?;
    if usize::from(size) > SELECT_SIZE_BYTES_MAX {
        let limit = SELECT_SIZE_BYTES_MAX as u64;
        let kind = ParseErrorKind::OverLimit { found: u64::from(size), limit };
        return rest.fail(kind, "sizeofSelect", 1);
    }
    // A bitmap that is shorter or longer by zero bytes selects the same registers.
    unbound.push(Span::new(rest.offset(), 1));
    let (rest, select) = take("pcrSelect", usize::from(size))(bitmap)?;
    // What is left of the slot: bitmap bytes behind `sizeofSelect`, and the compiler's padding.
    unbound.push(rest.span());
    let Some(pcrs) = bitmap_of(select.bytes()) else {
        let kind = ParseErrorKind::Invalid("names a register above 23");
        return select.fail(kind, "pcrSelect", select.len());
    };
    Ok((rest, PcrSelection { bank: TpmAlg(bank), pcrs, span: select.span() }))
}

fn digests<'a>(input: Input<'a>, unbound: &mut Vec<Span>) -> Parsed<'a, Vec<Input<'a>>> {
    let (mut rest, lists) = le_u32("count")(input)?;
    let mut digests = Vec::new();
    for _ in 0..lists {
        let count;
        (rest, count) = bounded(rest, "count", DIGEST_SLOTS)?;
        for slot in 0..DIGEST_SLOTS {
            let at = rest;
            let (size, buffer);
            (rest, size) = le_u16("size")(rest)?;
            (rest, buffer) = take("buffer", DIGEST_BUFFER_SIZE_BYTES)(rest)?;
            if slot >= count {
                unbound.push(rest.span_since(at));
                continue;
            }
            let (padding, digest) = take("buffer", usize::from(size))(buffer)?;
            unbound.push(padding.span());
            digests.push(digest);
        }
    }
    Ok((rest, digests))
}

/// Reads a 32-bit count of slots.
fn bounded<'a>(
    input: Input<'a>,
    field: &'static str,
    slots: usize,
) -> Result<(Input<'a>, usize), nom::Err<ParseError>> {
    let (rest, count) = le_u32(field)(input)?;
    if count as usize > slots {
        let kind = ParseErrorKind::OverLimit { found: u64::from(count), limit: slots as u64 };
        return input.fail(kind, field, 4).map(|(rest, ())| (rest, 0));
    }
    Ok((rest, count as usize))
}

/// Gives each digest to its register.
fn assign<'a>(
    selections: &[PcrSelection],
    digests: &[Input<'a>],
    at: Input<'a>,
) -> Result<Vec<PcrValue<'a>>, ParseError> {
    let registers = selections
        .iter()
        .flat_map(|selection| selection.pcrs.iter().map(|pcr| (selection.bank, pcr)));
    let selected: usize = selections.iter().map(|selection| selection.pcrs.len()).sum();
    if selected != digests.len() {
        let (found, expected) = (digests.len() as u64, selected as u64);
        let kind = ParseErrorKind::Unexpected { found, expected };
        return Err(at.error(kind, "digests", at.len()));
    }
    let value = |((bank, pcr), digest): ((TpmAlg, u32), &Input<'a>)| {
        let expected = digest_size(bank, *digest)?;
        if digest.len() == expected {
            return Ok(PcrValue { bank, pcr, digest: *digest });
        }
        let (found, expected) = (digest.len() as u64, expected as u64);
        let kind = ParseErrorKind::Unexpected { found, expected };
        Err(digest.error(kind, "size", digest.len()))
    };
    registers.zip(digests).map(value).collect()
}

/// Joins neighbouring spans and drops empty ones. The input is in ascending order.
fn merged(spans: Vec<Span>) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::new();
    for span in spans.into_iter().filter(|span| span.size != 0) {
        match merged.last_mut() {
            Some(last) if last.end() == span.offset => {
                last.size = last.size.saturating_add(span.size);
            }
            _ => merged.push(span),
        }
    }
    merged
}
