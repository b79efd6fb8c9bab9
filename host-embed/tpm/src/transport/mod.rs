//! Ways to a TPM: the kernel's device, and the sockets of software TPMs.

mod address;
mod device;
mod mssim;
mod swtpm;

use std::fmt;
use std::io::{self, Read};

pub use address::Address;

use crate::error::Result;

/// Largest response of a TPM (PC client profile: 4 096 bytes; twice that for those to come).
const RESPONSE_SIZE_BYTES_MAX: usize = 8 * 1024;

/// Size of a response's header: tag, size, code.
const HEADER_SIZE_BYTES: usize = 10;

/// A way to a TPM.
pub trait Transport: fmt::Debug {
    /// Sends a command and returns the whole response.
    ///
    /// # Errors
    /// [`crate::Error::Transport`].
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>>;
}

/// Reads a response whose size stands in its header.
fn read_response(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut response = vec![0; HEADER_SIZE_BYTES];
    stream.read_exact(&mut response)?;
    let size = match response.as_slice() {
        [_, _, a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if !(HEADER_SIZE_BYTES..=RESPONSE_SIZE_BYTES_MAX).contains(&size) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the response has no sound size"));
    }
    response.resize(size, 0);
    stream.read_exact(response.get_mut(HEADER_SIZE_BYTES..).unwrap_or_default())?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_as_long_as_its_header_says_and_no_longer_than_a_tpm_can_answer() {
        let response = [&[0x80, 1, 0, 0, 0, 12, 0, 0, 0, 0, 7, 8][..], &[9]].concat();
        assert_eq!(read_response(&mut &response[..]).unwrap(), response[..12]);
        for head in [[0x80, 1, 0, 0, 0, 9, 0, 0, 0, 0], [0x80, 1, 0xff, 0, 0, 0, 0, 0, 0, 0]] {
            let error = read_response(&mut &head[..]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
        assert!(read_response(&mut &response[..11]).is_err());
    }
}
