//! Key derivation (TPM 2.0 Library part 1, sections 11.4.10.2 and 11.4.10.3): KDFa by SP 800-108
//! in counter mode over HMAC, KDFe by SP 800-56A. Sizes are whole bytes here.

use crate::hash::{HashAlg, digest, hmac};

/// KDFa: `bits` bits from a key, a label and two contexts.
#[must_use]
pub fn kdfa(alg: HashAlg, key: &[u8], label: &str, u: &[u8], v: &[u8], bits: u32) -> Vec<u8> {
    blocks(alg, bits, |counter| {
        let parts = [&counter, label.as_bytes(), &[0], u, v, &bits.to_be_bytes()];
        hmac(alg, key, &parts).as_bytes().to_vec()
    })
}

/// KDFe: `bits` bits from the x-coordinate of an agreed point, a label and the x-coordinates of
/// the two parties.
#[must_use]
pub fn kdfe(alg: HashAlg, z: &[u8], label: &str, u: &[u8], v: &[u8], bits: u32) -> Vec<u8> {
    blocks(alg, bits, |counter| {
        digest(alg, &[&counter, z, label.as_bytes(), &[0], u, v]).as_bytes().to_vec()
    })
}

fn blocks(alg: HashAlg, bits: u32, block: impl Fn([u8; 4]) -> Vec<u8>) -> Vec<u8> {
    let size = usize::try_from(bits / 8).unwrap_or(0);
    let count = size.div_ceil(alg.size_bytes());
    let counters = 1..=u32::try_from(count).unwrap_or(0);
    let mut bytes: Vec<u8> = counters.flat_map(|counter| block(counter.to_be_bytes())).collect();
    bytes.truncate(size);
    bytes
}
