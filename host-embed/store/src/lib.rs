//! The store of a fabric: hosts, references and rules as an administrator registered them, the
//! verdicts of hosts with their evidence, and the trail of who changed what.
//!
//! One SQLite file, or a PostgreSQL database. Untrusted bytes are read by a [`Judge`], never
//! here. The store decides nothing about a host: it compiles the policy set that the engine
//! decides by. It knows neither wasm nor HTTP.

mod audit;
mod candidate;
mod challenges;
mod effects;
mod error;
mod hosts;
mod judge;
mod name;
mod private;
mod references;
mod results;
mod rules;
mod schema;
mod sql;
pub mod state;
mod store;
mod trust;

pub use audit::{AuditReport, Entry, NumberedEntry};
pub use candidate::{Candidate, CertificateState, Examined};
pub use effects::{EffectGroup, Effects, EffectsDoc, HOSTS_NAMED_MAX};
pub use error::{Result, StoreError};
pub use hosts::{Added, HostDoc};
pub use judge::{Judge, Native, Question};
pub use name::{NAME_CHARS_MAX, Name, Version};
pub use references::{REFERENCES_MAX, StoredBaseline, StoredCiPolicy, StoredDumpKey};
pub use results::{LatestEvidence, NewResult, ResultRow};
pub use rules::new_rules;
pub use store::{Actor, Change, Location, Missing, Store, View};
pub use trust::{TRUST_CERTIFICATES_MAX, TrustDoc};

/// SHA-256 of bytes, as lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    portcullis_api::text::hex(&sha2::Sha256::digest(bytes))
}
