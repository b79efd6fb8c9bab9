//! The Attest API, version 1: what a host's agent and the service say to each other.
//!
//! ```text
//! agent                                   service
//!   EK, AK            -- challenges -->     nonce, registers, credential when the AK is new
//!   quote, log, secret -- attestations -->  result, token when it passes
//! ```
//!
//! Documents only. Nothing here establishes freshness or identity: the service remembers what it
//! issued, and the engine compares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::request::{EvidenceDoc, QuoteDoc};
use crate::text::Blob;
use crate::{RequestDoc, ResultDoc};

/// Path of the first exchange.
pub const CHALLENGES_PATH: &str = "/v1/challenges";

/// Path of the second exchange.
pub const ATTESTATIONS_PATH: &str = "/v1/attestations";

/// First: who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequestDoc {
    /// Public area of the EK (`TPM2B_PUBLIC`).
    pub ek_public: Blob,
    /// EK certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ek_certificate: Option<Blob>,
    /// Certificates of the EK's chain that the TPM keeps.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ek_intermediates: Vec<Blob>,
    /// Public area of the AK (`TPM2B_PUBLIC`).
    pub ak_public: Blob,
}

/// Answer to the first: what to prove.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeDoc {
    /// Names the challenge in the second exchange; 32 hexadecimal digits.
    pub challenge_id: String,
    /// 32 random bytes that the quote must carry.
    pub nonce: Blob,
    /// Seconds until the challenge expires.
    pub expires_in_seconds: u32,
    /// Opens only in the TPM that holds both keys; absent when the AK is bound already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential: Option<ChallengeCredentialDoc>,
    /// Bank to quote.
    pub bank: String,
    /// Registers to quote.
    pub pcrs: Vec<u8>,
}

/// The credential in a challenge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeCredentialDoc {
    /// Content of the `TPM2B_ID_OBJECT`.
    pub id_object: Blob,
    /// Content of the `TPM2B_ENCRYPTED_SECRET`.
    pub encrypted_secret: Blob,
}

/// Second: the evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationRequestDoc {
    /// The challenge that this answers. It is spent by the first answer, whatever that says.
    pub challenge_id: String,
    /// What `TPM2_ActivateCredential` returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activated_secret: Option<Blob>,
    /// The quote.
    pub quote: AttestationQuoteDoc,
    /// The measured-boot event log.
    pub event_log: Blob,
    /// Who is to believe the token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audience: Option<String>,
}

/// A quote by the AK of the challenge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationQuoteDoc {
    /// `TPMS_ATTEST`.
    pub attest: Blob,
    /// `TPMT_SIGNATURE`.
    pub signature: Blob,
}

/// Answer to the second: the verdict.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationReplyDoc {
    /// The verdict.
    pub result: ResultDoc,
    /// Attestation token of a host that passed: an EAR in the form of a JWT.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
}

/// What was refused and why, for every status from 400 on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemDoc {
    /// Stable text: `request`, `too_large`, `unknown_challenge`, `unauthorized`, `not_found`,
    /// `overloaded`, `unavailable` or `internal`.
    pub problem: String,
    /// Why, for people.
    pub message: String,
}

impl AttestationRequestDoc {
    /// The request that the engine judges: what was said first, what the service issued, and what
    /// is said now.
    #[must_use]
    pub fn into_request(self, first: ChallengeRequestDoc, issued: Issued, now: u64) -> RequestDoc {
        let quote = QuoteDoc {
            other_ak_public: None,
            attest: self.quote.attest,
            signature: self.quote.signature,
            pcr_values: None,
        };
        RequestDoc {
            now,
            nonce: Some(issued.nonce),
            credential: issued.credential,
            evidence: EvidenceDoc {
                ek_public: Some(first.ek_public),
                ek_certificate: first.ek_certificate,
                ek_intermediates: first.ek_intermediates,
                ak_public: Some(first.ak_public),
                activated_secret: self.activated_secret,
                quotes: vec![quote],
                event_log: Some(self.event_log),
                ..EvidenceDoc::default()
            },
        }
    }
}

/// What the service remembers of a challenge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Issued {
    /// The nonce.
    pub nonce: Blob,
    /// The credential, with its secret.
    pub credential: Option<crate::request::CredentialDoc>,
}
