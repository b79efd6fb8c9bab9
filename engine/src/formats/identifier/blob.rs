//! Bytes inside the XML, and what they are.

use base64ct::{Base64, Encoding};

use super::xml::Slot;
use crate::Span;
use crate::crypto::PublicKey;
use crate::formats::{key, x509};

/// Bytes that the text of an element or an attribute encodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blob {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they are.
    pub content: BlobContent,
    /// Where they stand in the document, as in `PlatformIdentifier/EKpub`.
    pub path: String,
    /// Where they stand in the file: the text, or the start tag with the attribute.
    pub span: Span,
}

/// What a [`Blob`] is, by its bytes alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlobContent {
    /// A public key that [`key::parse_public_key`] reads.
    PublicKey,
    /// A certificate that [`x509::Certificate`] reads.
    Certificate,
    /// Anything else.
    Unknown,
}

/// Fewer bytes are no blob: serial numbers, addresses and identifiers happen to be base64, too.
/// The smallest key is a P-256 point, 64 bytes.
const BLOB_SIZE_BYTES_MIN: usize = 32;

/// Characters of a line of base64, except the last. No word of a message is as long.
const LINE_CHARS_MIN: usize = 40;

impl Blob {
    /// The blob in a place, or `None` when its text encodes none.
    pub(super) fn decode(slot: &Slot) -> Option<Self> {
        let bytes = decode(&slot.text)?;
        let content = content(&bytes);
        Some(Self { bytes, content, path: slot.path.clone(), span: slot.span })
    }

    /// The key, when it is one.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        key::parse_public_key(&self.bytes).ok().map(|file| file.key)
    }

    /// True when both are the same key, in whatever encoding, or the same bytes.
    pub(super) fn same_key(&self, other: &Self) -> bool {
        let key = self.public_key();
        self.bytes == other.bytes || (key.is_some() && key == other.public_key())
    }
}

/// PEM armour as it is, hexadecimal, or base64 on one or several lines.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.starts_with("-----BEGIN ") {
        return Some(text.as_bytes().to_vec());
    }
    let mut lines = text.split_whitespace().rev().skip(1);
    if lines.any(|line| line.len() < LINE_CHARS_MIN) {
        return None;
    }
    let joined: String = text.split_whitespace().collect();
    let bytes = hexadecimal(&joined).or_else(|| Base64::decode_vec(&joined).ok())?;
    (bytes.len() >= BLOB_SIZE_BYTES_MIN).then_some(bytes)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |&[high, low]: &[u8; 2]| Some((digit(high)? << 4) | digit(low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

fn content(bytes: &[u8]) -> BlobContent {
    if key::parse_public_key(bytes).is_ok() {
        return BlobContent::PublicKey;
    }
    let is_certificate = x509::find_certificates(bytes)
        .is_ok_and(|files| files.first().is_some_and(|file| file.parse().is_ok()));
    if is_certificate { BlobContent::Certificate } else { BlobContent::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_and_hexadecimal_are_bytes_however_they_are_wrapped() {
        let bytes: Vec<u8> = (0..40).collect();
        let base64 = Base64::encode_string(&bytes);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let (first, second) = base64.split_at(LINE_CHARS_MIN);
        for text in [&base64, &hex, &format!("\r\n  {first}\r\n  {second}\r\n")] {
            assert_eq!(decode(text), Some(bytes.clone()), "{text}");
        }
    }

    #[test]
    fn messages_and_small_things_are_no_blobs() {
        for text in [
            "",
            "No EK certificate could be found on this TPM",
            "4C4C4544-0043-4D10-8054-B4C04F4D4C32",
            "00155D0A0B0C",
            &"A".repeat(43),
            &"=".repeat(64),
            // Bits behind the last byte: what wrote this is no encoder.
            &format!("{}B==", "A".repeat(61)),
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn armour_is_kept_as_it_stands() {
        let text = "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----";
        assert_eq!(decode(&format!("\n{text}\n")).as_deref(), Some(text.as_bytes()));
    }
}
