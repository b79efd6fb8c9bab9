//! What relying parties need to check a token.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::certificate::self_signed;
use crate::keys::Jwk;
use crate::state::State;

#[derive(Serialize)]
pub(super) struct Jwks {
    keys: Vec<Jwk>,
}

pub(super) async fn jwks(Shared(state): Shared<Arc<State>>) -> Json<Jwks> {
    Json(Jwks { keys: state.keys.all().map(crate::keys::Key::jwk).collect() })
}

pub(super) async fn certificates(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    let pem: String =
        state.keys.all().filter_map(|key| self_signed(key, &state.config.issuer)).collect();
    ([(header::CONTENT_TYPE, "application/pem-certificate-chain")], pem)
}
