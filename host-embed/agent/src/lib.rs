//! A host's agent: it asks a verifier for a challenge, lets its TPM answer, and keeps the token of
//! a verdict that passes.
//!
//! The exchange ([`attest`]) is the same for every host; what differs is behind [`Host`]: a Linux
//! machine with a TPM ([`TpmHost`]), or a simulated one in tests. What a token in the agent's
//! folder does *not* establish: anything to the agent. Whoever gets it checks its signature.
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

mod error;
mod exchange;
mod http;
mod schedule;
mod state;
mod tpm_host;

pub use error::{Error, Result};
pub use exchange::{Host, Outcome, Transport, attest};
pub use http::{Http, HttpOptions};
pub use schedule::{Backoff, INTERVAL_DEFAULT};
pub use state::State;
pub use tpm_host::{EVENT_LOG_PATH, TpmHost};
