//! Writes the elements that the binary is made of. Independent of the reader's elements.

use portcullis_wire::Guid;

use crate::ci_policy::model::Version;

/// A binary in the making.
///
/// Sizes and counts are 32 bits in the format. Whatever the engine holds in memory was bounded by
/// [`crate::limits::CI_POLICY_SIZE_BYTES_MAX`] when it was read, so they saturate only in models
/// that a caller built by hand, and then the reader refuses the result.
#[derive(Default)]
pub(super) struct Sink {
    bytes: Vec<u8>,
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Sink {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    pub(super) fn count(&mut self, count: usize) {
        self.u32(size(count));
    }

    pub(super) fn version(&mut self, version: Version) {
        self.raw(&version.0.to_le_bytes());
    }

    pub(super) fn guid(&mut self, guid: Guid) {
        self.raw(&guid.0);
    }

    pub(super) fn indices(&mut self, indices: &[u32]) {
        self.count(indices.len());
        indices.iter().for_each(|index| self.u32(*index));
    }

    pub(super) fn blob(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
        self.pad(bytes.len());
    }

    /// Zeros up to a multiple of four, counted from the start of what was written: inside the
    /// application settings nothing is aligned.
    fn pad(&mut self, written: usize) {
        let padding = [0; 3];
        let missing = written.wrapping_neg() & 3;
        self.raw(padding.get(..missing).unwrap_or_default());
    }

    /// Text and its terminator.
    pub(super) fn text(&mut self, text: &str) {
        let units = text.encode_utf16().count();
        let bytes = units.saturating_mul(2);
        self.count(bytes);
        self.bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        self.pad(bytes);
        self.u32(0);
    }

    pub(super) fn optional_text(&mut self, text: Option<&str>) {
        self.text(text.unwrap_or_default());
    }
}
