//! Attestation tokens: EAR (draft-ietf-rats-ear, profile of Veraison) as a JWT signed with ES256.
//!
//! A token says what one verdict said, of which host, under which rules, for whom and until when.
//! It does *not* say that the host is still so.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use portcullis_api::ResultDoc;
use portcullis_api::result::TrustVectorDoc;
use serde::Serialize;

use crate::keys::Key;

/// Profile of EAR.
const EAT_PROFILE: &str = "tag:github.com,2023:veraison/ear";

/// From here on a trustworthiness claim warns (AR4SI, section 2.3).
const WARNING: i8 = 32;

/// What a token is made of.
pub(crate) struct TokenInput<'t> {
    pub(crate) result: &'t ResultDoc,
    pub(crate) issuer: &'t str,
    pub(crate) audience: &'t str,
    pub(crate) nonce: &'t [u8],
    pub(crate) issued_at: u64,
    pub(crate) lifetime_seconds: u64,
    pub(crate) host: &'t str,
    pub(crate) ek_sha256: &'t str,
    pub(crate) evidence_sha256: &'t str,
    pub(crate) engine_sha256: &'t str,
}

#[derive(Serialize)]
struct Header<'t> {
    alg: &'static str,
    typ: &'static str,
    kid: &'t str,
}

#[derive(Serialize)]
struct Claims<'t> {
    eat_profile: &'static str,
    iss: &'t str,
    aud: &'t str,
    sub: &'t str,
    iat: u64,
    nbf: u64,
    exp: u64,
    eat_nonce: String,
    #[serde(rename = "ear.verifier-id")]
    verifier: Verifier,
    submods: Submods<'t>,
}

#[derive(Serialize)]
struct Verifier {
    developer: &'static str,
    build: &'static str,
}

#[derive(Serialize)]
struct Submods<'t> {
    host: Appraisal<'t>,
}

#[derive(Serialize)]
struct Appraisal<'t> {
    #[serde(rename = "ear.status")]
    status: &'static str,
    #[serde(rename = "ear.trustworthiness-vector")]
    trust_vector: &'t TrustVectorDoc,
    #[serde(rename = "ear.appraisal-policy-id")]
    policy_id: String,
    #[serde(rename = "portcullis.ek-sha256")]
    ek_sha256: &'t str,
    #[serde(rename = "portcullis.hardware")]
    hardware: &'t str,
    #[serde(rename = "portcullis.policy-version")]
    policy_version: Option<&'t str>,
    #[serde(rename = "portcullis.evidence-sha256")]
    evidence_sha256: &'t str,
    #[serde(rename = "portcullis.engine-sha256")]
    engine_sha256: &'t str,
}

/// The token of a host that passed; `None` for any other.
pub(crate) fn issue(key: &Key, input: &TokenInput<'_>) -> Option<String> {
    let report = &input.result.report;
    if input.result.status != "Passed" {
        return None;
    }
    let decided = report.tracks.iter().find(|track| track.outcome == "holds");
    let claims = Claims {
        eat_profile: EAT_PROFILE,
        iss: input.issuer,
        aud: input.audience,
        sub: input.host,
        iat: input.issued_at,
        nbf: input.issued_at,
        exp: input.issued_at.saturating_add(input.lifetime_seconds),
        eat_nonce: Base64UrlUnpadded::encode_string(input.nonce),
        verifier: Verifier {
            developer: "portcullis",
            build: concat!("portcullis ", env!("CARGO_PKG_VERSION")),
        },
        submods: Submods {
            host: Appraisal {
                status: status(&report.trust_vector),
                trust_vector: &report.trust_vector,
                policy_id: format!("sha256:{}", report.policy_set_sha256),
                ek_sha256: input.ek_sha256,
                hardware: &report.hardware,
                policy_version: decided.map(|track| track.version.as_str()),
                evidence_sha256: input.evidence_sha256,
                engine_sha256: input.engine_sha256,
            },
        },
    };
    let kid = key.jwk().kid;
    let header = Header { alg: "ES256", typ: "JWT", kid: &kid };
    let part = |json: serde_json::Result<Vec<u8>>| {
        json.ok().map(|bytes| Base64UrlUnpadded::encode_string(&bytes))
    };
    let message =
        [part(serde_json::to_vec(&header))?, part(serde_json::to_vec(&claims))?].join(".");
    let signature = Base64UrlUnpadded::encode_string(&key.sign(message.as_bytes()));
    Some(format!("{message}.{signature}"))
}

/// The tier of the worst claim; a host that passed has none that contraindicates.
fn status(vector: &TrustVectorDoc) -> &'static str {
    let claims =
        [vector.instance_identity, vector.configuration, vector.executables, vector.hardware];
    if claims.iter().any(|claim| *claim >= WARNING || *claim < 0) { "warning" } else { "affirming" }
}
