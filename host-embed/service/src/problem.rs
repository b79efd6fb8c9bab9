//! What went wrong with a request, as an answer. A host that does not pass is none of these.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portcullis_api::call::RefusalDoc;
use portcullis_api::exchange::ProblemDoc;
use portcullis_store::StoreError;

use crate::engine::EngineError;

/// Seconds after which a busy service is worth another try.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// An answer with a status from 400 on.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    pub(crate) name: &'static str,
    message: String,
}

impl Problem {
    fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into() }
    }

    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request", message)
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub(crate) fn unauthorized() -> Self {
        let message = "needs the administrator's credential: Authorization: Bearer TOKEN";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub(crate) fn unknown_challenge() -> Self {
        let message = "the challenge is unknown, spent or expired; ask for another one";
        Self::new(StatusCode::CONFLICT, "unknown_challenge", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(crate) fn overloaded() -> Self {
        let message = "too many requests wait; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (problem, message) = (self.name.to_owned(), self.message);
        let mut response = (self.status, Json(ProblemDoc { problem, message })).into_response();
        // The name of the problem travels to the one place that counts them.
        response.extensions_mut().insert(ProblemName(self.name));
        let headers = response.headers_mut();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Name of the problem that a response reports.
#[derive(Clone, Copy)]
pub(crate) struct ProblemName(pub(crate) &'static str);

impl From<RefusalDoc> for Problem {
    fn from(refusal: RefusalDoc) -> Self {
        match refusal.kind.as_str() {
            "too_large" => Self::too_large(refusal.message),
            _ => Self::request(refusal.message),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => refusal.into(),
            // The reason is the operator's to read, not the host's.
            EngineError::Stopped(_) => Self::unavailable("the verdict was stopped by a limit"),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::not_found(error.to_string()),
            StoreError::Unavailable { .. } => Self::unavailable("the store cannot be reached"),
            // Damage and refusals of what the service itself wrote.
            _ => Self::internal("the store refused"),
        }
    }
}
