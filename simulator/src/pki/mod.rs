//! The certificates around simulated TPMs: vendors and their chains, EK and AK certificates,
//! revocation lists, and each way in which real ones are broken.
//!
//! X.509 by RFC 5280; EK certificates by the TCG EK Credential Profile for TPM 2.0, section 3.2; AK
//! certificates by the TCG OID registry. Written by an encoder that is free to break every rule:
//! [`Flaw`] names the breaks.
//!
//! Nothing here keeps state: the same vendor gives the same certificate for the same key,
//! whenever it is asked. Serial numbers follow from what is certified.
//!
//! All authorities are test authorities, and say so in their names.

mod attestation_ca;
mod authority;
mod certificate;
mod crl;
mod ek;
mod extension;
mod flaw;
mod name;
mod vendor;

pub use attestation_ca::AttestationCa;
pub use authority::{Authority, CaKeys};
pub use certificate::{CertificateSpec, Validity, serial_of};
pub use crl::{CrlSpec, Revoked};
pub use ek::Device;
pub use extension::{Criticality, Extension};
pub use flaw::Flaw;
pub use name::{Attribute, Name};
pub use vendor::{Endorsement, Vendor};

/// The moment that the simulated certificates are made for: 2026-09-01T00:00:00Z. What is sound
/// is valid then, and what is expired has expired.
pub const NOW_UNIX_S: u64 = 1_788_220_800;
