//! `POST /v1/attestations`: the verdict.
//!
//! The challenge is spent first, durably; then the engine judges; then the verdict is kept; then
//! the token is signed. A failure at any step leaves less than a verdict, never more.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::extract::rejection::BytesRejection;
use portcullis_api::call::Operation;
use portcullis_api::exchange::{AttestationReplyDoc, AttestationRequestDoc};
use portcullis_api::text::hex;
use portcullis_api::{BundleDoc, ResultDoc};
use portcullis_store::{HostDoc, Name, NewResult, StoreError};
use sha2::{Digest as _, Sha256};

use super::challenges::Pending;
use super::document;
use crate::problem::Problem;
use crate::state::State;
use crate::token::{TokenInput, issue};

/// Digits of a challenge's identifier.
const CHALLENGE_ID_CHARS: usize = 32;

/// Longest audience that is put into a token.
const AUDIENCE_CHARS_MAX: usize = 256;

pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<AttestationReplyDoc>, Problem> {
    let body =
        body.map_err(|_| Problem::too_large("the body did not come whole, or is too large"))?;
    let evidence_sha256 = hex(&Sha256::digest(&body));
    let mut answer: AttestationRequestDoc = document(Ok(body))?;
    let audience = audience(&state, answer.audience.take())?;
    let pending = take(&state, &answer.challenge_id).await?;
    let nonce = pending.issued.nonce.clone();
    let ek_sha256 = pending.ek_sha256.clone();
    let (rules, host) = state.database.rules_and_host(ek_sha256.clone()).await?;
    let now = state.clock.now();
    let request = answer.into_request(pending.first, pending.issued, now);
    let record = host.as_ref().map(HostDoc::record);
    let bundle = BundleDoc::new(Arc::unwrap_or_clone(rules), record, request);
    let result: ResultDoc = state.judge(Operation::Appraise, &bundle).await?;
    state.metrics.verdict(&result.status, &result.report.headline);
    if let Some(host) = &host {
        keep(&state, host, bundle, &result).await?;
    }
    let token = state.keys.current().and_then(|key| {
        issue(
            key,
            &TokenInput {
                result: &result,
                issuer: &state.config.issuer,
                audience: &audience,
                nonce: &nonce.0,
                issued_at: now,
                lifetime_seconds: state.config.token_lifetime.as_secs(),
                host: host.as_ref().map_or("", |host| host.name.as_str()),
                ek_sha256: &ek_sha256,
                evidence_sha256: &evidence_sha256,
                engine_sha256: state.engine.digest(),
            },
        )
    });
    Ok(Json(AttestationReplyDoc { result, token }))
}

fn audience(state: &State, asked: Option<String>) -> Result<String, Problem> {
    let Some(audience) = asked else { return Ok(state.config.audience.clone()) };
    let is_fine = |character: char| character.is_ascii_graphic();
    match audience.len() {
        1..=AUDIENCE_CHARS_MAX if audience.chars().all(is_fine) => Ok(audience),
        _ => Err(Problem::request("`audience`: needs 1 to 256 visible ASCII characters")),
    }
}

/// Spends the challenge.
async fn take(state: &State, id: &str) -> Result<Pending, Problem> {
    if id.len() != CHALLENGE_ID_CHARS || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Problem::unknown_challenge());
    }
    let id = id.to_owned();
    let began = Instant::now();
    let taken = state.database.write(move |change| change.take_challenge(&id)).await;
    state.metrics.stage("take_challenge", began.elapsed());
    let (expires_at, document) = taken?.ok_or_else(Problem::unknown_challenge)?;
    if u64::try_from(expires_at).unwrap_or(0) < state.clock.now() {
        return Err(Problem::unknown_challenge());
    }
    serde_json::from_str(&document)
        .map_err(|_| Problem::internal("a challenge in the store cannot be read"))
}

/// Keeps the verdict, and what a passing one proved.
async fn keep(
    state: &State,
    host: &HostDoc,
    bundle: BundleDoc,
    result: &ResultDoc,
) -> Result<(), Problem> {
    let malformed = |_| Problem::internal("a result could not be written");
    let name = Name::new("host", &host.name)?;
    let json = serde_json::to_string(result).map_err(malformed)?;
    let (outcome, headline) = (result.status.clone(), result.report.headline.clone());
    let (seen, update) = (host.record(), result.record_update.clone());
    let began = Instant::now();
    let kept = state
        .database
        .write(move |change| {
            change.record_result(&NewResult {
                name: &name,
                bundle: &bundle,
                kind: "appraisal",
                outcome: &outcome,
                headline: &headline,
                json: &json,
            })?;
            match update {
                Some(update) => {
                    match change.update_record(&seen, &update.ak_name, update.reset_count) {
                        // Somebody attested meanwhile: the verdict stands, the record is theirs.
                        Err(StoreError::Refused { .. }) => Ok(false),
                        updated => updated.map(|()| true),
                    }
                }
                None => Ok(true),
            }
        })
        .await;
    state.metrics.stage("keep_result", began.elapsed());
    kept.map(drop)
}
