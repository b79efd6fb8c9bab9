//! The exchange: challenge, activation, quote, verdict.
//!
//! Nothing the verifier says is believed beyond its form: a hostile verifier learns what any
//! verifier learns, and makes this TPM sign nothing but a quote over its own nonce.

use portcullis_api::exchange::{
    ATTESTATIONS_PATH, AttestationQuoteDoc, AttestationReplyDoc, AttestationRequestDoc,
    CHALLENGES_PATH, ChallengeCredentialDoc, ChallengeDoc, ChallengeRequestDoc,
};
use portcullis_api::text::Blob;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Smallest nonce that is quoted: less would not be fresh.
const NONCE_SIZE_BYTES_MIN: usize = 16;

/// Largest nonce that fits a quote (`TPM2B_DATA` with a SHA-512 name).
const NONCE_SIZE_BYTES_MAX: usize = 64;

/// A host that can attest.
pub trait Host {
    /// Its keys. The AK is made when there is none.
    ///
    /// # Errors
    /// What stands in the way.
    fn identity(&mut self) -> Result<ChallengeRequestDoc>;

    /// Opens a credential.
    ///
    /// # Errors
    /// What stands in the way.
    fn activate(&mut self, credential: &ChallengeCredentialDoc) -> Result<Vec<u8>>;

    /// Quotes registers of a bank.
    ///
    /// # Errors
    /// What stands in the way.
    fn quote(&mut self, nonce: &[u8], bank: &str, pcrs: &[u8]) -> Result<AttestationQuoteDoc>;

    /// The measured-boot event log.
    ///
    /// # Errors
    /// What stands in the way.
    fn event_log(&mut self) -> Result<Vec<u8>>;
}

/// A way to the verifier: a path and a document there, a document back.
pub trait Transport {
    /// Posts a JSON document and returns the one that comes back with a status of success.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Refused`].
    fn post(&mut self, path: &str, body: &[u8]) -> Result<Vec<u8>>;
}

/// What came of an attestation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The verdict and the token.
    pub reply: AttestationReplyDoc,
    /// True when the AK had to be bound first.
    pub activated: bool,
}

impl Outcome {
    /// True when the host passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.reply.result.status == "Passed"
    }
}

/// Attests once.
///
/// # Errors
/// [`Error`]; a verdict that fails is an [`Outcome`].
pub fn attest(
    host: &mut dyn Host,
    verifier: &mut dyn Transport,
    audience: Option<&str>,
) -> Result<Outcome> {
    let challenge: ChallengeDoc = call(verifier, CHALLENGES_PATH, &host.identity()?)?;
    let nonce = &challenge.nonce.0;
    if !(NONCE_SIZE_BYTES_MIN..=NONCE_SIZE_BYTES_MAX).contains(&nonce.len()) {
        return Err(Error::Answer { reason: format!("a nonce of {} bytes", nonce.len()) });
    }
    let activated_secret = match &challenge.credential {
        Some(credential) => Some(Blob(host.activate(credential)?)),
        None => None,
    };
    let activated = activated_secret.is_some();
    let quote = host.quote(nonce, &challenge.bank, &challenge.pcrs)?;
    // Read after the quote: what is measured in between is in the log, and can be told.
    let event_log = Blob(host.event_log()?);
    let request = AttestationRequestDoc {
        challenge_id: challenge.challenge_id,
        activated_secret,
        quote,
        event_log,
        audience: audience.map(str::to_owned),
    };
    let reply = call(verifier, ATTESTATIONS_PATH, &request)?;
    Ok(Outcome { reply, activated })
}

fn call<T: DeserializeOwned>(
    verifier: &mut dyn Transport,
    path: &str,
    document: &impl Serialize,
) -> Result<T> {
    let malformed = |error: serde_json::Error| Error::Answer { reason: format!("{path}: {error}") };
    let body = serde_json::to_vec(document).map_err(malformed)?;
    serde_json::from_slice(&verifier.post(path, &body)?).map_err(malformed)
}
