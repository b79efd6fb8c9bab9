//! From the bytes of a text file to text: byte order marks, UTF-8 and UTF-16.
//!
//! XML 1.0 (fifth edition), section 4.3.3. Windows PowerShell writes UTF-16 by default and UTF-8 on
//! request, both with a byte order mark; other tools leave the mark away. The mark, or else the
//! first bytes, decide: the encoding that an XML declaration names is that of the document before
//! it was last saved.

use std::borrow::Cow;

/// The byte order mark of UTF-8.
pub const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
/// The byte order mark of little-endian UTF-16.
pub const UTF16_LE_MARK: &[u8] = &[0xff, 0xfe];
/// The byte order mark of big-endian UTF-16.
pub const UTF16_BE_MARK: &[u8] = &[0xfe, 0xff];

/// How text is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// Little-endian UTF-16.
    Utf16Le,
    /// Big-endian UTF-16.
    Utf16Be,
}

/// Where a text breaks its encoding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken<'a> {
    /// The text before that.
    pub valid: Cow<'a, str>,
    /// Bytes of the input that hold it.
    pub valid_size_bytes: usize,
    /// Bytes that are no character: at least one.
    pub size_bytes: usize,
    /// True when half a unit of UTF-16 is left at the end.
    pub half_unit: bool,
}

/// Encoding and size of the mark in bytes. Without a mark, the first `<` tells UTF-16.
#[must_use]
pub fn detect(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, UTF8_MARK.len()),
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, UTF16_LE_MARK.len()),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, UTF16_BE_MARK.len()),
        [b'<', 0, ..] => (Encoding::Utf16Le, 0),
        [0, b'<', ..] => (Encoding::Utf16Be, 0),
        _ => (Encoding::Utf8, 0),
    }
}

/// Decodes bytes behind the mark.
///
/// # Errors
/// [`Broken`] with the text before the first bytes that the encoding does not allow.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, Broken<'_>> {
    match encoding {
        Encoding::Utf8 => core::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Broken {
                valid: Cow::Borrowed(core::str::from_utf8(valid).unwrap_or_default()),
                valid_size_bytes: valid.len(),
                size_bytes: error.error_len().unwrap_or(1),
                half_unit: false,
            }
        }),
        Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
        Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Broken<'_>> {
    let (units, odd) = bytes.as_chunks::<2>();
    let mut text = String::new();
    let mut valid_size_bytes: usize = 0;
    for letter in char::decode_utf16(units.iter().map(|bytes| unit(*bytes))) {
        let Ok(letter) = letter else {
            let valid = Cow::Owned(text);
            return Err(Broken { valid, valid_size_bytes, size_bytes: 2, half_unit: false });
        };
        valid_size_bytes = valid_size_bytes.saturating_add(size_in_utf16(letter));
        text.push(letter);
    }
    if odd.is_empty() {
        return Ok(Cow::Owned(text));
    }
    let valid = Cow::Owned(text);
    Err(Broken { valid, valid_size_bytes, size_bytes: odd.len(), half_unit: true })
}

/// Bytes of a character in UTF-16.
#[must_use]
pub const fn size_in_utf16(letter: char) -> usize {
    letter.len_utf16().saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expect: Result<&str, (&str, usize, usize, bool)>) {
        let (encoding, mark) = detect(bytes);
        let found = decode(&bytes[mark..], encoding);
        let found = found.as_deref().map_err(|broken| {
            let Broken { valid, valid_size_bytes, size_bytes, half_unit } = broken;
            (valid.as_ref(), *valid_size_bytes, *size_bytes, *half_unit)
        });
        assert_eq!(found, expect, "{bytes:x?}");
    }

    #[test]
    fn the_mark_or_the_first_bytes_decide() {
        let xml = "<\u{e4}>\u{10437}</\u{e4}>";
        let le: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = xml.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, body) in [
            (&[][..], xml.as_bytes()),
            (UTF8_MARK, xml.as_bytes()),
            (&[], &le),
            (UTF16_LE_MARK, &le),
            (&[], &be),
            (UTF16_BE_MARK, &be),
        ] {
            check(&[mark, body].concat(), Ok(xml));
        }
        check(b"", Ok(""));
    }

    #[test]
    fn what_an_encoding_does_not_allow_is_cut_off_before_it() {
        check(b"<a>\xff", Err(("<a>", 3, 1, false)));
        check(b"\xef\xbb\xbf<\xe2\x82", Err(("<", 1, 1, false)));
        check(b"\xff\xfe<\0a\0\x00\xd8<\0", Err(("<a", 4, 2, false)));
        check(b"\xfe\xff\0<\0", Err(("<", 2, 1, true)));
        check(b"\xff\xfe\x01\xd8\x37\xdc\0", Err(("\u{10437}", 4, 1, true)));
    }
}
