//! Input that knows where it stands: a byte slice with its offset in the artefact, as a `nom`
//! input, and the handful of primitive parsers that all formats share.
//!
//! Every primitive takes the name of the field that it reads, so that an error can say it.

use core::iter::{Copied, Enumerate};
use core::slice::Iter;

use nom::Needed;

use super::error::{ParseError, ParseErrorKind};
use crate::Span;

/// Bytes of an artefact together with their offset in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// Result of a parser over [`Input`]: what is left, and what was read.
pub type Parsed<'a, T> = nom::IResult<Input<'a>, T, ParseError>;

impl<'a> Input<'a> {
    /// A whole artefact.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// A part of an artefact whose first byte stands at `offset`.
    #[must_use]
    pub const fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    /// The bytes that are left.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Offset of the next byte in the artefact.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Number of bytes left.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True when nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where the bytes that are left stand.
    #[must_use]
    pub const fn span(&self) -> Span {
        Span::new(self.offset, self.bytes.len())
    }

    /// Span from `start` (an earlier state of the same input) up to here.
    #[must_use]
    pub const fn span_since(&self, start: Self) -> Span {
        Span::new(start.offset, self.offset.saturating_sub(start.offset))
    }

    /// An error of the field that starts here and has `size` bytes.
    #[must_use]
    pub const fn error(
        &self,
        kind: ParseErrorKind,
        field: &'static str,
        size: usize,
    ) -> ParseError {
        ParseError::new(kind, field, Span::new(self.offset, size))
    }

    /// The same as [`Input::error`], wrapped for a parser's return.
    ///
    /// # Errors
    /// Always.
    pub const fn fail<T>(
        &self,
        kind: ParseErrorKind,
        field: &'static str,
        size: usize,
    ) -> Parsed<'a, T> {
        Err(nom::Err::Error(self.error(kind, field, size)))
    }

    fn split(self, size: usize) -> Option<(Self, Self)> {
        let (head, tail) = self.bytes.split_at_checked(size)?;
        Some((
            Self { bytes: head, offset: self.offset },
            Self { bytes: tail, offset: self.offset.saturating_add(size) },
        ))
    }
}

/// Reads `size` bytes.
pub fn take<'a>(field: &'static str, size: usize) -> impl Fn(Input<'a>) -> Parsed<'a, Input<'a>> {
    move |input| match input.split(size) {
        Some((head, tail)) => Ok((tail, head)),
        None => input.fail(
            ParseErrorKind::Truncated { needed: size as u64, left: input.len() as u64 },
            field,
            input.len(),
        ),
    }
}

/// Reads an array of `N` bytes.
pub fn array<'a, const N: usize>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, [u8; N]> {
    move |input| {
        let (rest, head) = take(field, N)(input)?;
        // `take` returned exactly N bytes.
        Ok((rest, head.bytes().first_chunk::<N>().copied().unwrap_or([0; N])))
    }
}

macro_rules! integers {
    ($($(#[$meta:meta])* $name:ident: $ty:ty = $from:ident;)*) => {$(
        $(#[$meta])*
        pub fn $name<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, $ty> {
            move |input| {
                let (rest, bytes) = array(field)(input)?;
                Ok((rest, <$ty>::$from(bytes)))
            }
        }
    )*};
}

integers! {
    /// Reads one byte.
    byte: u8 = from_le_bytes;
    /// Reads a little-endian 16-bit integer (event logs, Windows structures).
    le_u16: u16 = from_le_bytes;
    /// Reads a little-endian 32-bit integer.
    le_u32: u32 = from_le_bytes;
    /// Reads a little-endian 64-bit integer.
    le_u64: u64 = from_le_bytes;
    /// Reads a big-endian 16-bit integer (TPM structures).
    be_u16: u16 = from_be_bytes;
    /// Reads a big-endian 32-bit integer.
    be_u32: u32 = from_be_bytes;
    /// Reads a big-endian 64-bit integer.
    be_u64: u64 = from_be_bytes;
}

/// Runs a parser over the whole of `input` and refuses what it leaves.
///
/// # Errors
/// The parser's error, or [`ParseErrorKind::Trailing`] for the field `field`.
pub fn complete<'a, T>(
    input: Input<'a>,
    field: &'static str,
    parser: impl FnOnce(Input<'a>) -> Parsed<'a, T>,
) -> Result<T, ParseError> {
    let (rest, value) = parser(input)?;
    if rest.is_empty() {
        return Ok(value);
    }
    let kind = ParseErrorKind::Trailing { size_bytes: rest.len() as u64 };
    Err(rest.error(kind, field, rest.len()))
}

/// Lets `nom`'s own combinators (`count`, `many0`, `verify`, ...) run over [`Input`].
impl<'a> nom::Input for Input<'a> {
    type Item = u8;
    type Iter = Copied<Iter<'a, u8>>;
    type IterIndices = Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.len()
    }

    fn take(&self, index: usize) -> Self {
        self.split(index).map_or(*self, |(head, _)| head)
    }

    fn take_from(&self, index: usize) -> Self {
        self.split(index).map_or(*self, |(_, tail)| tail)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(u8) -> bool>(&self, predicate: P) -> Option<usize> {
        self.bytes.iter().position(|byte| predicate(*byte))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.bytes.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        match count.checked_sub(self.len()) {
            None | Some(0) => Ok(count),
            Some(missing) => Err(Needed::new(missing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_field_and_its_offset() {
        let input = Input::at(&[1, 2, 3], 100);
        let (input, value) = le_u16("first")(input).unwrap();
        assert_eq!(value, 0x0201);
        let error = ParseError::from(le_u32("second")(input).unwrap_err());
        assert_eq!(error.to_string(), "`second` at byte 102: needs 4 bytes, 1 are left");
        assert_eq!(error.span, Span::new(102, 1));
    }

    #[test]
    fn bytes_that_a_parser_leaves_are_refused() {
        let error = complete(Input::new(&[1, 2, 3]), "pair", be_u16("pair")).unwrap_err();
        assert_eq!(error.kind, ParseErrorKind::Trailing { size_bytes: 1 });
        assert_eq!(error.span, Span::new(2, 1));
    }
}
