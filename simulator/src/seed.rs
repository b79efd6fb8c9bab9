//! Everything that a simulated host makes up comes from a seed and a label.
//!
//! A value is SHA-256 over the seed and the label, so that no value depends on the order in which
//! others were asked for: a new knob does not change the hosts that exist.

use portcullis_wire::Guid;

use crate::bank::Bank;

/// A source of reproducible values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of a number: hosts of a fleet are numbered.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self::from_parts(&[b"portcullis seed", &number.to_le_bytes()])
    }

    /// The seed of a text: what all hosts of a class share.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self::from_parts(&[b"portcullis class", text.as_bytes()])
    }

    fn from_parts(parts: &[&[u8]]) -> Self {
        let mut bytes = [0; 32];
        for (slot, byte) in bytes.iter_mut().zip(Bank::Sha256.digest(parts)) {
            *slot = byte;
        }
        Self(bytes)
    }

    /// A seed within this one, for a part that labels its own values.
    #[must_use]
    pub fn child(&self, label: &str) -> Self {
        Self::from_parts(&[&self.0, b"/", label.as_bytes()])
    }

    /// 32 bytes.
    #[must_use]
    pub fn bytes32(&self, label: &str) -> [u8; 32] {
        self.child(label).0
    }

    /// Any number of bytes.
    #[must_use]
    pub fn bytes(&self, label: &str, size: usize) -> Vec<u8> {
        let block = self.child(label);
        let blocks = (0..size.div_ceil(32) as u64)
            .flat_map(|index| Bank::Sha256.digest(&[&block.0, &index.to_le_bytes()]));
        blocks.take(size).collect()
    }

    /// A number below `limit`, or 0 when that is 0.
    #[must_use]
    pub fn number(&self, label: &str, limit: u64) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes32(label);
        u64::from_le_bytes([a, b, c, d, e, f, g, h]).checked_rem(limit).unwrap_or(0)
    }

    /// A GUID, version 4.
    #[must_use]
    pub fn guid(&self, label: &str) -> Guid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(self.bytes(label, 16).get(..16).unwrap_or(&[0; 16]));
        bytes[7] = (bytes[7] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Guid(bytes)
    }

    /// Letters and digits, as serial numbers have them.
    #[must_use]
    pub fn alphanumeric(&self, label: &str, size: usize) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let letter = |byte: u8| char::from(LETTERS[usize::from(byte & 31)]);
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
