//! Every route, in one table: what is public and what needs the administrator's credential.

mod admin;
mod attestations;
mod challenges;
mod health;
mod keys;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ProblemName};
use crate::state::State;

/// Largest body: evidence with the largest log, in base64.
const BODY_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A route as it is documented.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Whether anybody may ask.
    pub is_public: bool,
}

const fn public(method: &'static str, path: &'static str) -> Route {
    Route { method, path, is_public: true }
}

const fn private(method: &'static str, path: &'static str) -> Route {
    Route { method, path, is_public: false }
}

/// Every route of the service.
pub const ROUTES: [Route; 11] = [
    public("POST", "/v1/challenges"),
    public("POST", "/v1/attestations"),
    public("GET", "/.well-known/jwks.json"),
    public("GET", "/v1/signing-certificates"),
    public("GET", "/v1/openapi.json"),
    public("GET", "/healthz"),
    public("GET", "/readyz"),
    private("GET", "/metrics"),
    private("GET", "/v1/hosts"),
    private("GET", "/v1/hosts/{name}/results"),
    private("GET", "/v1/results/{id}/bundle"),
];

/// Paths that anybody may ask for.
pub const PUBLIC_ROUTES: usize = 7;

type Shape = MethodRouter<Arc<State>>;

fn handler(route: &Route) -> Shape {
    match route.path {
        "/v1/challenges" => post(challenges::create),
        "/v1/attestations" => post(attestations::create),
        "/.well-known/jwks.json" => get(keys::jwks),
        "/v1/signing-certificates" => get(keys::certificates),
        "/v1/openapi.json" => get(health::openapi),
        "/healthz" => get(health::alive),
        "/readyz" => get(health::ready),
        "/metrics" => get(admin::metrics),
        "/v1/hosts" => get(admin::hosts),
        "/v1/hosts/{name}/results" => get(admin::results),
        _ => get(admin::bundle),
    }
}

/// The routes over a state. What is not in the table asks for the credential too, so that nobody
/// learns what there is.
pub(crate) fn router(state: Arc<State>) -> Router {
    let (mut open, mut closed) = (Router::new(), Router::new());
    for route in &ROUTES {
        let target = if route.is_public { &mut open } else { &mut closed };
        *target = std::mem::take(target).route(route.path, handler(route));
    }
    let closed = closed.fallback(health::nothing_there);
    let guarded = closed.layer(from_fn_with_state(Arc::clone(&state), require_credential));
    open.merge(guarded)
        .layer(DefaultBodyLimit::max(BODY_SIZE_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&state), finish))
        .with_state(state)
}

async fn require_credential(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let header = request.headers().get(header::AUTHORIZATION);
    let value = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    match state.credentials.accept(value) {
        true => Ok(next.run(request).await),
        false => Err(Problem::unauthorized()),
    }
}

/// Counts problems, and sees that nothing is cached or sniffed.
async fn finish(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let name = response.extensions().get::<ProblemName>().map(|name| name.0);
    match name {
        Some(name) => state.metrics.problem(name),
        None if response.status() >= StatusCode::BAD_REQUEST => state.metrics.problem("http"),
        None => {}
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

/// A body that came whole, as a document.
fn document<T: DeserializeOwned>(
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<T, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::too_large(format!("the body has more than {BODY_SIZE_BYTES_MAX} bytes"))
        }
        _ => Problem::request("the body did not come whole"),
    })?;
    serde_json::from_slice(&body).map_err(|error| Problem::request(error.to_string()))
}
