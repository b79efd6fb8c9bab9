//! `POST /v1/challenges`: what a host has to prove, and by when.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::extract::rejection::BytesRejection;
use portcullis_api::call::Operation;
use portcullis_api::credential::{CredentialCallDoc, CredentialReplyDoc};
use portcullis_api::exchange::{ChallengeCredentialDoc, ChallengeDoc, ChallengeRequestDoc, Issued};
use portcullis_api::request::CredentialDoc;
use portcullis_api::text::{Blob, hex};
use portcullis_store::HostDoc;
use serde::{Deserialize, Serialize};

use super::document;
use crate::problem::Problem;
use crate::random;
use crate::state::State;

/// Registers that are asked for: all of them. What the rules require is in them, and a quote of
/// more says more.
const PCRS: std::ops::Range<u8> = 0..24;

/// A challenge as it waits in the store.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) ek_sha256: String,
    pub(super) first: ChallengeRequestDoc,
    pub(super) issued: Issued,
}

pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ChallengeDoc>, Problem> {
    let first: ChallengeRequestDoc = document(body)?;
    let drawn = |_| Problem::unavailable("the system gives no random bytes");
    let secret = Blob(random::bytes::<32>().map_err(drawn)?.to_vec());
    let call = CredentialCallDoc {
        ek_public: first.ek_public.clone(),
        ak_public: first.ak_public.clone(),
        secret: secret.clone(),
        entropy: Blob(random::bytes::<192>().map_err(drawn)?.to_vec()),
    };
    let made: CredentialReplyDoc = state.judge(Operation::MakeCredential, &call).await?;
    let (rules, host) = state.database.rules_and_host(made.ek_sha256.clone()).await?;
    let nonce = Blob(random::bytes::<32>().map_err(drawn)?.to_vec());
    let challenge_id = hex(&random::bytes::<16>().map_err(drawn)?);
    let is_bound = knows_ak(host.as_ref(), &made.ak_name);
    let issued = Issued {
        nonce: nonce.clone(),
        // The secret of an EK that nobody registered is remembered like any other, and asked for
        // like any other: the answer tells nobody which EKs are known.
        credential: (!is_bound).then(|| CredentialDoc {
            ek_sha256: made.ek_sha256.clone(),
            ak_name: made.ak_name,
            secret,
        }),
    };
    let pending = Pending { ek_sha256: made.ek_sha256, first, issued };
    let lifetime = state.config.challenge_lifetime.as_secs();
    keep(&state, &challenge_id, lifetime, &pending).await?;
    state.metrics.challenge();
    Ok(Json(ChallengeDoc {
        challenge_id,
        nonce,
        expires_in_seconds: u32::try_from(lifetime).unwrap_or(u32::MAX),
        credential: (!is_bound).then_some(ChallengeCredentialDoc {
            id_object: made.id_object,
            encrypted_secret: made.encrypted_secret,
        }),
        bank: rules.bank.clone(),
        pcrs: PCRS.collect(),
    }))
}

/// True when an earlier activation proved this AK. Whoever can ask so knows the AK already.
fn knows_ak(host: Option<&HostDoc>, ak_name: &str) -> bool {
    host.is_some_and(|host| host.ak_name.as_deref() == Some(ak_name))
}

async fn keep(
    state: &State,
    challenge_id: &str,
    lifetime_seconds: u64,
    pending: &Pending,
) -> Result<(), Problem> {
    let malformed = |_| Problem::internal("a challenge could not be written");
    let document = serde_json::to_string(pending).map_err(malformed)?;
    let expires_at = state.clock.now().saturating_add(lifetime_seconds);
    let expires_at = i64::try_from(expires_at).unwrap_or(i64::MAX);
    let id = challenge_id.to_owned();
    let began = Instant::now();
    let kept = state
        .database
        .write(move |change| {
            change.sweep_challenges()?;
            change.put_challenge(&id, expires_at, &document)
        })
        .await;
    state.metrics.stage("keep_challenge", began.elapsed());
    kept
}
