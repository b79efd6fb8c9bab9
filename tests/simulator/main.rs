//! Simulated evidence against programs of others, recorded evidence, and the engine.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod fixture;
mod golden;
mod pki;
mod seeds;
mod swtpm;
mod tpm;
