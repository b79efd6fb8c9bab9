//! Simulated evidence against programs of others, recorded evidence, and the engine.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test panics to fail")]

mod attacks;
mod claims;
mod credential;
mod deltas;
mod fixture;
mod golden;
mod host;
mod machine;
mod mismatches;
mod pki;
mod seeds;
mod swtpm;
mod tpm;
mod walkthrough;
mod wasm;
