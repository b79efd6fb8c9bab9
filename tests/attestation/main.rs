//! Hosts that attest: our TPM client against TPMs and programs of others.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod scratch;
mod tpm_client;
