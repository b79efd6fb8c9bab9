//! Seeded mutations: the same seed makes the same inputs.

/// Values at which counts and sizes go wrong.
const NUMBERS: [u32; 12] =
    [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff];

/// Longest input that a mutation makes from a shorter seed.
const GROWTH_SIZE_BYTES_MAX: usize = 4_096;

/// A small generator of numbers that look random (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator of one seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.number().checked_rem(end).unwrap_or(0)).unwrap_or(0)
    }
}

/// One of the seeds with one to four changes.
///
/// # Panics
/// When there are no seeds.
#[must_use]
pub fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        change(&mut bytes, seeds, random);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let place = random.below(bytes.len());
    let size = random.below(64).min(bytes.len() - place);
    match random.below(8) {
        0 => bytes.truncate(place),
        1 => drop(bytes.drain(place..place + size)),
        2 if bytes.len() < GROWTH_SIZE_BYTES_MAX => {
            let copy = bytes[place..place + size].to_vec();
            bytes.splice(place..place, copy);
        }
        3 => {
            // The tail of another seed, at the same place: both framings stay plausible.
            let other = &seeds[random.below(seeds.len())];
            bytes.truncate(place);
            bytes.extend_from_slice(other.get(place..).unwrap_or_default());
        }
        4 => overwrite(bytes, place, random),
        5 => flip(bytes, place, 0xff),
        _ => flip(bytes, place, 1 << random.below(8)),
    }
}

fn flip(bytes: &mut [u8], place: usize, mask: u8) {
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= mask;
    }
}

/// Overwrites one, two or four bytes with a telling number, in either byte order.
fn overwrite(bytes: &mut [u8], place: usize, random: &mut Random) {
    let size = 1 << random.below(3);
    let value = NUMBERS[random.below(NUMBERS.len())];
    let (little, big) = (value.to_le_bytes(), value.to_be_bytes());
    let encoded = if random.below(2) == 0 { &little[..size] } else { &big[4 - size..] };
    for (byte, new) in bytes.iter_mut().skip(place).zip(encoded) {
        *byte = *new;
    }
}
