//! The text of an identifier file, and the way from places in it back to the bytes.

use std::borrow::Cow;

use crate::Span;
use crate::formats::encoding::{self, Encoding, size_in_utf16};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::Input;

const FIELD: &str = "text";

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
    let (encoding, offset) = encoding::detect(input.bytes());
    let body = input.bytes().get(offset..).unwrap_or_default();
    let utf16 = encoding != Encoding::Utf8;
    let text = encoding::decode(body, encoding).map_err(|broken| {
        let kind = match (broken.half_unit, utf16) {
            (true, _) => ParseErrorKind::Truncated { needed: 2, left: 1 },
            (false, true) => ParseErrorKind::Invalid("is not UTF-16"),
            (false, false) => ParseErrorKind::Invalid("is not UTF-8"),
        };
        let at = offset.saturating_add(broken.valid_size_bytes);
        ParseError::new(kind, FIELD, Span::new(at, broken.size_bytes))
    })?;
    Ok(Text { text, offset, utf16 })
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
    use crate::formats::encoding::{UTF8_MARK, UTF16_LE_MARK};

    fn utf16_bytes(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn places_are_those_of_the_file() {
        let utf16 = [UTF16_LE_MARK, &utf16_bytes("<ä>𐐷</ä>", u16::to_le_bytes)].concat();
        let text = decode(Input::new(&utf16)).unwrap();
        let mut places = Places::new(&text);
        // `ä` takes two bytes in both; the letter behind it four in both.
        assert_eq!(places.span(4, 8), Span::new(8, 4));
        assert_eq!(places.offset(10), 16);
        assert_eq!(places.offset(1), 4);
        let utf8 = [UTF8_MARK, "<ä>𐐷".as_bytes()].concat();
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
