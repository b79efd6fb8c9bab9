//! Real evidence against what other programs say about it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test panics to fail")]

mod eventlogs;
mod replay;
mod tpm2_eventlog;
