//! Random bytes that the caller drew, handed out once.
//!
//! What it does *not* establish: that they are random. The caller vouches for that.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// Random bytes that one credential may need: a seed and the seed of its padding, or three scalars
/// of the longest curve.
pub const ENTROPY_SIZE_BYTES: usize = 192;

/// The bytes that are left.
pub(super) struct Entropy<'a> {
    rest: &'a [u8],
    is_overdrawn: bool,
}

impl<'a> Entropy<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_overdrawn: false }
    }

    /// The next bytes, or `None` when fewer are left; none is handed out twice.
    pub(super) fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let Some((bytes, rest)) = self.rest.split_at_checked(size) else {
            self.is_overdrawn = true;
            return None;
        };
        self.rest = rest;
        Some(bytes)
    }

    /// True when bytes were asked for that were not there. The random number interface has no
    /// errors, so whoever used it must ask.
    pub(super) const fn is_overdrawn(&self) -> bool {
        self.is_overdrawn
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }
}

impl TryRng for Entropy<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        match self.take(target.len()) {
            Some(bytes) => target.copy_from_slice(bytes),
            None => target.fill(0),
        }
        Ok(())
    }
}

impl TryCryptoRng for Entropy<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_handed_out_once_and_an_overdraft_is_remembered() {
        let mut entropy = Entropy::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(entropy.take(2), Some(&[1, 2][..]));
        assert_eq!(entropy.try_next_u32(), Ok(u32::from_le_bytes([3, 4, 5, 6])));
        assert!(!entropy.is_overdrawn());
        let mut target = [7; 4];
        entropy.try_fill_bytes(&mut target).unwrap();
        assert_eq!(target, [0; 4]);
        assert!(entropy.is_overdrawn());
    }
}
