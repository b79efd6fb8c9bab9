//! Key derivation of TPMs: KDFa (TPM 2.0 Library part 1, section 11.4.10.2: SP 800-108 in counter
//! mode over HMAC) and KDFe (section 11.4.10.3: SP 800-56A), for whole bytes.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::crypto::{HashAlg, digest};

/// HMAC (RFC 2104) over the concatenation of `parts`.
pub(super) fn hmac(alg: HashAlg, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    match alg {
        HashAlg::Sha1 => mac::<Hmac<Sha1>>(key, parts),
        HashAlg::Sha256 => mac::<Hmac<Sha256>>(key, parts),
        HashAlg::Sha384 => mac::<Hmac<Sha384>>(key, parts),
        HashAlg::Sha512 => mac::<Hmac<Sha512>>(key, parts),
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// `bits` bits of KDFa; the second context is empty wherever a credential uses it.
pub(super) fn kdfa(alg: HashAlg, key: &[u8], label: &str, context: &[u8], bits: u16) -> Vec<u8> {
    let bits_word = u32::from(bits).to_be_bytes();
    blocks(alg, bits, |counter| {
        hmac(alg, key, &[&counter, label.as_bytes(), &[0], context, &bits_word])
    })
}

/// As many bits of KDFe as a digest has: from the x-coordinate of the agreed point and those of
/// the two parties.
pub(super) fn kdfe(alg: HashAlg, shared_x: &[u8], label: &str, own_x: &[u8], x: &[u8]) -> Vec<u8> {
    let first = 1u32.to_be_bytes();
    let parts = [&first, shared_x, label.as_bytes(), &[0], own_x, x];
    digest(alg, &parts).as_bytes().to_vec()
}

fn blocks(alg: HashAlg, bits: u16, block: impl Fn([u8; 4]) -> Vec<u8>) -> Vec<u8> {
    let size_bytes = usize::from(bits / 8);
    // At most 8 192 bytes, by the type of `bits`.
    let count = u32::try_from(size_bytes.div_ceil(alg.size_bytes())).unwrap_or(0);
    let mut bytes: Vec<u8> = (1..=count).flat_map(|counter| block(counter.to_be_bytes())).collect();
    bytes.truncate(size_bytes);
    bytes
}
