//! Everything that a simulated host makes up comes from a seed and a label.
//!
//! Each value begins a stream of [`Rng`] of its own, so that none depends on the order in which
//! others were asked for: a new knob does not change the hosts that exist.

use portcullis_wire::Guid;

use crate::rng::Rng;

/// A tree of reproducible values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of a number: hosts of a fleet are numbered.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(Rng::from_seed("host", number).array())
    }

    /// The seed of a text: what all hosts of a class share.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(Rng::new("class", &[text.as_bytes()]).array())
    }

    /// A seed within this one, for a part that labels its own values.
    #[must_use]
    pub fn child(&self, label: &str) -> Self {
        Self(self.bytes32(label))
    }

    /// 32 bytes.
    #[must_use]
    pub fn bytes32(&self, label: &str) -> [u8; 32] {
        self.stream(label).array()
    }

    /// Any number of bytes.
    #[must_use]
    pub fn bytes(&self, label: &str, size: usize) -> Vec<u8> {
        self.stream(label).bytes(size)
    }

    fn stream(&self, label: &str) -> Rng {
        Rng::new(label, &[&self.0])
    }

    /// A number below `limit`, or 0 when that is 0.
    #[must_use]
    pub fn number(&self, label: &str, limit: u64) -> u64 {
        self.stream(label).below(limit)
    }

    /// A GUID, version 4.
    #[must_use]
    pub fn guid(&self, label: &str) -> Guid {
        let mut bytes = self.stream(label).array();
        bytes[7] = (bytes[7] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Guid(bytes)
    }

    /// Letters and digits, as serial numbers have them.
    #[must_use]
    pub fn alphanumeric(&self, label: &str, size: usize) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let letter = |byte: u8| {
            let letter = LETTERS.get(usize::from(byte & 31)).copied();
            char::from(letter.unwrap_or(b'A'))
        };
        self.bytes(label, size).into_iter().map(letter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_depend_on_seed_and_label_alone() {
        let seed = Seed::from_number(7);
        assert_eq!(seed.bytes("disk", 40), Seed::from_number(7).bytes("disk", 40));
        assert_ne!(seed.bytes("disk", 40), seed.bytes("nic", 40));
        assert_ne!(seed.bytes("disk", 40), Seed::from_number(8).bytes("disk", 40));
        assert_eq!(seed.bytes("disk", 40)[..20], seed.bytes("disk", 20));
    }

    #[test]
    fn a_number_stays_below_its_limit() {
        let seed = Seed::from_number(1);
        assert!((0..200).all(|index| seed.number(&index.to_string(), 10) < 10));
        assert_eq!(seed.number("none", 0), 0);
    }
}
