//! X.509 certificates, as tolerant as the certificates of shipped TPMs need and not more.
//!
//! RFC 5280 (profile of X.509 v3), DER by ITU-T X.690; TCG EK Credential Profile for TPM 2.0.
//! [`find_certificates`] cuts an artefact into certificates, [`Certificate`] is one of them,
//! [`ek_profile`] compares it with the profile, and [`crate::chain`] decides whether somebody
//! trusted stands behind it. What parsing establishes: nothing but the form.
//!
//! # Strict framing, tolerated quirks
//!
//! Everything that a signature or a decision rests on is strict DER, decoded by the `der` crate.
//! What shipped hardware gets wrong has a name in [`QuirkKind`], is tolerated, and is reported
//! with its bytes. The signed slice is kept as it stands, and signatures are verified over it.
//!
//! # Why not one of the existing readers
//!
//! Tried on the corpus: 557 certificates of TPM vendors, clouds and tests, which this module reads
//! all.
//!
//! * `x509-cert` 0.3 reads all 557 once header and padding are cut. It sorts attributes that
//!   stand out of order, drops defaults that are written out and encodes dates anew *without
//!   telling*: 30 of the 557 do not survive a round trip. It also owns everything that it reads, so
//!   that neither spans nor the signed bytes remain. Its types decode the extension values here,
//!   and its round trip is the referee of the quirks in the corpus test.
//! * `rustls-webpki` 0.103 reads 557 as trust anchors and 427 as end entities: it refuses the 130
//!   with a critical `certificatePolicies`, which is legal. It offers neither names nor the TCG
//!   attributes. What it makes of whole chains stands in [`crate::chain`].
//! * Strict readers (`asn1`, as in Python's `cryptography`) refuse attributes out of order
//!   (Nuvoton, Nationz) and defaults that are written out (Intel PTT).

pub mod certificate;
pub mod crl;
pub mod ek_profile;
pub(crate) mod element;
pub mod extension;
pub mod key;
pub mod name;
pub mod nv;
pub(in crate::formats) mod pem;
pub mod quirk;
pub mod roca;
pub mod services;
pub mod signature;
pub mod time;
pub mod well_known;

pub use certificate::Certificate;
pub use extension::Extensions;
pub use key::{KeyError, SubjectKey};
pub use name::Name;
pub use nv::{CertificateBytes, find_certificates};
pub use quirk::{Quirk, QuirkKind};
pub use signature::{SignatureAlgorithm, Signed};
pub use time::Validity;
