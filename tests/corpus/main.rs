//! Real evidence against what other programs say about it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test panics to fail")]

mod attestations;
mod cipolicies;
mod ekcerts;
mod eventlogs;
mod golden_reports;
mod keys;
mod quotes;
mod replay;

mod sipa;
mod sipa_facts;
mod tpm2_eventlog;
