//! Code integrity policies (WDAC, App Control): read, convert, edit, compare, match.
//!
//! What `ConvertFrom-CIPolicy` and `Set-RuleOption` do on Windows, without Windows; and the tie to
//! attestation: a host measures the digest of its policy, so the bytes of a conversion decide
//! whether it passes. Sources: Microsoft's XML schema and documentation, and 33 binaries that
//! Microsoft's tools made; every statement about Windows carries its [`Evidence`].
//!
//! ```text
//! file -> unwrap (PKCS#7) -> binary::read -> CiPolicy -> xml::write
//!                       xml::read -> author -> CiPolicy -> binary::write -> hash -> matching
//! ```
//!
//! What nothing here establishes: that Windows accepts a policy, or what a policy allows to run.

pub mod author;
pub mod binary;
pub mod diff;
pub mod edit;
mod evidence;
mod file;
pub mod hash;
pub mod matching;
pub mod model;
pub mod order;
pub mod signature;
pub mod unwrap;
pub mod warnings;
pub mod wellknown;
pub mod xml;

pub use evidence::Evidence;
pub use file::{Encoding, PolicyFile, ReadError, read, recognise};
pub use model::CiPolicy;
