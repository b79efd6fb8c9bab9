//! Texts of Windows: UTF-16LE, with or without one NUL behind the last character.
//!
//! The size of the element or field ends a text. Windows adds a NUL, but not to every name that
//! it takes from a certificate (`Intel Corporation`, `Carbon Black, Inc.` in real logs). A text
//! that different readers would read differently is none: one with a NUL inside (C code stops
//! there, other code goes on), with half a character, or with half a pair of surrogates.

use crate::Span;
use crate::formats::body::text::{Encoding, Text};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::Input;

/// A text that fills `data`.
pub(super) fn text<'a>(field: &'static str, data: Input<'a>) -> Result<Text<'a>, ParseError> {
    let (units, []) = data.bytes().as_chunks::<2>() else {
        let kind = ParseErrorKind::Invalid("is not a whole number of 16-bit characters");
        return Err(data.error(kind, field, data.len()));
    };
    let units = units.strip_suffix(&[[0, 0]]).unwrap_or(units);
    let error = |what, index: usize| {
        let offset = data.offset().saturating_add(index.saturating_mul(2));
        Err(ParseError::new(ParseErrorKind::Invalid(what), field, Span::new(offset, 2)))
    };
    if let Some(index) = units.iter().position(|unit| *unit == [0, 0]) {
        return error("has a NUL inside", index);
    }
    let mut text = String::with_capacity(units.len());
    let mut index: usize = 0;
    for unit in char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))) {
        let Ok(character) = unit else {
            return error("has half a pair of surrogates", index);
        };
        text.push(character);
        index = index.saturating_add(character.len_utf16());
    }
    let span = Span::new(data.offset(), units.len().saturating_mul(2));
    Ok(Text { text: text.into(), encoding: Encoding::Utf16, span })
}
