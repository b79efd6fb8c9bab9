//! The versioned JSON of Portcullis: what goes in, what comes out.
//!
//! Canonical: fields in the order of declaration, lists in a fixed order, lower-case
//! hexadecimal, no floating point, 64-bit numbers as decimal strings. The same input gives the
//! same bytes on every target. The JSON Schema of every document is checked in under
//! `engine/api/schema`.
//!
//! This is the only crate of the engine that knows serde; it knows neither HTTP nor wasm.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod baseline;
pub mod bundle;
pub mod call;
pub mod change;
pub mod ci_policy;
pub mod credential;
pub mod delta;
pub mod diff;
pub mod error;
pub mod exchange;
pub mod explain;
pub mod inspect;
pub mod many;
pub mod policy_set;
pub mod request;
pub mod result;
pub mod schema;
pub mod text;

pub use baseline::BaselineDoc;
pub use bundle::BundleDoc;
pub use change::ChangeDoc;
pub use delta::BaselineDeltaDoc;
pub use error::Error;
pub use explain::ExplanationDoc;
pub use policy_set::PolicySetDoc;
pub use portcullis_engine::explain::Lang;
pub use request::{HostRecordDoc, RequestDoc};
pub use result::{AssessmentDoc, ResultDoc};
