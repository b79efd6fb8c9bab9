//! Primes from a seed.
//!
//! A start is drawn, and the candidates `start + i * step` are tried in order: those with a small
//! factor are passed over, the others face Baillie-PSW (`crypto-primes`). The choice depends on
//! nothing but the drawn bytes, not on a word size or on how a library consumes randomness.

use crypto_bigint::{BoxedUint, NonZero, Resize as _};
use crypto_primes::Flavor;
use crypto_primes::hazmat::MillerRabin;

use super::RSA_EXPONENT;
use crate::rng::Rng;

/// Factors that are tried by division: the primes below this.
const SMALL_PRIMES_BELOW: u32 = 8_192;

/// Candidates from one start. One of 355 odd numbers of 1024 bits is prime, so that one start in
/// 300 ends without a prime.
const CANDIDATES_MAX: u64 = 2_048;

/// Starts. That all of them end without a prime has a chance below 2^-500.
const STARTS_MAX: usize = 64;

/// The first primes, whose product is the `M` of CVE-2017-15361 for the smallest key size.
const ROCA_PRIMES: usize = 39;

/// How the primes of an RSA key come about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum RsaPrimes {
    /// As they should.
    #[default]
    Sound,
    /// As the library of Infineon chips made them (CVE-2017-15361): `k * M + (65537^a mod M)`.
    /// The modulus bears the fingerprint.
    Roca,
}

impl RsaPrimes {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Sound, Self::Roca];

    /// The name in specifications.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Roca => "roca",
        }
    }
}

/// The next prime of `bits` bits, with its two highest bits set, so that the product of two has
/// twice the bits; and such that [`RSA_EXPONENT`] has an inverse. `None` never happens.
pub(super) fn prime(bits: u32, kind: RsaPrimes, rng: &mut Rng) -> Option<BoxedUint> {
    let small = small_primes();
    (0..STARTS_MAX).find_map(|_| {
        let drawn = drawn_start(bits, rng)?;
        let two = BoxedUint::from(2_u8).resize(bits);
        let (start, step) = match kind {
            RsaPrimes::Sound => (drawn, two),
            RsaPrimes::Roca => roca_progression(&drawn, &small, rng)?,
        };
        search(bits, start, &step, &small)
    })
}

/// An odd number of `bits` bits whose two highest bits are set.
fn drawn_start(bits: u32, rng: &mut Rng) -> Option<BoxedUint> {
    let mut bytes = rng.bytes(usize::try_from(bits / 8).ok()?);
    *bytes.first_mut()? |= 0xc0;
    *bytes.last_mut()? |= 1;
    BoxedUint::from_be_slice(&bytes, bits).ok()
}

/// `start` moved down to a number that is a power of 65537 modulo `M`, and `M`.
fn roca_progression(
    start: &BoxedUint,
    small: &[u32],
    rng: &mut Rng,
) -> Option<(BoxedUint, BoxedUint)> {
    let bits = start.bits_precision();
    let product = small
        .iter()
        .take(ROCA_PRIMES)
        .fold(BoxedUint::one_with_precision(bits), |product, prime| {
            product.wrapping_mul(BoxedUint::from(*prime))
        });
    let modulus = NonZero::new(product.clone()).into_option()?;
    let generator = BoxedUint::from(RSA_EXPONENT);
    let mut power = BoxedUint::one_with_precision(bits);
    // 2^12 exponents are a fine subset; the fingerprint asks for some power, not for a large one.
    for _ in 0..rng.below(4_096) {
        power = power.wrapping_mul(&generator).rem(&modulus);
    }
    let base = start.wrapping_sub(start.rem(&modulus));
    Some((base.wrapping_add(&power), product))
}

fn search(bits: u32, start: BoxedUint, step: &BoxedUint, small: &[u32]) -> Option<BoxedUint> {
    let residues: Vec<(u64, u64, u64)> = small
        .iter()
        .map(|prime| {
            let prime = u64::from(*prime);
            (prime, residue(&start, prime), residue(step, prime))
        })
        .collect();
    let mut candidate = start;
    for index in 0..CANDIDATES_MAX {
        let divides = |(prime, start, step): &(u64, u64, u64)| {
            let offset = index.wrapping_mul(*step);
            start.wrapping_add(offset).checked_rem(*prime) == Some(0)
        };
        if candidate.bit_width_vartime() == bits
            && !residues.iter().any(divides)
            && residue(&candidate, u64::from(RSA_EXPONENT)) != 1
            && is_prime(&candidate)
        {
            return Some(candidate);
        }
        candidate = candidate.wrapping_add(step);
    }
    None
}

fn is_prime(candidate: &BoxedUint) -> bool {
    // Nearly every composite ends at the first test; the second asks again before Lucas.
    let Some(odd) = candidate.to_odd().into_option() else {
        return false;
    };
    !MillerRabin::new(odd).test_base_two().is_composite()
        && crypto_primes::is_prime(Flavor::Any, candidate)
}

/// The remainder of a division by a number below 2^32.
fn residue(number: &BoxedUint, divisor: u64) -> u64 {
    number.to_be_bytes().iter().fold(0, |rest: u64, byte| {
        let shifted = (rest << 8) | u64::from(*byte);
        shifted.checked_rem(divisor).unwrap_or(0)
    })
}

/// The primes below [`SMALL_PRIMES_BELOW`], in order.
fn small_primes() -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for number in 2..SMALL_PRIMES_BELOW {
        let composite = found
            .iter()
            .take_while(|prime| prime.saturating_mul(**prime) <= number)
            .any(|prime| number.checked_rem(*prime) == Some(0));
        if !composite {
            found.push(number);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_primes_are_complete() {
        let primes = small_primes();
        assert_eq!(primes.len(), 1_028);
        assert_eq!(primes[38], 167);
    }

    #[test]
    fn a_prime_has_the_bits_that_were_asked_for() {
        for kind in [RsaPrimes::Sound, RsaPrimes::Roca] {
            let prime = prime(512, kind, &mut Rng::from_seed("prime", 1)).unwrap();
            assert_eq!(prime.bit_width_vartime(), 512);
            assert_eq!(prime.to_be_bytes()[0] & 0xc0, 0xc0);
            assert_eq!(residue(&prime, 2), 1);
        }
    }
}
