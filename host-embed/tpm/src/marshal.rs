//! Numbers and sized buffers of commands and responses (TPM 2.0 Library part 2, big-endian).

use portcullis_wire::tpm::CommandCode;

use crate::error::{Error, Result};

/// Bytes of a command in the making.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(crate) fn u16(mut self, value: u16) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A `TPM2B`. Longer ones than its size word can say never leave this crate; they are cut,
    /// which the TPM refuses.
    pub(crate) fn sized(self, bytes: &[u8]) -> Self {
        let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.u16(size).bytes(bytes.get(..usize::from(size)).unwrap_or_default())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes of a response that are not read yet. Every error names the command and the field.
pub(crate) struct Reader<'a> {
    command: CommandCode,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(command: CommandCode, bytes: &'a [u8]) -> Self {
        Self { command, rest: bytes }
    }

    pub(crate) const fn malformed(&self, field: &'static str) -> Error {
        Error::Malformed { command: self.command, field }
    }

    pub(crate) fn take(&mut self, field: &'static str, size: usize) -> Result<&'a [u8]> {
        let (bytes, rest) =
            self.rest.split_at_checked(size).ok_or_else(|| self.malformed(field))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N]> {
        let bytes = self.take(field, N)?;
        bytes.try_into().map_err(|_| self.malformed(field))
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8> {
        self.array(field).map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Content of a `TPM2B`.
    pub(crate) fn sized(&mut self, field: &'static str) -> Result<&'a [u8]> {
        let size = self.u16(field)?;
        self.take(field, usize::from(size))
    }

    /// A count of list elements, none of which takes fewer than `element_size_min` bytes, so that
    /// no count can ask for more memory than the response has bytes.
    pub(crate) fn count(&mut self, field: &'static str, element_size_min: usize) -> Result<usize> {
        let count = usize::try_from(self.u32(field)?).unwrap_or(usize::MAX);
        match count.checked_mul(element_size_min) {
            Some(size) if size <= self.rest.len() => Ok(count),
            _ => Err(self.malformed(field)),
        }
    }

    /// Everything that is left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_buffers_are_big_endian() {
        let bytes = Writer::default().u8(1).u16(2).u32(3).sized(&[4, 5]).finish();
        assert_eq!(bytes, [1, 0, 2, 0, 0, 0, 3, 0, 2, 4, 5]);
        let mut reader = Reader::new(CommandCode::QUOTE, &bytes);
        assert_eq!(reader.u8("a").unwrap(), 1);
        assert_eq!(reader.u16("b").unwrap(), 2);
        assert_eq!(reader.u32("c").unwrap(), 3);
        assert_eq!(reader.sized("d").unwrap(), [4, 5]);
        assert!(reader.u8("e").unwrap_err().to_string().contains("`e`"));
    }

    #[test]
    fn a_count_larger_than_the_response_is_malformed() {
        for (count, fits) in [([0, 0, 0, 2], true), ([0, 0, 0, 3], false), ([0xff; 4], false)] {
            let bytes = [&count[..], &[0; 5]].concat();
            let mut reader = Reader::new(CommandCode::PCR_READ, &bytes);
            assert_eq!(reader.count("count", 2).is_ok(), fits);
        }
    }
}
