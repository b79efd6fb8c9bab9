//! The verifier as a service: hosts ask for a challenge, answer it, and get a verdict; those that
//! pass get a token that others can check.
//!
//! ```text
//! request -> routes -> engine (sandbox) -> store, in one batch with others -> token
//! ```
//!
//! The service decides nothing: it issues nonces, remembers them, and lets the engine judge. What
//! it does *not* establish: that a host still is what its token says; tokens expire for that.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unreachable
    )
)]

mod certificate;
mod clock;
mod config;
mod credentials;
mod database;
mod engine;
mod error;
mod keys;
mod metrics;
pub mod openapi;
mod problem;
mod random;
mod routes;
mod serve;
mod state;
mod token;

pub use config::Config;
pub use credentials::Credentials;
pub use engine::{Engine, EngineError, Native};
pub use error::{Error, Result};
pub use keys::Keys;
pub use routes::{PUBLIC_ROUTES, ROUTES, Route};
pub use serve::{Service, serve};
