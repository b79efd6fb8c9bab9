//! The ROCA fingerprint: RSA keys of a weak generator, told from the modulus alone.
//!
//! CVE-2017-15361. M. Nemec, M. Sys, P. Svenda, D. Klinec, V. Matyas, "The Return of Coppersmith's
//! Attack: Practical Factorization of Widely Used RSA Moduli", ACM CCS 2017, sections 2.1 and 2.2.
//! The library of Infineon chips, TPMs among them, made primes `p = k * M + (65537^a mod M)` with
//! `M` the product of the first small primes. Every such modulus is then a power of 65537 modulo
//! `M`, which is so for one random modulus in about 2^154.
//!
//! Both steps of the test need only arithmetic on small numbers: the discrete logarithm of the
//! modulus to the base 65537 modulo each prime, and whether the logarithms can belong to one
//! exponent (Chinese remainders). A key that bears the fingerprint is factored in hours to days
//! (2048 bits); a key without it is not thereby strong.

/// Primes whose product divides the `M` of every key size: the first 39, which are the `M` of
/// 512-bit keys.
const PRIMES: [u32; 39] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// The base of the generator's powers.
const BASE: u32 = 65_537;

/// True when a big-endian RSA modulus bears the fingerprint.
#[must_use]
pub fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    let logarithms: Option<Vec<Logarithm>> =
        PRIMES.iter().map(|&prime| logarithm(remainder(modulus, prime), prime)).collect();
    // Congruences have a common solution when each pair has (Chinese remainders for moduli that
    // share factors).
    logarithms.is_some_and(|logarithms| {
        logarithms.iter().all(|one| logarithms.iter().all(|other| one.agrees_with(*other)))
    })
}

/// All exponents that lead to a residue: `exponent` plus any multiple of `order`.
#[derive(Clone, Copy)]
struct Logarithm {
    exponent: u32,
    order: u32,
}

impl Logarithm {
    fn agrees_with(self, other: Self) -> bool {
        let shared = greatest_common_divisor(self.order, other.order);
        self.exponent.checked_rem(shared) == other.exponent.checked_rem(shared)
    }
}

/// The exponent of [`BASE`] that gives `residue` modulo `prime`, if there is one.
fn logarithm(residue: u32, prime: u32) -> Option<Logarithm> {
    let mut found = None;
    let mut power = 1;
    for exponent in 0..prime {
        if exponent > 0 && power == 1 {
            return found.map(|found| Logarithm { exponent: found, order: exponent });
        }
        if power == residue {
            found = Some(exponent);
        }
        power = power.checked_mul(BASE)?.checked_rem(prime)?;
    }
    None
}

/// A big-endian number modulo a prime below 2^8.
fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |rest: u32, byte| {
        (rest << 8 | u32::from(*byte)).checked_rem(prime).unwrap_or_default()
    })
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::bigint::Resize;
    use rsa::BoxedUint;

    use super::*;

    fn number(value: u64) -> BoxedUint {
        BoxedUint::from(value).resize(2_048)
    }

    /// `k * M + (65537^a mod M)` with `M` the product of the first `primes_count` primes.
    fn weak_factor(primes_count: usize, k: u64, a: u32) -> BoxedUint {
        let primes = (2_u64..).filter(|n| (2..*n).all(|divisor| n % divisor != 0));
        let product = primes
            .take(primes_count)
            .fold(number(1), |product, prime| product.wrapping_mul(number(prime)));
        let modulus = product.as_nz_vartime().unwrap();
        let base = number(u64::from(BASE));
        let power = (0..a).fold(number(1), |power, _| {
            power.wrapping_mul(&base).rem_vartime(modulus).resize(2_048)
        });
        product.wrapping_mul(number(k)).wrapping_add(power)
    }

    /// The smallest `k` that make primes of the wanted size, found once by a search with a
    /// Miller-Rabin test; number of primes of `M` per key size from section 2.1 of the paper.
    #[test]
    fn keys_made_as_the_weak_generator_makes_them_are_told() {
        for (size_bits, primes_count, factors) in [
            (512, 39, [(90_185_678_970, 1_234), (90_185_678_995, 777)]),
            (1_024, 71, [(108_916_852_847, 1_234), (108_916_852_860, 777)]),
            (2_048, 126, [(6_925_650_131_069_537, 1_234), (6_925_650_131_069_523, 777)]),
        ] {
            let [p, q] = factors.map(|(k, a)| weak_factor(primes_count, k, a));
            let modulus = p.wrapping_mul(&q);
            assert_eq!(modulus.bit_width_vartime(), size_bits);
            assert!(has_roca_fingerprint(&modulus.to_be_bytes()));
            // One factor of another shape takes the fingerprint away.
            for other in [q.wrapping_add(number(2)), q.wrapping_mul(number(3))] {
                assert!(!has_roca_fingerprint(&p.wrapping_mul(other).to_be_bytes()));
            }
        }
    }

    fn check(modulus_hex: &str, expected: bool) {
        let digits = modulus_hex.as_bytes().as_chunks::<2>().0;
        let modulus: Vec<u8> = digits
            .iter()
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        assert_eq!(has_roca_fingerprint(&modulus), expected);
    }

    /// Moduli from the tests of the paper's authors (github.com/crocs-muni/roca, `mod01.txt`,
    /// `mod08.txt`, `mod03.txt`): 512, 1024 and 2048 bits.
    #[test]
    fn keys_of_the_weak_generator_are_told() {
        check(
            "944e13208a280c37efc31c3114485e590192adbb8e11c87cad60cdef0037ce99278330d3f471a253\
             8fa667802ed2a3c44a8b7dea826e888d0aa341fd664f7fa7",
            true,
        );
        check(
            "01db349e1f58f5d41f65aa5b0ffa6ae0cea80de6c170b2b4abf9c358d79494ca59cab008f5ee9275\
             9b91d497e2131701047f953935a163e91db5460c82566f4df0c05bca02a8576f7c4e916b274e2f30\
             7b56fc8a20ad452b1b54d3924726a3b2329da882c7b8e102379dfe7a8c6b01d62e7ff0fd58e1e982\
             2f6e32b5b0486561fb",
            true,
        );
        check(
            "9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9\
             ea6fdc7332e9b0058c9ff2eb1fc89855029cf6aafe21e689feb38ac9ffb12f1ce371bb5d0e9aae64\
             161abce74b4244bf68f1edb4411f756a097c8929c14740245ea355f8332d1aa36bb50c7dcb4505da\
             8de02e4e53d38f8df06097da7524df0df93db48eac8cc4af2d3a16257eb2b2adca6ba464e5974fa9\
             2550d31b1babf161e7692d00b86e3dd886ecab4abfbe1a8f8cc263ff4af55cdb45f4249a5193925f\
             5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf411\
             4e5ecf50034a60a412523af9e6f4aa11",
            true,
        );
    }

    /// From the same tests (`test_fake_mods`): each residue is a power of the base, but of
    /// different exponents.
    #[test]
    fn powers_of_different_exponents_do_not_count() {
        check(
            "671f033425b5ae00140c5b04dbcaeada430ae348cf3bf18d6ec4621ea824c52dd2b0ac85762b28a5\
             d39ff23da73d4fcb241bf97b696e403eca234e05db9fe9ace2da265887c7b2ac7f9e7ed5bf6d919d\
             43286776cf57c07d3411e15f729fa6e563858059334d072638d9dfbfc4f32474b6c6071092f5a961\
             a7271f3209b37d9d",
            false,
        );
    }

    #[test]
    fn degenerate_moduli_do_not_count() {
        check("", false);
        check("00", false);
        check("03", false);
        check("010000", false);
    }

    #[test]
    fn a_power_of_the_base_counts() {
        // 65537 itself is 65537^1 modulo everything.
        check("010001", true);
    }
}
