//! Credentials as documents: what the service asks for when it does not know an AK yet.
//!
//! What a reply does *not* establish: that the EK is registered or endorsed, or that the host
//! holds either key. Only the returned secret proves the latter.

use portcullis_engine::credential::{self, CredentialRequest, ENTROPY_SIZE_BYTES};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::text::{Blob, hex};

/// Asks for a credential.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialCallDoc {
    /// Public area of the EK.
    pub ek_public: Blob,
    /// Public area of the AK.
    pub ak_public: Blob,
    /// The secret.
    pub secret: Blob,
    /// 192 fresh random bytes.
    pub entropy: Blob,
}

/// A credential.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialReplyDoc {
    /// SHA-256 of the EK's SubjectPublicKeyInfo.
    pub ek_sha256: String,
    /// TPM name of the AK, in hexadecimal.
    pub ak_name: String,
    /// Content of the `TPM2B_ID_OBJECT`: `credentialBlob` of `TPM2_ActivateCredential`.
    pub id_object: Blob,
    /// Content of the `TPM2B_ENCRYPTED_SECRET`: `secret` of `TPM2_ActivateCredential`.
    pub encrypted_secret: Blob,
}

impl CredentialCallDoc {
    /// Makes the credential.
    ///
    /// # Errors
    /// [`Error::Field`] for keys that get none, and for a secret or entropy of the wrong size.
    pub fn make(&self) -> Result<CredentialReplyDoc, Error> {
        let entropy = self.entropy.0.as_slice().try_into().map_err(|_| {
            let found = self.entropy.0.len();
            Error::field("entropy", format!("has {found} bytes, needs {ENTROPY_SIZE_BYTES}"))
        })?;
        let made = credential::make(&CredentialRequest {
            ek_public: &self.ek_public.0,
            ak_public: &self.ak_public.0,
            secret: &self.secret.0,
            entropy,
        })
        .map_err(|error| Error::field("credential", error.to_string()))?;
        Ok(CredentialReplyDoc {
            ek_sha256: made.ek_digest.to_string(),
            ak_name: hex(&made.ak_name),
            id_object: Blob(made.id_object),
            encrypted_secret: Blob(made.encrypted_secret),
        })
    }
}
