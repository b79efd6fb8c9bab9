//! The digests by which a policy is known.
//!
//! What a host measures is, by all that is known, the digest of the raw policy: of the whole file
//! when it is unsigned, of the content when it is signed (two sources: Microsoft has unsigned
//! copies registered because the signature is not measured, and a field script recognises
//! policies by it). No public file was ever found whose digest a public log holds, so the digest of
//! the whole signed file is computed, too: for diagnosis, never for a match that counts.

use super::file::{ReadError, raw_of};
use crate::crypto::{Digest, HashAlg, digest};

/// The digests of a policy file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyDigests {
    /// Of the raw policy: what a host measures.
    pub policy: Digest,
    /// Of the whole file; the same for an unsigned one.
    pub file: Digest,
    /// True when the file is signed.
    pub signed: bool,
}

/// Computes the digests of a binary policy file. A body that breaks its format does not matter
/// here: Windows measures bytes.
///
/// # Errors
/// [`ReadError`] when the file is no binary policy; an XML has no digest of its own.
pub fn digests(alg: HashAlg, bytes: &[u8]) -> Result<PolicyDigests, ReadError> {
    let (raw, signed) = raw_of(bytes)?;
    Ok(PolicyDigests { policy: digest(alg, &[raw]), file: digest(alg, &[bytes]), signed })
}
