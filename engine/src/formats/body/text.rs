//! Texts in event data: UTF-8 (which covers ASCII) and UTF-16LE, with or without a final NUL.
//!
//! Every text here comes from the machine under suspicion. [`Escaped`] is the form for a
//! terminal: no control character, no reordering of what an administrator reads.

use std::borrow::Cow;
use std::fmt;

use crate::Span;
use crate::formats::Input;

/// A text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text<'a> {
    /// The characters, without NULs at the end. May hold control characters.
    pub text: Cow<'a, str>,
    /// How they are written in the log.
    pub encoding: Encoding,
    /// Where they stand, NULs at the end left out.
    pub span: Span,
}

/// How a text is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// UTF-16, little-endian.
    Utf16,
}

impl<'a> Text<'a> {
    /// The bytes as a text when they plainly are one: valid in its encoding, no NUL inside, no
    /// control character but tab and line ends.
    ///
    /// UTF-16 must be half Latin-1, because any pair of bytes is some character.
    #[must_use]
    pub fn recognise(data: Input<'a>) -> Option<Self> {
        Self::recognise_utf8(data).or_else(|| Self::recognise_utf16(data))
    }

    /// The bytes as UTF-8, whatever they are.
    #[must_use]
    pub fn lossy(data: Input<'a>) -> Self {
        let bytes = trim_nuls(data.bytes());
        Self {
            text: String::from_utf8_lossy(bytes),
            encoding: Encoding::Utf8,
            span: Span::new(data.offset(), bytes.len()),
        }
    }

    fn recognise_utf8(data: Input<'a>) -> Option<Self> {
        let bytes = trim_nuls(data.bytes());
        let text = str::from_utf8(bytes).ok().filter(|text| is_plain_text(text))?;
        Some(Self {
            text: Cow::Borrowed(text),
            encoding: Encoding::Utf8,
            span: Span::new(data.offset(), bytes.len()),
        })
    }

    fn recognise_utf16(data: Input<'a>) -> Option<Self> {
        // An odd last byte is the first half of a NUL that was cut off: seen in a stub's log.
        let (units, rest) = data.bytes().as_chunks::<2>();
        if !matches!(rest, [] | [0]) {
            return None;
        }
        let used = units.iter().rposition(|unit| *unit != [0; 2])?.saturating_add(1);
        let units = units.get(..used)?;
        let latin = units.iter().filter(|unit| unit[1] == 0).count();
        if latin.saturating_mul(2) < used {
            return None;
        }
        let text = decode_utf16(units).collect::<Result<String, _>>().ok()?;
        is_plain_text(&text).then(|| Self {
            text: Cow::Owned(text),
            encoding: Encoding::Utf16,
            span: Span::new(data.offset(), used.saturating_mul(2)),
        })
    }
}

/// UTF-16LE bytes as a string; unpaired surrogates become U+FFFD, an odd last byte is dropped.
#[must_use]
pub fn utf16_lossy(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn decode_utf16(
    units: &[[u8; 2]],
) -> impl Iterator<Item = Result<char, std::char::DecodeUtf16Error>> {
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
}

fn trim_nuls(bytes: &[u8]) -> &[u8] {
    let size = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    bytes.get(..size).unwrap_or(bytes)
}

fn is_plain_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

/// A text in which everything that is not plainly visible is escaped as in a Rust literal:
/// control characters, line ends, changes of the writing direction, invisible characters.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match is_visible(c) {
            true => fmt::Write::write_char(f, c),
            false => write!(f, "{}", c.escape_debug()),
        })
    }
}

/// True for a character that may reach a terminal as it is.
pub(in crate::formats) fn is_visible(c: char) -> bool {
    matches!(c, '\\' | '"' | '\'') || c.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_recognised_in_both_encodings_with_their_span() {
        let check = |bytes: &[u8], expect: Option<(&str, Encoding, usize)>| {
            let found = Text::recognise(Input::at(bytes, 100));
            let found = found.as_ref().map(|text| (&*text.text, text.encoding, text.span.size));
            assert_eq!(found, expect, "{bytes:02x?}");
        };
        check(b"ACPI DATA", Some(("ACPI DATA", Encoding::Utf8, 9)));
        check(b"two\nlines\0\0", Some(("two\nlines", Encoding::Utf8, 9)));
        check(b"", Some(("", Encoding::Utf8, 0)));
        check(b"a\0b\0\0\0", Some(("ab", Encoding::Utf16, 4)));
        check(b"a\0b\0\0", Some(("ab", Encoding::Utf16, 4)));
        check(b"a\0\x3d\xd8\x00\xde", None);
        check(b"a\0b\0\x3d\xd8\x00\xde", Some(("ab\u{1f600}", Encoding::Utf16, 8)));
        check(b"a\0b\0\x3d\xd8", None);
        check(b"one\0two", None);
        check(b"\x1b[31m", None);
        check(b"\xff\xff\0\0", None);
    }

    #[test]
    fn what_is_not_plainly_visible_is_escaped() {
        let check = |text: &str, expect: &str| assert_eq!(Escaped(text).to_string(), expect);
        check(r"\EFI\BOOT\BOOTX64.EFI", r"\EFI\BOOT\BOOTX64.EFI");
        check("\u{1b}[31mred", r"\u{1b}[31mred");
        check("a\nb\0", r"a\nb\0");
        check("abc\u{202e}fed\u{200b}", r"abc\u{202e}fed\u{200b}");
        check("Grüße \u{9b}", r"Grüße \u{9b}");
    }
}
