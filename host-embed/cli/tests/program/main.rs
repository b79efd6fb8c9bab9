//! The program as its users run it: recorded captures in, exit codes and JSON out.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test panics to fail")]

mod assess;
mod bundles;
mod changes;
mod ci_policy;
mod commands;
#[cfg(feature = "sandbox")]
mod engines;
mod explain;
mod flips;
mod golden;
mod registry;
mod service;
mod simulate;
mod tampered;
mod tools;
