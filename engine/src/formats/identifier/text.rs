//! From bytes to text, and from places in the text back to the bytes.
//!
//! Windows PowerShell writes UTF-16 by default and UTF-8 on request, both with a byte order
//! mark; other tools leave the mark away. The mark, or else the first bytes, decide: the
//! encoding that an XML declaration names is that of the document before it was last saved.

use std::borrow::Cow;

use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::Input;

const FIELD: &str = "text";
const MARK_UTF8: [u8; 3] = [0xef, 0xbb, 0xbf];
const MARK_UTF16_LE: [u8; 2] = [0xff, 0xfe];
const MARK_UTF16_BE: [u8; 2] = [0xfe, 0xff];

/// The text of a file.
pub(super) struct Text<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Offset of the text in the file.
    offset: usize,
    utf16: bool,
}

/// Decodes a file.
///
/// # Errors
/// Bytes that the encoding does not allow, at their offset.
pub(super) fn decode(input: Input<'_>) -> Result<Text<'_>, ParseError> {
    let bytes = input.bytes();
    if let Some(rest) = bytes.strip_prefix(&MARK_UTF16_LE) {
        utf16(rest, MARK_UTF16_LE.len(), u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(&MARK_UTF16_BE) {
        utf16(rest, MARK_UTF16_BE.len(), u16::from_be_bytes)
    } else if bytes.starts_with(b"<\0") {
        utf16(bytes, 0, u16::from_le_bytes)
    } else if bytes.starts_with(b"\0<") {
        utf16(bytes, 0, u16::from_be_bytes)
    } else if let Some(rest) = bytes.strip_prefix(&MARK_UTF8) {
        utf8(rest, MARK_UTF8.len())
    } else {
        utf8(bytes, 0)
    }
}

fn utf8(bytes: &[u8], offset: usize) -> Result<Text<'_>, ParseError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(Text { text: Cow::Borrowed(text), offset, utf16: false }),
        Err(error) => {
            let at = offset.saturating_add(error.valid_up_to());
            let size = error.error_len().unwrap_or(1);
            let kind = ParseErrorKind::Invalid("is not UTF-8");
            Err(ParseError::new(kind, FIELD, Span::new(at, size)))
        }
    }
}

fn utf16(bytes: &[u8], offset: usize, unit: fn([u8; 2]) -> u16) -> Result<Text<'_>, ParseError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        let at = offset.saturating_add(bytes.len()).saturating_sub(rest.len());
        let kind = ParseErrorKind::Truncated { needed: 2, left: 1 };
        return Err(ParseError::new(kind, FIELD, Span::new(at, rest.len())));
    }
    let mut at = offset;
    let mut text = String::new();
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let Ok(character) = character else {
            let kind = ParseErrorKind::Invalid("is not UTF-16");
            return Err(ParseError::new(kind, FIELD, Span::new(at, 2)));
        };
        at = at.saturating_add(size_in_utf16(character));
        text.push(character);
    }
    Ok(Text { text: Cow::Owned(text), offset, utf16: true })
}

/// Bytes of a character in UTF-16.
const fn size_in_utf16(character: char) -> usize {
    character.len_utf16().saturating_mul(2)
}

/// Walks from places in the text to places in the file. Cheap for ascending places, which the
/// XML reader gives.
pub(super) struct Places<'t> {
    text: &'t Text<'t>,
    /// A place in the text and the same in the file.
    at: (usize, usize),
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t Text<'t>) -> Self {
        Self { text, at: (0, text.offset) }
    }

    /// The offset in the file of an offset in the text.
    pub(super) fn offset(&mut self, in_text: usize) -> usize {
        if !self.text.utf16 {
            return self.text.offset.saturating_add(in_text);
        }
        if in_text < self.at.0 {
            self.at = (0, self.text.offset);
        }
        let behind = self.text.text.get(self.at.0..in_text).unwrap_or_default();
        let size = behind
            .chars()
            .fold(0_usize, |size, character| size.saturating_add(size_in_utf16(character)));
        self.at = (in_text, self.at.1.saturating_add(size));
        self.at.1
    }

    /// The span in the file of a range of the text.
    pub(super) fn span(&mut self, start: usize, end: usize) -> Span {
        let start = self.offset(start);
        let end = self.offset(end);
        Span::new(start, end.saturating_sub(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn the_mark_or_the_first_bytes_decide() {
        let xml = "<ä>𐐷</ä>";
        let le = utf16_bytes(xml, u16::to_le_bytes);
        let be = utf16_bytes(xml, u16::to_be_bytes);
        for bytes in [
            xml.as_bytes().to_vec(),
            [&MARK_UTF8, xml.as_bytes()].concat(),
            [&MARK_UTF16_LE[..], &le].concat(),
            [&MARK_UTF16_BE[..], &be].concat(),
            le,
            be,
        ] {
            assert_eq!(decode(Input::new(&bytes)).unwrap().text, xml, "{bytes:x?}");
        }
    }

    #[test]
    fn places_are_those_of_the_file() {
        let utf16 = [&MARK_UTF16_LE[..], &utf16_bytes("<ä>𐐷</ä>", u16::to_le_bytes)].concat();
        let text = decode(Input::new(&utf16)).unwrap();
        let mut places = Places::new(&text);
        // `ä` takes two bytes in both; the letter behind it four in both.
        assert_eq!(places.span(4, 8), Span::new(8, 4));
        assert_eq!(places.offset(10), 16);
        assert_eq!(places.offset(1), 4);
        let utf8 = [&MARK_UTF8, "<ä>𐐷".as_bytes()].concat();
        let text = decode(Input::new(&utf8)).unwrap();
        assert_eq!(Places::new(&text).span(4, 8), Span::new(7, 4));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_at_their_offset() {
        let check = |bytes: &[u8], message: &str| {
            assert_eq!(decode(Input::new(bytes)).err().unwrap().to_string(), message);
        };
        check(b"<a>\xff", "`text` at byte 3: is not UTF-8");
        check(b"\xef\xbb\xbf<\xc3", "`text` at byte 4: is not UTF-8");
        check(b"<\0a\0\x00\xd8", "`text` at byte 4: is not UTF-16");
        check(b"\xff\xfe<\0\x37\xdc>\0", "`text` at byte 4: is not UTF-16");
        check(b"\xfe\xff\0<\0", "`text` at byte 4: needs 2 bytes, 1 are left");
    }
}
