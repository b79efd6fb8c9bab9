//! What the administrator may read. Changes are made with the program, beside the store.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State as Shared};
use axum::http::header;
use axum::response::IntoResponse;
use portcullis_api::BundleDoc;
use portcullis_store::{HostDoc, Name, ResultRow};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::state::State;

/// Hosts of one page.
const PAGE: usize = 500;

#[derive(Deserialize)]
pub(super) struct After {
    /// Name of the last host of the page before.
    #[serde(default)]
    after: String,
}

#[derive(Serialize)]
pub(super) struct Hosts {
    hosts: Vec<HostDoc>,
}

#[derive(Serialize)]
pub(super) struct Results {
    results: Vec<ResultRow>,
}

pub(super) async fn metrics(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], state.metrics.text())
}

pub(super) async fn hosts(
    Shared(state): Shared<Arc<State>>,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Json<Hosts>, Problem> {
    let Query(After { after }) = after.map_err(|error| Problem::request(error.to_string()))?;
    let hosts = state.database.read(move |store| store.view().hosts(&after, PAGE)).await?;
    Ok(Json(Hosts { hosts }))
}

pub(super) async fn results(
    Shared(state): Shared<Arc<State>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<Results>, Problem> {
    let Path(name) = name.map_err(|error| Problem::request(error.to_string()))?;
    let name = Name::new("name", &name).map_err(|error| Problem::request(error.to_string()))?;
    let read = state.database.read(move |store| {
        let host = store.view().known_host(&name)?;
        store.view().results(&host.ek_sha256)
    });
    Ok(Json(Results { results: read.await? }))
}

pub(super) async fn bundle(
    Shared(state): Shared<Arc<State>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<BundleDoc>, Problem> {
    let Path(id) = id.map_err(|error| Problem::request(error.to_string()))?;
    Ok(Json(state.database.read(move |store| store.view().bundle(id)).await?))
}
