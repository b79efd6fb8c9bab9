//! The hash functions of the simulated machines, and HMAC over them.
//!
//! FIPS 180-4 (SHA-1, SHA-2) and FIPS 198-1 (HMAC), by the same RustCrypto crates as the engine:
//! nothing else builds everywhere. That a digest is *right* is shown by outside referees.

use core::fmt;

use portcullis_wire::TpmAlg;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Largest digest in bytes (SHA-512).
const DIGEST_SIZE_BYTES_MAX: usize = 64;

/// Hash algorithms of the simulated TPM: those of its banks, names and signatures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HashAlg {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlg {
    /// All of them, in the order of their TPM identifiers.
    pub const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The TPM's identifier.
    #[must_use]
    pub const fn tpm_alg(self) -> TpmAlg {
        match self {
            Self::Sha1 => TpmAlg::SHA1,
            Self::Sha256 => TpmAlg::SHA256,
            Self::Sha384 => TpmAlg::SHA384,
            Self::Sha512 => TpmAlg::SHA512,
        }
    }

    /// The algorithm of a TPM identifier, or `None` for one that the simulator does not have.
    #[must_use]
    pub const fn from_tpm(alg: TpmAlg) -> Option<Self> {
        match alg {
            TpmAlg::SHA1 => Some(Self::Sha1),
            TpmAlg::SHA256 => Some(Self::Sha256),
            TpmAlg::SHA384 => Some(Self::Sha384),
            TpmAlg::SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Size of a digest in bytes.
    #[must_use]
    pub const fn size_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => DIGEST_SIZE_BYTES_MAX,
        }
    }

    /// Size of the compression function's block in bytes.
    const fn block_size_bytes(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }
}

impl fmt::Display for HashAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.tpm_alg(), f)
    }
}

/// A digest with its algorithm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    alg: HashAlg,
    bytes: [u8; DIGEST_SIZE_BYTES_MAX],
}

impl Digest {
    /// A digest whose bytes are all `byte`: reset values of registers.
    #[must_use]
    pub fn filled(alg: HashAlg, byte: u8) -> Self {
        let mut bytes = [0; DIGEST_SIZE_BYTES_MAX];
        bytes.iter_mut().take(alg.size_bytes()).for_each(|target| *target = byte);
        Self { alg, bytes }
    }

    /// A digest from its bytes, or `None` when they have another size.
    #[must_use]
    pub fn new(alg: HashAlg, value: &[u8]) -> Option<Self> {
        if value.len() != alg.size_bytes() {
            return None;
        }
        let mut digest = Self::filled(alg, 0);
        digest.bytes.iter_mut().zip(value).for_each(|(target, source)| *target = *source);
        Some(digest)
    }

    /// The algorithm.
    #[must_use]
    pub const fn alg(&self) -> HashAlg {
        self.alg
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.alg.size_bytes()).unwrap_or_default()
    }
}

/// Lower-case hexadecimal.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.alg)
    }
}

/// Hashes the concatenation of `parts`.
#[must_use]
pub fn digest(alg: HashAlg, parts: &[&[u8]]) -> Digest {
    match alg {
        HashAlg::Sha1 => run::<Sha1>(alg, parts),
        HashAlg::Sha256 => run::<Sha256>(alg, parts),
        HashAlg::Sha384 => run::<Sha384>(alg, parts),
        HashAlg::Sha512 => run::<Sha512>(alg, parts),
    }
}

fn run<D: sha2::Digest>(alg: HashAlg, parts: &[&[u8]]) -> Digest {
    let mut hasher = D::new();
    parts.iter().for_each(|part| hasher.update(part));
    let mut digest = Digest::filled(alg, 0);
    digest.bytes.iter_mut().zip(hasher.finalize()).for_each(|(target, source)| *target = source);
    digest
}

/// SHA-256 of the concatenation of `parts`, as an array.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// HMAC of the concatenation of `parts`.
#[must_use]
pub fn hmac(alg: HashAlg, key: &[u8], parts: &[&[u8]]) -> Digest {
    let block = alg.block_size_bytes();
    let mut padded =
        if key.len() > block { digest(alg, &[key]).as_bytes().to_vec() } else { key.to_vec() };
    padded.resize(block, 0);
    let inner_key: Vec<u8> = padded.iter().map(|byte| byte ^ 0x36).collect();
    let outer_key: Vec<u8> = padded.iter().map(|byte| byte ^ 0x5c).collect();
    let message: Vec<&[u8]> =
        core::iter::once(inner_key.as_slice()).chain(parts.iter().copied()).collect();
    let inner = digest(alg, &message);
    digest(alg, &[&outer_key, inner.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// FIPS 180-4 examples for `abc`.
    #[test]
    fn digests_are_those_of_the_standard() {
        let expected = [
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baec\
             a134c825a7",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c\
             23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ];
        for (alg, text) in HashAlg::ALL.into_iter().zip(expected) {
            assert_eq!(digest(alg, &[b"a", b"bc"]).to_string(), text);
        }
    }

    /// RFC 4231, test cases 1, 2 and 6 (a key longer than the block).
    #[test]
    fn hmacs_are_those_of_the_rfc() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(hmac(HashAlg::Sha256, key, &[data]).as_bytes(), hex(expected));
        }
    }

    #[test]
    fn a_digest_of_another_size_is_none() {
        assert!(Digest::new(HashAlg::Sha256, &[0; 20]).is_none());
        assert_eq!(Digest::new(HashAlg::Sha1, &[7; 20]), Some(Digest::filled(HashAlg::Sha1, 7)));
    }
}
