//! Where the vendors of firmware TPMs publish EK certificates.
//!
//! Firmware TPMs of Intel and AMD ship without a certificate in NV; the address of the
//! certificate is a hash of the key. The functions are pure: somebody with a network fetches,
//! and the answer is as untrusted as any other certificate. Rules as in go-attestation
//! (`attest/tpm.go`) and tpm2-tools (`tpm2_getekcertificate.c`).

use core::fmt::Write as _;

use crate::crypto::{HashAlg, PublicKey, digest};

/// The only public exponent that both services know.
const EXPONENT: [u8; 3] = [0x01, 0x00, 0x01];

const INTEL: &str = "https://ekop.intel.com/ekcertservice/";
const AMD: &str = "https://ftpm.amd.com/pki/aia/";

/// The address of an Intel EK certificate: base64url of SHA-256 over modulus and exponent, or
/// over both coordinates, its padding percent-encoded. The answer is JSON with the certificate
/// in the same base64url. `None` for an unusual exponent.
#[must_use]
pub fn intel_url(ek: &PublicKey) -> Option<String> {
    let hash = match ek {
        PublicKey::Rsa { modulus, exponent } => {
            (*exponent == EXPONENT).then(|| digest(HashAlg::Sha256, &[modulus, &EXPONENT]))?
        }
        PublicKey::Ecc { x, y, .. } => digest(HashAlg::Sha256, &[x, y]),
    };
    Some(format!("{INTEL}{}", base64_url(hash.as_bytes())))
}

/// The address of an AMD EK certificate: the first 16 bytes, as upper-case hexadecimal digits, of
/// SHA-256 over a prefix for the key's kind, the exponent as 32 bits and the modulus; or the
/// prefix and both coordinates. The answer is the certificate in DER. `None` for an unusual
/// exponent.
#[must_use]
pub fn amd_url(ek: &PublicKey) -> Option<String> {
    let hash = match ek {
        PublicKey::Rsa { modulus, exponent } => {
            let head = [0x00, 0x00, 0x22, 0x22, 0x00, 0x01, 0x00, 0x01];
            (*exponent == EXPONENT).then(|| digest(HashAlg::Sha256, &[&head, modulus]))?
        }
        PublicKey::Ecc { x, y, .. } => digest(HashAlg::Sha256, &[&[0x00, 0x00, 0x44, 0x44], x, y]),
    };
    let mut url = String::from(AMD);
    for byte in hash.as_bytes().iter().take(16) {
        let _ = write!(url, "{byte:02X}");
    }
    Some(url)
}

/// Base64 with the URL alphabet (RFC 4648, section 5); `=` as `%3D`.
fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (index, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let symbol = usize::try_from(bits >> shift & 0x3f).unwrap_or_default();
            match ALPHABET.get(symbol) {
                Some(symbol) if index <= chunk.len() => text.push(char::from(*symbol)),
                _ => text.push_str("%3D"),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of RFC 4648, section 10.
    #[test]
    fn base64_follows_its_specification() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg%3D%3D"),
            ("fo", "Zm8%3D"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg%3D%3D"),
            ("fooba", "Zm9vYmE%3D"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64_url(bytes.as_bytes()), text);
        }
        assert_eq!(base64_url(&[0xfb, 0xff, 0xfe]), "-__-");
    }

    #[test]
    fn an_unusual_exponent_has_no_address() {
        let key = PublicKey::Rsa { modulus: vec![5], exponent: vec![3] };
        assert_eq!((intel_url(&key), amd_url(&key)), (None, None));
    }
}
