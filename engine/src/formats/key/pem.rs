//! `SubjectPublicKeyInfo` in PEM armour (RFC 7468, section 13): exactly one block.
//!
//! Lines may have any length and any space at their ends, and text may stand before the block:
//! keys are pasted by people. None of that takes part in the key, so all of it is listed as
//! unbound. Errors and spans of the armoured structure are carried back to the text.

use base64ct::{Base64, Encoding};

use super::{spans_beside, spki};
use crate::Span;
use crate::crypto::PublicKey;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::Input;
use crate::formats::x509::pem::{self, Block};

const FIELD: &str = "PEM";
const LABEL: &[u8] = b"PUBLIC KEY";

/// True when the text holds armour at all.
pub(super) fn is_armoured(text: &[u8]) -> bool {
    pem::position(text, pem::BEGIN).is_some()
}

/// Reads the one block: the key, and the bytes of the text that it does not depend on.
pub(super) fn parse(text: Input<'_>) -> Result<(PublicKey, Vec<Span>), ParseError> {
    let invalid = |what, span| ParseError::new(ParseErrorKind::Invalid(what), FIELD, span);
    let Some(block) = pem::next_block(text)? else {
        return Err(invalid("holds no block", text.span()));
    };
    if block.label != LABEL {
        return Err(invalid("holds something else than a public key", block.span));
    }
    let behind = block.rest.bytes();
    let space = behind.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if let Some(trailing) = behind.get(space..).filter(|trailing| !trailing.is_empty()) {
        let kind = ParseErrorKind::Trailing { size_bytes: trailing.len() as u64 };
        let offset = block.rest.offset().saturating_add(space);
        return Err(ParseError::new(kind, FIELD, Span::new(offset, trailing.len())));
    }
    let armour = Armour::of(&block).ok_or_else(|| invalid("is not base64", block.span))?;
    match spki::parse(Input::new(&armour.der)) {
        Ok((key, unbound)) => Ok((key, armour.unbound(&unbound, text.len()))),
        Err(error) => Err(ParseError { span: armour.in_text(error.span), ..error }),
    }
}

/// The content of a block and where each of its characters stands.
struct Armour {
    der: Vec<u8>,
    block: Span,
    /// Offset of every base64 character.
    characters: Vec<usize>,
}

/// Size of the first line without its end; the last line has [`END_SIZE`].
const BEGIN_SIZE: usize = pem::BEGIN.len() + LABEL.len() + pem::DASHES.len();
const END_SIZE: usize = pem::END.len() + LABEL.len() + pem::DASHES.len();

impl Armour {
    /// `None` when the block, which has our label, does not hold base64.
    fn of(block: &Block<'_>) -> Option<Self> {
        let body_offset = block.span.offset.saturating_add(BEGIN_SIZE);
        let (characters, text): (Vec<usize>, String) = (body_offset..)
            .zip(block.body)
            .filter(|(_, byte)| !byte.is_ascii_whitespace())
            .map(|(offset, &byte)| (offset, char::from(byte)))
            .unzip();
        // Refuses bits behind the last byte, so that every character takes part in the content.
        let der = Base64::decode_vec(&text).ok()?;
        Some(Self { der, block: block.span, characters })
    }

    /// The text that encodes some bytes of the content; the whole block where there is none.
    fn in_text(&self, span: Span) -> Span {
        let first = self.characters.get(sextets(span.offset));
        let last = sextets_up(span.end()).checked_sub(1).and_then(|last| self.characters.get(last));
        match (first, last) {
            (Some(&first), Some(&last)) if first <= last => {
                Span::new(first, last.saturating_sub(first).saturating_add(1))
            }
            _ => self.block,
        }
    }

    /// The bytes of the text that the key does not depend on, when it does not depend on
    /// `unbound` of the content.
    fn unbound(&self, unbound: &[Span], text_size_bytes: usize) -> Vec<Span> {
        let mut bound = vec![Span::new(self.block.offset, BEGIN_SIZE)];
        for span in spans_beside(unbound, self.der.len()) {
            // A character that also holds bits of an unbound neighbour is left out.
            let start = sextets_up(span.offset);
            let end = match span.end() == self.der.len() {
                true => self.characters.len(),
                false => sextets(span.end()),
            };
            let characters = self.characters.get(start..end).unwrap_or_default();
            bound.extend(characters.iter().map(|&offset| Span::new(offset, 1)));
        }
        bound.push(Span::new(self.block.end().saturating_sub(END_SIZE), END_SIZE));
        spans_beside(&bound, text_size_bytes)
    }
}

/// Base64 characters that end before byte `offset` of the content: six bits each.
fn sextets(offset: usize) -> usize {
    offset.saturating_mul(8) / 6
}

/// The same, with the character that byte `offset` begins in the middle of.
fn sextets_up(offset: usize) -> usize {
    offset.saturating_mul(8).div_ceil(6)
}
