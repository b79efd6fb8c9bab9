//! A software TPM and simulated hosts: the evidence that a machine would hand over, from a seed.
//!
//! Architecture invariant: this crate knows the names and numbers of the formats (`wire`) and
//! writes bytes with encoders of its own. It never sees the engine's decoders, so that a
//! misreading of a format cannot hide on both sides.

pub mod bank;
mod boot;
mod bytes;
pub mod host;
pub mod log;
pub mod seed;
pub mod sipa;
pub mod spec;
pub mod uefi;
