//! The only source of randomness: a seed.
//!
//! SHA-256 in counter mode over a 32-byte key. Streams are told apart by labels, so that a draw
//! more in one place changes nothing in another. Words are little-endian, whatever the target.
//!
//! Fit for reproducible tests. Whoever knows the seed knows everything that follows from it.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::hash::sha256;

/// A reproducible stream of random bytes. Cloning it repeats the stream: that is how a snapshot
/// of a TPM, once rewound, gives the same nonces again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    key: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Rng {
    /// The stream of `parts` under a label.
    #[must_use]
    pub fn new(label: &str, parts: &[&[u8]]) -> Self {
        let size = |part: &[u8]| u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes();
        let mut bytes = size(label.as_bytes()).to_vec();
        bytes.extend_from_slice(label.as_bytes());
        for part in parts {
            // Sizes keep ("ab", "c") and ("a", "bc") apart.
            bytes.extend_from_slice(&size(part));
            bytes.extend_from_slice(part);
        }
        Self { key: sha256(&[&bytes]), counter: 0, block: [0; 32], used: 32 }
    }

    /// The stream of a number, as users give it.
    #[must_use]
    pub fn from_seed(label: &str, seed: u64) -> Self {
        Self::new(label, &[&seed.to_le_bytes()])
    }

    /// Fills `target`.
    pub fn fill(&mut self, target: &mut [u8]) {
        for byte in target {
            *byte = self.byte();
        }
    }

    /// `size` bytes.
    pub fn bytes(&mut self, size: usize) -> Vec<u8> {
        let mut bytes = vec![0; size];
        self.fill(&mut bytes);
        bytes
    }

    /// An array.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, or zero when there is none. The remainder favours small numbers
    /// by at most `bound` in 2^64, which no test can tell.
    pub fn below(&mut self, bound: u64) -> u64 {
        u64::from_le_bytes(self.array()).checked_rem(bound).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        if self.used >= self.block.len() {
            self.block = sha256(&[&self.key, &self.counter.to_le_bytes()]);
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used = self.used.saturating_add(1);
        byte
    }
}

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        self.fill(target);
        Ok(())
    }
}

impl TryCryptoRng for Rng {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_label_and_by_the_borders_of_their_parts() {
        let first = |label: &str, parts: &[&[u8]]| Rng::new(label, parts).array::<16>();
        let all = [
            first("a", &[b"bc"]),
            first("ab", &[b"c"]),
            first("a", &[b"b", b"c"]),
            first("a", &[b"bc", b""]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| other != one));
        }
    }

    #[test]
    fn how_a_stream_is_cut_into_draws_changes_nothing() {
        let whole = Rng::from_seed("cut", 1).bytes(100);
        let mut rng = Rng::from_seed("cut", 1);
        let mut pieces = rng.bytes(1);
        pieces.extend(rng.bytes(63));
        pieces.extend(rng.array::<36>());
        assert_eq!(pieces, whole);
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut rng = Rng::from_seed("bound", 1);
        assert!((0..100).all(|_| rng.below(7) < 7));
        assert_eq!(rng.below(0), 0);
    }
}
