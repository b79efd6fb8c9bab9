//! Simulated evidence against real evidence, the engine and other programs.
#![expect(clippy::expect_used, reason = "a test panics to fail")]

mod host;
