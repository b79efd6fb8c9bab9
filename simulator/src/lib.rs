//! A software TPM and simulated hosts: the evidence that a machine would hand over, from a seed.
//!
//! Architecture invariant: this crate knows the names and numbers of the formats (`wire`) and
//! writes bytes with encoders of its own. It never sees the engine's decoders, so that a
//! misreading of a format cannot hide on both sides.
//!
//! Architecture invariant: the only entropy is the seed, and the only time is what the caller
//! says. The same calls give the same bytes on every target.
//!
//! Every key here is a test key. Nothing in this crate protects a secret: private operations are
//! not hardened against timing, and whoever knows the seed knows every key.

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

mod boot;
mod bytes;
pub mod encode;
pub mod hash;
pub mod host;
pub mod key;
pub mod log;
pub mod machine;
pub mod pki;
pub mod rng;
pub mod seed;
pub mod sipa;
pub mod spec;
pub mod tpm;
pub mod uefi;
