//! The elements that the binary is made of.

use portcullis_wire::Guid;

use crate::ci_policy::model::Version;
use crate::formats::input::{array, byte, le_u32, le_u64, take};
use crate::formats::{Input, ParseError, ParseErrorKind, Parsed};

/// What is left of a policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: Input<'a>,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(input: Input<'a>) -> Self {
        Self { rest: input }
    }

    pub(super) const fn rest(&self) -> Input<'a> {
        self.rest
    }

    fn run<T>(&mut self, parser: impl FnOnce(Input<'a>) -> Parsed<'a, T>) -> Result<T, ParseError> {
        let (rest, value) = parser(self.rest)?;
        self.rest = rest;
        Ok(value)
    }

    pub(super) fn byte(&mut self, field: &'static str) -> Result<u8, ParseError> {
        self.run(byte(field))
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.run(le_u32(field))
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, ParseError> {
        self.run(le_u64(field))
    }

    pub(super) fn version(&mut self, field: &'static str) -> Result<Version, ParseError> {
        self.u64(field).map(Version)
    }

    pub(super) fn guid(&mut self, field: &'static str) -> Result<Guid, ParseError> {
        self.run(array(field)).map(Guid)
    }

    /// A number that must have one of the values that `accept` takes.
    pub(super) fn one_of<T>(
        &mut self,
        field: &'static str,
        accept: impl FnOnce(u32) -> Option<T>,
    ) -> Result<T, ParseError> {
        let before = self.rest;
        let value = self.u32(field)?;
        accept(value)
            .ok_or_else(|| before.error(ParseErrorKind::Unsupported(u64::from(value)), field, 4))
    }

    /// A count of elements, each of which takes at least `size_min` bytes: more than fit into
    /// what is left are refused before anything is allocated for them.
    pub(super) fn count(
        &mut self,
        field: &'static str,
        size_min: usize,
    ) -> Result<usize, ParseError> {
        let before = self.rest;
        let count = self.u32(field)?;
        let fits = self.rest.len().checked_div(size_min).unwrap_or(0) as u64;
        if u64::from(count) > fits {
            let kind = ParseErrorKind::OverLimit { found: u64::from(count), limit: fits };
            return Err(before.error(kind, field, 4));
        }
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Elements after their count.
    pub(super) fn list<T>(
        &mut self,
        field: &'static str,
        size_min: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ParseError> {
        let count = self.count(field, size_min)?;
        (0..count).map(|_| element(self)).collect()
    }

    /// An index below `count`.
    pub(super) fn index(&mut self, field: &'static str, count: usize) -> Result<u32, ParseError> {
        let before = self.rest;
        let index = self.u32(field)?;
        if u64::from(index) < count as u64 {
            return Ok(index);
        }
        let limit = (count as u64).saturating_sub(1);
        let kind = ParseErrorKind::OverLimit { found: u64::from(index), limit };
        Err(before.error(kind, field, 4))
    }

    /// Indices below `count`, after their own count.
    pub(super) fn indices(
        &mut self,
        field: &'static str,
        count: usize,
    ) -> Result<Vec<u32>, ParseError> {
        self.list(field, 4, |cursor| cursor.index(field, count))
    }

    /// Bytes after their number, padded to a multiple of four.
    pub(super) fn blob(&mut self, field: &'static str) -> Result<&'a [u8], ParseError> {
        let size = self.count(field, 1)?;
        let bytes = self.run(take(field, size))?;
        let padding = self.run(take(field, size.wrapping_neg() & 3))?;
        if padding.bytes().iter().all(|byte| *byte == 0) {
            return Ok(bytes.bytes());
        }
        Err(padding.error(
            ParseErrorKind::Invalid("has padding other than zeros"),
            field,
            padding.len(),
        ))
    }

    /// UTF-16 text after its size in bytes, then a zero word. `None` for empty text: the binary
    /// does not tell empty from absent.
    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, ParseError> {
        let before = self.rest;
        let bytes = self.blob(field)?;
        let refuse = |what| Err(before.error(ParseErrorKind::Invalid(what), field, bytes.len()));
        let (units, odd) = bytes.as_chunks::<2>();
        if !odd.is_empty() {
            return refuse("has half a UTF-16 unit");
        }
        let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
        let Ok(text) = char::decode_utf16(units).collect::<Result<String, _>>() else {
            return refuse("has half a surrogate pair");
        };
        let terminator = self.rest;
        if self.u32(field)? != 0 {
            let kind = ParseErrorKind::Invalid("is not followed by a zero word");
            return Err(terminator.error(kind, field, 4));
        }
        Ok((!text.is_empty()).then_some(text))
    }
}
