//! Which registers of which banks: `TPML_PCR_SELECTION` (Structures, section 10.9.7).
//!
//! A selection is what a quote *covers*. A register that is not in the signed selection was not
//! attested, whatever else the evidence says about it.

use core::fmt;

use crate::Span;
use crate::formats::error::ParseErrorKind;
use crate::formats::input::{Input, Parsed, be_u16, be_u32, byte, take};
use crate::limits::PCR_SELECTION_BANKS_MAX;
use crate::wire::TpmAlg;
use crate::wire::event::PCR_COUNT;

/// A set of register indices, 0 to 23.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PcrSet(u32);

impl PcrSet {
    /// No register.
    pub const EMPTY: Self = Self(0);
    /// All registers.
    pub const ALL: Self = Self((1 << PCR_COUNT) - 1);

    /// The set of a bitmap (bit `i` is register `i`), or `None` when it names a register that
    /// does not exist.
    #[must_use]
    pub const fn from_bitmap(bitmap: u32) -> Option<Self> {
        if bitmap & !Self::ALL.0 == 0 { Some(Self(bitmap)) } else { None }
    }

    /// The set of some indices, or `None` when one is no register.
    #[must_use]
    pub fn from_indices(indices: &[u32]) -> Option<Self> {
        let bits = indices.iter().try_fold(0, |bits, &pcr| Some(bits | 1_u32.checked_shl(pcr)?))?;
        Self::from_bitmap(bits)
    }

    /// Bit `i` is register `i`.
    #[must_use]
    pub const fn bitmap(self) -> u32 {
        self.0
    }

    /// True when the register is in the set.
    #[must_use]
    pub fn contains(self, pcr: u32) -> bool {
        1_u32.checked_shl(pcr).is_some_and(|bit| self.0 & bit != 0)
    }

    /// True when every register of `other` is in this set.
    #[must_use]
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The registers, ascending: the order in which a quote hashes their values.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..u32::BITS).filter(move |&pcr| self.contains(pcr))
    }

    /// Number of registers.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// True for the set without registers.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for PcrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, pcr) in self.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{pcr}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PcrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// `TPMS_PCR_SELECTION`: registers of one bank.
///
/// An empty set is legal: a TPM drops registers of a bank that is not active from what it quotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PcrSelection {
    /// The bank.
    pub bank: TpmAlg,
    /// Its registers.
    pub pcrs: PcrSet,
    /// Where the bitmap stands.
    pub span: Span,
}

/// Reads a `TPML_PCR_SELECTION`.
///
/// # Errors
/// Too many banks, a bank named twice, a bitmap of more than four bytes or with a register above
/// 23, or the end of the input.
pub fn parse_pcr_selections(input: Input<'_>) -> Parsed<'_, Vec<PcrSelection>> {
    let (mut rest, count) = be_u32("count")(input)?;
    if count as usize > PCR_SELECTION_BANKS_MAX {
        let limit = PCR_SELECTION_BANKS_MAX as u64;
        return input.fail(
            ParseErrorKind::OverLimit { found: u64::from(count), limit },
            "count",
            4,
        );
    }
    let mut selections: Vec<PcrSelection> = Vec::new();
    for _ in 0..count {
        let at = rest;
        let selection;
        (rest, selection) = parse_pcr_selection(rest)?;
        if selections.iter().any(|earlier| earlier.bank == selection.bank) {
            return at.fail(ParseErrorKind::Invalid("bank is selected twice"), "hash", 2);
        }
        selections.push(selection);
    }
    Ok((rest, selections))
}

fn parse_pcr_selection(input: Input<'_>) -> Parsed<'_, PcrSelection> {
    let (at_size, bank) = be_u16("hash")(input)?;
    let (rest, size) = byte("sizeofSelect")(at_size)?;
    if usize::from(size) > size_of::<u32>() {
        let kind = ParseErrorKind::OverLimit { found: u64::from(size), limit: 4 };
        return at_size.fail(kind, "sizeofSelect", 1);
    }
    let (rest, select) = take("pcrSelect", usize::from(size))(rest)?;
    match bitmap_of(select.bytes()) {
        Some(pcrs) => Ok((rest, PcrSelection { bank: TpmAlg(bank), pcrs, span: select.span() })),
        None => select.fail(
            ParseErrorKind::Invalid("names a register above 23"),
            "pcrSelect",
            select.len(),
        ),
    }
}

/// The set of a bitmap of at most four bytes: register `i` is bit `i % 8` of byte `i / 8`.
pub(super) fn bitmap_of(select: &[u8]) -> Option<PcrSet> {
    let mut bytes = [0; 4];
    bytes.get_mut(..select.len())?.copy_from_slice(select);
    PcrSet::from_bitmap(u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::error::ParseError;
    use crate::formats::input::complete;

    fn parse(bytes: &[u8]) -> Result<Vec<PcrSelection>, ParseError> {
        complete(Input::new(bytes), "pcrSelections", parse_pcr_selections)
    }

    #[test]
    fn bits_are_registers_from_the_lowest_of_the_first_byte() {
        let banks = parse(&[0, 0, 0, 2, 0, 0x0b, 3, 0x81, 0, 0x80, 0, 4, 3, 0, 0, 0]).unwrap();
        let expected = PcrSet::from_indices(&[0, 7, 23]).unwrap();
        assert_eq!((banks[0].bank, banks[0].pcrs), (TpmAlg::SHA256, expected));
        assert_eq!(banks[0].span, Span::new(7, 3));
        assert_eq!((banks[1].bank, banks[1].pcrs), (TpmAlg::SHA1, PcrSet::EMPTY));
        assert_eq!(expected.to_string(), "0,7,23");
    }

    #[test]
    fn a_selection_that_has_two_readings_is_refused_at_its_offset() {
        let check = |bytes: &[u8], message: &str| {
            assert_eq!(parse(bytes).unwrap_err().to_string(), message);
        };
        check(
            &[0, 0, 0, 2, 0, 0x0b, 1, 1, 0, 0x0b, 1, 2],
            "`hash` at byte 8: bank is selected twice",
        );
        check(
            &[0, 0, 0, 1, 0, 0x0b, 4, 0, 0, 0, 1],
            "`pcrSelect` at byte 7: names a register above 23",
        );
        check(
            &[0, 0, 0, 1, 0, 0x0b, 5, 0, 0, 0, 0, 0],
            "`sizeofSelect` at byte 6: 5 is over the limit of 4",
        );
        check(&[0, 0, 0, 17], "`count` at byte 0: 17 is over the limit of 16");
        check(&[0xff, 0xff, 0xff, 0xff], "`count` at byte 0: 4294967295 is over the limit of 16");
        check(&[0, 0, 0, 1, 0, 0x0b, 3, 0], "`pcrSelect` at byte 7: needs 3 bytes, 1 are left");
        check(&[0, 0, 0, 0, 9], "`pcrSelections` at byte 4: 1 bytes follow the structure");
    }

    #[test]
    fn indices_beyond_the_registers_are_in_no_set() {
        assert_eq!(PcrSet::from_indices(&[24]), None);
        assert_eq!(PcrSet::from_indices(&[u32::MAX]), None);
        assert!(!PcrSet::ALL.contains(24));
        assert!(!PcrSet::ALL.contains(u32::MAX));
        assert_eq!(PcrSet::ALL.len(), 24);
        assert_eq!(PcrSet::ALL.iter().last(), Some(23));
    }
}
