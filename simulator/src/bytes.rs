//! A writer of little-endian structures: event logs, UEFI and Windows.

use portcullis_wire::Guid;

/// Bytes under construction.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One byte.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// Two bytes.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.raw(&value.to_le_bytes())
    }

    /// Four bytes.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.raw(&value.to_le_bytes())
    }

    /// Eight bytes.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.raw(&value.to_le_bytes())
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A GUID.
    #[must_use]
    pub fn guid(self, guid: Guid) -> Self {
        self.raw(&guid.0)
    }

    /// UTF-16 text without a terminator.
    #[must_use]
    pub fn utf16(self, text: &str) -> Self {
        self.raw(&utf16(text))
    }

    /// UTF-16 text with a terminator.
    #[must_use]
    pub fn utf16z(self, text: &str) -> Self {
        self.utf16(text).u16(0)
    }

    /// `count` times `value`.
    #[must_use]
    pub fn fill(mut self, value: u8, count: usize) -> Self {
        self.0.resize(self.0.len().saturating_add(count), value);
        self
    }

    /// The size of `bytes` in 32 bits, then `bytes`.
    #[must_use]
    pub fn sized32(self, bytes: &[u8]) -> Self {
        self.u32(size32(bytes)).raw(bytes)
    }
}

/// A size as formats with 32-bit sizes have it. Nothing here comes near the limit.
#[must_use]
pub fn size32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// UTF-16LE text without a terminator.
#[must_use]
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
        text
    })
}
