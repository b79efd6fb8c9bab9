//! The digests of a policy file.

use portcullis_engine::ci_policy::hash;
use portcullis_engine::crypto::HashAlg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PolicyError, XML_HAS_NO_HASH, is_xml};

/// The digests of a policy file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CiPolicyHashDoc {
    /// Of the policy without its signature: what a host measures and what is registered.
    pub policy_sha256: String,
    /// Of the whole file; the same when it is not signed.
    pub file_sha256: String,
    /// True when the file is signed.
    pub signed: bool,
}

/// Computes the digests of a binary policy file.
///
/// # Errors
/// [`PolicyError`] for anything but a binary policy, signed or not.
pub fn hash(bytes: &[u8]) -> Result<CiPolicyHashDoc, PolicyError> {
    if is_xml(bytes) {
        return Err(PolicyError::Kind(XML_HAS_NO_HASH));
    }
    let digests = hash::digests(HashAlg::Sha256, bytes)?;
    Ok(CiPolicyHashDoc {
        policy_sha256: digests.policy.to_string(),
        file_sha256: digests.file.to_string(),
        signed: digests.signed,
    })
}
