//! The Portcullis attestation engine: the decision of Microsoft's Host Guardian Service in TPM
//! mode, with its reasons.
//!
//! Data flows one way, and each stage is a module:
//!
//! ```text
//! bytes -> formats -> authenticate -> replay -> claims -> policy -> verdict
//! ```
//!
//! Architecture invariants, each guarded by a test:
//!
//! * Pure: no clock, no randomness, no I/O, no globals, no JSON. Time and nonces are arguments.
//! * Only `authenticate` and `replay` construct proofs; a `Passed` result cannot be built without
//!   the proof of every stage.
//! * Every loop, recursion and allocation over input has a limit with a stated reason
//!   ([`limits`]); nothing in this crate panics on input.
//! * Anything wrong *inside* the evidence is a finding in a well-formed result, never an `Err`.
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

pub mod appraise;
pub mod authenticate;
pub mod baseline;
pub mod chain;
pub mod ci_policy;
pub mod claims;
pub mod crypto;
mod date;
pub mod evidence;
pub mod explain;
pub mod finding;
pub mod formats;
pub mod host;
pub mod limits;
pub mod policy;
pub mod replay;
pub mod span;
pub mod unbound;
pub mod verdict;

pub use portcullis_wire as wire;
pub use span::Span;
