//! Whether the service runs, whether it can work, and what it offers.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::IntoResponse;

use crate::problem::Problem;
use crate::state::State;

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Works when the store answers.
pub(super) async fn ready(Shared(state): Shared<Arc<State>>) -> Result<&'static str, Problem> {
    state.database.read(portcullis_store::Store::policy_set).await?;
    Ok("ready\n")
}

pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi::text())
}

pub(super) async fn nothing_there() -> Problem {
    Problem::not_found("there is nothing at this path")
}
