//! What all referees share: where the evidence lies, and how to read it.
//!
//! Nothing here is part of the product.

#![expect(clippy::expect_used, reason = "a test panics to fail")]

pub mod certificates;
pub mod ci_policies;
pub mod corpus;
pub mod der;
pub mod exceptions;
pub mod golden;
pub mod keys;
pub mod openssl;
pub mod oracle;
pub mod postgres;
pub mod simulated;
pub mod simulated_host;
pub mod swtpm;
pub mod tools;

/// Simulated hosts as the npm package makes them, for the program's tests.
pub use portcullis_wasm_simulated as npm_simulated;
