//! From a certificate to somebody who is trusted: path building and path verification.
//!
//! RFC 5280, section 6, for the one question that endorsement asks: did a vendor in the policy
//! set vouch for this key? [`verify_chain`] searches depth first through the certificates at
//! hand and returns the first path that holds, with everything noteworthy about it, or the reason
//! of the attempt that got furthest.
//!
//! # What a trust root is
//!
//! A configured root stands for a *name and a key* (RFC 5280, 6.1.1 (d)). A certificate that the
//! host sends for the same name and key, cross-signed or renewed, changes nothing: its children
//! verify under the configured one. A root need not be self-signed, so that an administrator may
//! trust one intermediate only; its own signature is not checked, for nobody stands behind it. A
//! root must be a CA by its extensions; one of version 1 has none and is accepted with a note. A
//! leaf is never its own root: an EK certificate that should be trusted by itself is registered
//! by its digest elsewhere.
//!
//! # Why expired certificates are notes
//!
//! TPMs outlive their paper. Certificates of shipped chips, their intermediates and even roots
//! have expired while the key is as secret as before, and nobody re-issues them; what HGS does
//! about it is not published. By default validity in time is judged, noted and tolerated, for
//! every certificate; [`ChainPolicy`] can refuse instead. Where an authority was renewed, the
//! certificate that is valid now is tried first.
//!
//! # Why SHA-1 signatures are notes
//!
//! Six of the eleven files with EK certificates of shipped chips in the corpus are signed over
//! SHA-1, and so are many authorities. What is practical against SHA-1 is a collision, and it has to
//! be in place *before* the authority signs; second preimages, which would turn an old signature
//! into one over other bytes, are not; and what vendors issue today is signed over SHA-256. So such
//! a signature is noted and tolerated, and [`ChainPolicy`] can refuse it. A root's own signature is
//! no part of the path and gets no note.
//!
//! # Revocation
//!
//! A revoked certificate ends its path, and no tolerance overrules that. Lists are checked as far
//! as the caller provides them; the absence of a list is no reason to refuse.
//!
//! # Why not `rustls-webpki`
//!
//! Tried: version 0.103.17 with `ring`, on the corpus' eleven files with EK certificates of shipped
//! chips and eight with certificates of a cloud's TPMs. Header and padding were cut beforehand, all
//! roots and intermediates of the corpus were at hand, and any year would do in which the path
//! holds. Of the eleven it reads 10 and chains 1 (Infineon SLB 9665); this module reads and chains
//! all 11. Both chain the eight. What stops it is its purpose, not its quality: a critical
//! `certificatePolicies`, which STM and Intel put into their intermediates and Infineon into TPM
//! 1.2 leaves, is refused (9 files), and SHA-1 is not implemented (Nuvoton; five of the nine would
//! be next). It also compares names byte by byte, which costs the chains of AMD's and STM's
//! re-issued authorities (see [`crate::formats::x509::name`]), wants a time at which nothing has
//! expired, and gives neither notes nor the path of the attempt that got furthest. Taken from it:
//! budgets for the search, and errors ranked by how much they tell.
//!
//! # What is not checked
//!
//! Whether the leaf is an EK certificate ([`crate::formats::x509::ek_profile`]), whether the
//! host holds the key, and non-critical name constraints. Critical name and policy constraints
//! are refused. Extended key usages of issuers restrict nothing (RFC 5280 gives them no meaning
//! there). `authorityCertIssuer` and its serial number are not compared: Infineon's name an older
//! certificate of the same authority. Curves other than P-256 and P-384 are refused by name.

mod failure;
mod issuer;
mod note;
mod path;
mod revocation;
mod signatures;
mod store;

pub use failure::{ChainFailure, FailureReason};
pub use issuer::Flaw;
pub use note::{CrlProblem, Note, NoteKind};
pub use revocation::{Revocation, RevokedCertificate};
pub use store::{TrustError, TrustStore, read_trust_files};

use crate::Span;
use crate::crypto::{Digest, PublicKey};
use crate::formats::x509::{Certificate, Quirk};

/// Where issuers are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Issuers<'c, 'a> {
    /// Certificates that the policy set trusts.
    pub roots: &'c [Certificate<'a>],
    /// Certificates that the policy set provides to complete paths; not trusted.
    pub intermediates: &'c [Certificate<'a>],
    /// Certificates that the host sent; not trusted.
    pub from_host: &'c [Certificate<'a>],
}

/// What to do about something that is wrong but common.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tolerance {
    /// Go on, with a note.
    #[default]
    Note,
    /// Refuse the path.
    Refuse,
}

/// The choices of path verification. The default notes everything that has a choice.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChainPolicy<'c> {
    /// A certificate whose validity has ended.
    pub expired: Tolerance,
    /// A certificate whose validity has not begun.
    pub not_yet_valid: Tolerance,
    /// A signature over SHA-1.
    pub sha1: Tolerance,
    /// What is revoked.
    pub revocation: Revocation<'c>,
}

/// Proof that a path of valid signatures leads from a leaf to a configured root.
///
/// Only [`verify_chain`] makes one. It is about the leaf of [`Self::leaf_sha256`] and
/// [`Self::leaf_key`] and nothing else: that the host holds that key is another proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedChain {
    path: Vec<PathStep>,
    notes: Vec<Note>,
    leaf_sha256: Digest,
    leaf_key: PublicKey,
    signatures_checked: usize,
}

impl VerifiedChain {
    /// The certificates, leaf first, root last.
    #[must_use]
    pub fn path(&self) -> &[PathStep] {
        &self.path
    }

    /// What was tolerated, by certificate from the leaf up.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// SHA-256 of the leaf's DER.
    #[must_use]
    pub const fn leaf_sha256(&self) -> &Digest {
        &self.leaf_sha256
    }

    /// The key that the leaf certifies.
    #[must_use]
    pub const fn leaf_key(&self) -> &PublicKey {
        &self.leaf_key
    }

    /// Signatures that the search computed, those of dead ends included.
    #[must_use]
    pub const fn signatures_checked(&self) -> usize {
        self.signatures_checked
    }
}

/// One certificate of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathStep {
    /// The subject as text, safe to print.
    pub subject: String,
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the DER.
    pub sha256: Digest,
    /// Where it stands in the artefact that it came in.
    pub span: Span,
    /// Which store it came from.
    pub source: Source,
    /// What was tolerated in reading it.
    pub quirks: Vec<Quirk>,
}

/// Where a certificate of a path came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// It is the one in question.
    Leaf,
    /// [`Issuers::roots`].
    Root,
    /// [`Issuers::intermediates`].
    Intermediate,
    /// [`Issuers::from_host`].
    Host,
}

/// Searches a path from `leaf` to a root and verifies it at `now_unix_s`.
///
/// Issuers are tried in the order: those whose key identifier is the one that the certificate
/// names, those without one, the others; those that are valid at the time before the others; and
/// roots before intermediates before certificates of the host. No signature is computed twice.
///
/// # Errors
/// [`ChainFailure`]: the reason of the attempt that got furthest, or the limit that was met.
pub fn verify_chain<'c, 'a>(
    leaf: &'c Certificate<'a>,
    issuers: Issuers<'c, 'a>,
    now_unix_s: u64,
    policy: &ChainPolicy<'c>,
) -> Result<VerifiedChain, Box<ChainFailure>> {
    path::Search::new(issuers, now_unix_s, policy).run(leaf)
}
