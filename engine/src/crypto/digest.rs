//! Digest values and the hash algorithms that the engine can compute.

use core::fmt;

use portcullis_wire::TpmAlg;

/// Hash algorithms that the engine computes. Others (SM3, SHA-3) are read and shown, not replayed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HashAlg {
    /// SHA-1. Only for logs and keys that have nothing better; every use is reported.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlg {
    /// All of them, weakest first.
    pub const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Size of a digest in bytes.
    #[must_use]
    pub const fn size_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The TPM's number for the algorithm.
    #[must_use]
    pub const fn tpm_alg(self) -> TpmAlg {
        match self {
            Self::Sha1 => TpmAlg::SHA1,
            Self::Sha256 => TpmAlg::SHA256,
            Self::Sha384 => TpmAlg::SHA384,
            Self::Sha512 => TpmAlg::SHA512,
        }
    }

    /// The algorithm of a TPM number, or `None` for one that the engine cannot compute.
    #[must_use]
    pub fn from_tpm(alg: TpmAlg) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.tpm_alg() == alg)
    }

    /// The algorithm of a lower-case name as tpm2-tools spells it (`sha256`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.tpm_alg().name() == Some(name))
    }
}

impl fmt::Display for HashAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.tpm_alg(), f)
    }
}

/// A digest value with its algorithm. Prints as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    alg: HashAlg,
    // Bytes behind the algorithm's size are zero, so that derived comparisons hold.
    bytes: [u8; 64],
}

impl Digest {
    /// A digest of `alg` from its bytes, or `None` when their number is wrong.
    #[must_use]
    pub fn new(alg: HashAlg, value: &[u8]) -> Option<Self> {
        if value.len() != alg.size_bytes() {
            return None;
        }
        let mut bytes = [0; 64];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { alg, bytes })
    }

    /// A digest whose bytes all have one value: the reset value of a register.
    #[must_use]
    pub fn filled(alg: HashAlg, byte: u8) -> Self {
        let mut bytes = [0; 64];
        for slot in bytes.iter_mut().take(alg.size_bytes()) {
            *slot = byte;
        }
        Self { alg, bytes }
    }

    /// The algorithm.
    #[must_use]
    pub const fn alg(&self) -> HashAlg {
        self.alg
    }

    /// The bytes, as many as the algorithm has.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.alg.size_bytes()).unwrap_or(&self.bytes)
    }
}

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
