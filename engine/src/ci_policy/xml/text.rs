//! The text of a policy's XML, and how it was encoded, so that an edit changes nothing else.
//!
//! XML 1.0 (fifth edition), section 2.2 (characters).

use std::borrow::Cow;

use super::error::{XmlError, XmlReason};
use super::place::Place;
use crate::formats::encoding::{self, Encoding, UTF8_MARK, UTF16_BE_MARK, UTF16_LE_MARK, detect};
use crate::limits::CI_POLICY_SIZE_BYTES_MAX;

/// The text of an XML file, and how it was encoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    encoding: Encoding,
    has_mark: bool,
}

impl Text<'_> {
    /// Encodes another text as this one was, so that an edit changes nothing but what it edits.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u8> {
        let mark = match self.encoding {
            _ if !self.has_mark => &[],
            Encoding::Utf8 => UTF8_MARK,
            Encoding::Utf16Le => UTF16_LE_MARK,
            Encoding::Utf16Be => UTF16_BE_MARK,
        };
        let mut bytes = mark.to_vec();
        match self.encoding {
            Encoding::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Encoding::Utf16Le => bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Encoding::Utf16Be => bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
        }
        bytes
    }
}

/// True when the bytes begin as an XML file does. The binary never does: its first bytes are a
/// small number, and those of a signed one are a DER header.
#[must_use]
pub fn looks_like_xml(bytes: &[u8]) -> bool {
    let (encoding, mark) = detect(bytes);
    let head = bytes.get(mark..).unwrap_or_default();
    let first = head.iter().copied().find(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n'));
    first == Some(b'<') && (encoding == Encoding::Utf8 || head.len() > 1)
}

/// Decodes the bytes of an XML file.
///
/// The encoding that the XML declaration names is not read: files exist whose declaration says
/// UTF-16 and whose bytes are UTF-8, because a shell re-encoded them.
///
/// # Errors
/// [`XmlError`] for other encodings.
pub fn decode(bytes: &[u8]) -> Result<Text<'_>, XmlError> {
    let at = |text: &str, offset, reason| XmlError {
        place: Place::of(text, offset),
        element: String::new(),
        reason,
    };
    if bytes.len() > CI_POLICY_SIZE_BYTES_MAX {
        let limit = CI_POLICY_SIZE_BYTES_MAX;
        return Err(at("", 0, XmlReason::OverLimit { what: "bytes", limit }));
    }
    let (encoding, mark) = detect(bytes);
    let body = bytes.get(mark..).unwrap_or_default();
    let text = encoding::decode(body, encoding).map_err(|broken| {
        let reason = if encoding == Encoding::Utf8 { "is not UTF-8" } else { "is not UTF-16" };
        at(&broken.valid, broken.valid.len(), XmlReason::Encoding(reason))
    })?;
    Ok(Text { text, encoding, has_mark: mark > 0 })
}

/// XML 1.0, production 2. Surrogates are no `char`s to begin with.
pub(super) const fn is_allowed(letter: char) -> bool {
    !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_comes_back_as_it_was() {
        let text = "<?xml version=\"1.0\"?>\r\n<a b=\"\u{e9}\u{1f600}\"/>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, body) in [
            (&[][..], text.as_bytes()),
            (UTF8_MARK, text.as_bytes()),
            (&[], &le),
            (UTF16_LE_MARK, &le),
            (&[], &be),
            (UTF16_BE_MARK, &be),
        ] {
            let bytes = [mark, body].concat();
            assert!(looks_like_xml(&bytes));
            let decoded = decode(&bytes).unwrap();
            assert_eq!(decoded.text, text, "{mark:?}");
            assert_eq!(decoded.encode(&decoded.text), bytes, "{mark:?}");
        }
    }

    #[test]
    fn broken_encodings_are_refused_where_they_break() {
        for (bytes, line, column) in [
            (&b"<a>\n\xff</a>"[..], 2, 1),
            (b"\xff\xfe<\0a\0\x00\xd8<\0", 1, 3),
            (b"\xff\xfe<\0a", 1, 2),
        ] {
            let error = decode(bytes).unwrap_err();
            assert_eq!(error.place, Place { line, column }, "{error}");
        }
    }

    #[test]
    fn binaries_do_not_look_like_xml() {
        for bytes in [&[][..], &[8, 0, 0, 0], &[0x30, 0x82], b"text <", &[0], &[0xff, 0xfe]] {
            assert!(!looks_like_xml(bytes), "{bytes:?}");
        }
    }
}
