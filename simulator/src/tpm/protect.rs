//! What leaves the TPM sealed: private parts of keys, and credentials.
//!
//! TPM 2.0 Library part 1, sections 22 (protected storage) and 24 (credential protection): an
//! AES key and an HMAC key are derived from one seed; encryption first, HMAC over the ciphertext
//! and the name of the object second.

use portcullis_wire::tpm::Rc;

use super::cfb;
use super::error::{Result, TpmError, fail};
use super::kdf::kdfa;
use super::unmarshal::Reader;
use crate::encode::be::Writer;
use crate::hash::{Digest, HashAlg, hmac};

/// Keys from the seed of a parent or of a credential.
pub(super) struct Seal<'a> {
    /// Hash of the parent's or EK's name.
    pub hash: HashAlg,
    /// Bits of its AES key.
    pub symmetric_bits: u16,
    /// The seed.
    pub seed: &'a [u8],
    /// Name of the object that is protected.
    pub name: &'a [u8],
}

impl Seal<'_> {
    /// `integrity || ciphertext`, the HMAC in a `TPM2B`. `prefix` is the initial vector in the
    /// form in which it is stored, or nothing.
    pub(super) fn seal(&self, prefix: &[u8], iv: [u8; 16], plain: &[u8]) -> Result<Vec<u8>> {
        let Some(sealed) = cfb::encrypt(&self.cipher_key(), iv, plain) else {
            return fail(Rc::SYMMETRIC, "no such cipher");
        };
        let integrity = self.integrity(&[prefix, &sealed]);
        Ok(Writer::new().sized(integrity.as_bytes()).bytes(prefix).bytes(&sealed).finish())
    }

    /// Checks the HMAC and returns what stands behind it, not yet decrypted.
    pub(super) fn authentic<'b>(&self, sealed: &'b [u8]) -> Result<&'b [u8]> {
        let mut reader = Reader::new(sealed);
        let integrity = reader.sized()?;
        let rest = reader.rest();
        if self.integrity(&[rest]).as_bytes() != integrity {
            return fail(Rc::INTEGRITY, "was made for another object or was altered");
        }
        Ok(rest)
    }

    pub(super) fn decrypt(&self, iv: [u8; 16], sealed: &[u8]) -> Result<Vec<u8>> {
        let unknown = TpmError::new(Rc::SYMMETRIC, "no such cipher");
        cfb::decrypt(&self.cipher_key(), iv, sealed).ok_or(unknown)
    }

    fn cipher_key(&self) -> Vec<u8> {
        kdfa(self.hash, self.seed, "STORAGE", self.name, &[], u32::from(self.symmetric_bits))
    }

    fn integrity(&self, parts: &[&[u8]]) -> Digest {
        let bits = u32::try_from(self.hash.size_bytes().saturating_mul(8)).unwrap_or(0);
        let key = kdfa(self.hash, self.seed, "INTEGRITY", &[], &[], bits);
        let message: Vec<&[u8]> = parts.iter().copied().chain([self.name]).collect();
        hmac(self.hash, &key, &message)
    }
}
