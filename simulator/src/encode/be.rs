//! Big-endian bytes, as TPM structures want them (TPM 2.0 Library part 2, section 4).

/// Appends numbers and sized buffers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty writer.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Appends a byte.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// Appends 16 bits.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends 32 bits.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends 64 bits.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends bytes as they are.
    #[must_use]
    pub fn bytes(mut self, value: &[u8]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// Appends a `TPM2B`: 16 bits of size and the bytes. Nothing that a TPM makes is longer than
    /// 65 535 bytes; what is longer is cut there, so that the size stays true.
    #[must_use]
    pub fn sized(self, value: &[u8]) -> Self {
        let size = u16::try_from(value.len()).unwrap_or(u16::MAX);
        let value = value.get(..usize::from(size)).unwrap_or(value);
        self.u16(size).bytes(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_big_endian_and_buffers_carry_their_size() {
        let bytes = Writer::new().u8(1).u16(2).u32(3).u64(4).sized(b"ab").finish();
        let expected = [1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 2, b'a', b'b'];
        assert_eq!(bytes, expected);
    }
}
