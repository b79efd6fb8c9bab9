//! DER elements with their place in the artefact.
//!
//! ITU-T X.690 (02/2021), sections 8.1 and 10.1: identifier, definite length, contents. The `der`
//! crate decodes every header and every value; this module adds what it does not offer: borrowed
//! elements that know their span, so that a reader can walk a structure whose *contents* break
//! the encoding rules (members of a SET out of order, a DEFAULT that is written out) and say
//! where.

use der::{Decode, ErrorKind, Header, Reader, SliceReader, Tag, TagNumber};

use crate::formats::input::{Input, Parsed, complete, take};
use crate::formats::{ParseError, ParseErrorKind};

/// One element: identifier, length and contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element<'a> {
    /// The identifier octet(s), decoded.
    pub tag: Tag,
    /// The whole element, header included.
    pub whole: Input<'a>,
    /// The contents.
    pub contents: Input<'a>,
}

impl<'a> Element<'a> {
    /// Decodes the element as a type of the `der` family, strictly.
    ///
    /// # Errors
    /// [`ParseErrorKind::Invalid`] at the element.
    pub fn decode<T>(&self, field: &'static str) -> Result<T, ParseError>
    where
        T: Decode<'a, Error = der::Error>,
    {
        decode(self.whole, field)
    }

    /// Runs `parser` over the contents, all of them.
    ///
    /// # Errors
    /// Those of `parser`, or [`ParseErrorKind::Trailing`].
    pub fn complete<T>(
        &self,
        field: &'static str,
        parser: impl FnOnce(Input<'a>) -> Parsed<'a, T>,
    ) -> Result<T, ParseError> {
        complete(self.contents, field, parser)
    }

    /// The elements that the contents are made of, in order; the iteration ends behind the first
    /// error.
    pub fn members(&self, field: &'static str) -> Members<'a> {
        Members { rest: self.contents, field }
    }
}

/// Iterator of [`Element::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: Input<'a>,
    field: &'static str,
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Element<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match any(self.field)(self.rest) {
            Ok((rest, element)) => {
                self.rest = rest;
                Some(Ok(element))
            }
            Err(error) => {
                self.rest = Input::at(&[], self.rest.span().end());
                Some(Err(error.into()))
            }
        }
    }
}

/// Decodes all of `input` as one value of the `der` family.
///
/// # Errors
/// [`ParseErrorKind::Invalid`] at `input`.
pub fn decode<'a, T>(input: Input<'a>, field: &'static str) -> Result<T, ParseError>
where
    T: Decode<'a, Error = der::Error>,
{
    T::from_der(input.bytes())
        .map_err(|error| input.error(ParseErrorKind::Invalid(reason(&error)), field, input.len()))
}

/// Reads one element, whatever its tag.
pub fn any<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, Element<'a>> {
    move |input| {
        let (tag, header_size, contents_size) = match header(input.bytes()) {
            Ok(header) => header,
            Err(error) => return input.fail(header_error(input, &error), field, input.len()),
        };
        let (behind_header, head) = take(field, header_size)(input)?;
        let (rest, contents) = take(field, contents_size)(behind_header)?;
        let (_, whole) = take(field, head.len().saturating_add(contents.len()))(input)?;
        Ok((rest, Element { tag, whole, contents }))
    }
}

/// Reads the one element that `input` consists of.
///
/// # Errors
/// Those of the header, or [`ParseErrorKind::Trailing`].
pub fn only<'a>(input: Input<'a>, field: &'static str) -> Result<Element<'a>, ParseError> {
    complete(input, field, any(field))
}

/// Reads the one element that `input` consists of, which must have the tag `expected`.
///
/// # Errors
/// Those of [`tagged`], or [`ParseErrorKind::Trailing`].
pub fn only_tagged<'a>(
    input: Input<'a>,
    field: &'static str,
    expected: Tag,
) -> Result<Element<'a>, ParseError> {
    complete(input, field, tagged(field, expected))
}

/// Reads one element that must have the tag `expected`.
pub fn tagged<'a>(
    field: &'static str,
    expected: Tag,
) -> impl Fn(Input<'a>) -> Parsed<'a, Element<'a>> {
    move |input| {
        let (rest, element) = any(field)(input)?;
        if element.tag == expected {
            return Ok((rest, element));
        }
        let found = u64::from(input.bytes().first().copied().unwrap_or_default());
        let expected = u64::from(identifier_octet(expected));
        input.fail(ParseErrorKind::Unexpected { found, expected }, field, element.whole.len())
    }
}

/// Reads one element when it has the tag `expected`; reads nothing otherwise.
pub fn optional<'a>(
    field: &'static str,
    expected: Tag,
) -> impl Fn(Input<'a>) -> Parsed<'a, Option<Element<'a>>> {
    move |input| match any(field)(input) {
        Ok((rest, element)) if element.tag == expected => Ok((rest, Some(element))),
        _ => Ok((input, None)),
    }
}

/// A context-specific tag.
#[must_use]
pub const fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(number) }
}

/// Tag, header size and contents size in bytes of the element at the start of `bytes`.
fn header(bytes: &[u8]) -> der::Result<(Tag, usize, usize)> {
    // A header is at most 11 bytes; a reader of those few does not care how long the input is.
    let mut reader = SliceReader::new(bytes.get(..16).unwrap_or(bytes))?;
    let header = Header::decode(&mut reader)?;
    Ok((header.tag(), usize::try_from(reader.position())?, usize::try_from(header.length())?))
}

fn header_error(input: Input<'_>, error: &der::Error) -> ParseErrorKind {
    match error.kind() {
        ErrorKind::Incomplete { expected_len, .. } => ParseErrorKind::Truncated {
            needed: u64::from(u32::from(expected_len)),
            left: input.len() as u64,
        },
        _ => ParseErrorKind::Invalid(reason(error)),
    }
}

/// Low-tag-number identifier octet, for messages.
fn identifier_octet(tag: Tag) -> u8 {
    let constructed = if tag.is_constructed() { 0x20 } else { 0 };
    let number = u8::try_from(tag.number().value()).unwrap_or(0x1f) & 0x1f;
    tag.class().bits() | constructed | number
}

/// What a decoding error of the `der` crate means, in words that need no allocation.
pub fn reason(error: &der::Error) -> &'static str {
    match error.kind() {
        ErrorKind::DateTime | ErrorKind::Value { tag: Tag::UtcTime | Tag::GeneralizedTime } => {
            "is no date and time of the calendar"
        }
        ErrorKind::IndefiniteLength => "has an indefinite length, which DER forbids",
        ErrorKind::Incomplete { .. } => "ends before its contents do",
        ErrorKind::Length { .. } | ErrorKind::Overlength | ErrorKind::Overflow => {
            "has a length that does not fit"
        }
        ErrorKind::Noncanonical { .. } => "is not in the one form that DER allows",
        ErrorKind::OidMalformed => "is a malformed object identifier",
        ErrorKind::TagUnexpected { .. } => "has another type than expected",
        ErrorKind::TagUnknown { .. } | ErrorKind::TagNumberInvalid | ErrorKind::TagModeUnknown => {
            "does not start with an ASN.1 tag"
        }
        ErrorKind::TrailingData { .. } => "has bytes behind its value",
        ErrorKind::Utf8(_) => "is not text",
        _ => "has a value that its type does not allow",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn an_element_knows_its_place() {
        let bytes = [0x30, 0x03, 0x02, 0x01, 0x05, 0xff];
        let (rest, element) = any("outer")(Input::at(&bytes, 100)).unwrap();
        assert_eq!(element.whole.span(), Span::new(100, 5));
        assert_eq!(element.contents.span(), Span::new(102, 3));
        assert_eq!(rest.span(), Span::new(105, 1));
        let members: Vec<_> = element.members("inner").map(Result::unwrap).collect();
        assert_eq!(members.len(), 1);
        assert_eq!(members[0].decode::<u8>("number").unwrap(), 5);
    }

    #[test]
    fn a_length_past_the_end_is_truncated() {
        let error = ParseError::from(any("outer")(Input::new(&[0x30, 0x05, 1])).unwrap_err());
        assert_eq!(error.kind, ParseErrorKind::Truncated { needed: 5, left: 1 });
        let error = ParseError::from(any("outer")(Input::new(&[0x30, 0x82, 0x01])).unwrap_err());
        assert!(matches!(error.kind, ParseErrorKind::Truncated { .. }), "{error}");
    }

    #[test]
    fn lengths_that_der_forbids_are_refused() {
        for bytes in [[0x30, 0x80, 0, 0], [0x04, 0x81, 0x01, 0], [0x04, 0x82, 0, 1]] {
            let error = ParseError::from(any("outer")(Input::new(&bytes)).unwrap_err());
            assert!(matches!(error.kind, ParseErrorKind::Invalid(_)), "{error}");
        }
    }

    #[test]
    fn a_wrong_tag_says_which_was_expected() {
        let error =
            ParseError::from(tagged("tbs", Tag::Sequence)(Input::new(&[0x02, 1, 5])).unwrap_err());
        assert_eq!(error.kind, ParseErrorKind::Unexpected { found: 2, expected: 0x30 });
        assert_eq!(identifier_octet(context(3, true)), 0xa3);
    }

    #[test]
    fn members_end_behind_the_first_error() {
        let bytes = [0x30, 0x04, 0x02, 0x01, 0x05, 0x02];
        let (_, element) = any("outer")(Input::new(&bytes)).unwrap();
        let members: Vec<_> = element.members("inner").collect();
        assert_eq!(members.len(), 2);
        assert!(members[0].is_ok() && members[1].is_err());
    }
}
