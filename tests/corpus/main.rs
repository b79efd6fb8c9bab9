//! Real evidence against what other programs say about it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test panics to fail")]

mod attestations;
mod cipolicies;
mod ekcerts;
mod eventlogs;
mod keys;
mod quotes;
mod sipa;
mod sipa_facts;
