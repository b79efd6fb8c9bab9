//! What path verification tolerates and tells.

use core::fmt;

use super::{ChainPolicy, Tolerance};
use crate::crypto::{HashAlg, PublicKey};
use crate::formats::x509::crl::CrlObstacle;
use crate::formats::x509::{Certificate, SignatureAlgorithm};

/// Smallest RSA key of an issuer that goes without a note, in bits (NIST SP 800-57 part 1
/// revision 5, table 2: 112 bits of security).
const RSA_BITS_WITHOUT_NOTE: usize = 2_048;

/// Something noteworthy about a verified path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The certificate on the path, 0 for the leaf.
    pub index: usize,
    /// What it is.
    pub kind: NoteKind,
}

/// The kinds of notes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NoteKind {
    /// The validity has ended.
    Expired {
        /// When, in seconds since 1970.
        not_after_unix_s: u64,
    },
    /// The validity has not begun.
    NotYetValid {
        /// When it will, in seconds since 1970.
        not_before_unix_s: u64,
    },
    /// The certificate is signed over SHA-1.
    Sha1Signature,
    /// The root is of version 1: nothing says that it is a CA, but that it is configured.
    Version1Root,
    /// The issuer's key has fewer than 2048 bits of RSA.
    SmallIssuerKey {
        /// Its size, rounded up to whole bytes.
        bits: usize,
    },
    /// The certificate names another key identifier of its issuer than the issuer has; the
    /// signature verifies all the same.
    KeyIdMismatch,
    /// A revocation list of the certificate's issuer cannot be used.
    UnusableCrl(CrlProblem),
    /// A newer revocation list of the certificate's issuer was due.
    StaleCrl {
        /// When, in seconds since 1970.
        next_update_unix_s: u64,
    },
}

/// Why a revocation list was passed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrlProblem {
    /// It is of a kind that is not supported.
    Obstacle(CrlObstacle),
    /// It does not verify under the key of the issuer on the path.
    Signature,
    /// The issuer's key usage does not include `cRLSign`.
    IssuerMayNotSignLists,
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { .. } => f.write_str("has expired"),
            Self::NotYetValid { .. } => f.write_str("is not yet valid"),
            Self::Sha1Signature => f.write_str("is signed over SHA-1"),
            Self::Version1Root => f.write_str("is a root of version 1"),
            Self::SmallIssuerKey { bits } => write!(f, "has an RSA key of {bits} bits"),
            Self::KeyIdMismatch => f.write_str("names another key identifier than its issuer has"),
            Self::UnusableCrl(CrlProblem::Obstacle(obstacle)) => {
                write!(f, "a revocation list of its issuer is not used: {obstacle}")
            }
            Self::UnusableCrl(CrlProblem::Signature) => {
                f.write_str("a revocation list of its issuer does not verify")
            }
            Self::UnusableCrl(CrlProblem::IssuerMayNotSignLists) => {
                f.write_str("its issuer must not sign revocation lists")
            }
            Self::StaleCrl { .. } => f.write_str("a newer revocation list of its issuer was due"),
        }
    }
}

impl NoteKind {
    /// True when `policy` refuses what this notes. This is the one place where time and SHA-1 turn
    /// from a note into a refusal; the reasons for the defaults stand in [`super`].
    pub(super) fn is_refused_by(&self, policy: &ChainPolicy<'_>) -> bool {
        let tolerance = match self {
            Self::Expired { .. } => policy.expired,
            Self::NotYetValid { .. } => policy.not_yet_valid,
            Self::Sha1Signature => policy.sha1,
            _ => Tolerance::Note,
        };
        tolerance == Tolerance::Refuse
    }
}

/// What is noteworthy about a certificate by itself: time (RFC 5280, 6.1.3 (a) (2)), strength
/// and form. `issuer` is `None` for the root.
pub(super) fn notes_of(
    certificate: &Certificate<'_>,
    issuer: Option<&Certificate<'_>>,
    now_unix_s: u64,
) -> Vec<NoteKind> {
    let mut notes = Vec::new();
    let validity = &certificate.validity;
    if validity.ended_before(now_unix_s) {
        notes.push(NoteKind::Expired { not_after_unix_s: validity.not_after_unix_s });
    }
    if validity.starts_after(now_unix_s) {
        notes.push(NoteKind::NotYetValid { not_before_unix_s: validity.not_before_unix_s });
    }
    if let Some(issuer) = issuer {
        // A root's own signature is not part of the path.
        let hash = certificate.signed.algorithm.ok().map(SignatureAlgorithm::hash);
        if hash == Some(HashAlg::Sha1) {
            notes.push(NoteKind::Sha1Signature);
        }
        if key_id_match(certificate, issuer) == KeyIdMatch::Differs {
            notes.push(NoteKind::KeyIdMismatch);
        }
        if let Ok(PublicKey::Rsa { modulus, .. }) = &issuer.subject_key.key {
            let bits = modulus.len().saturating_mul(8);
            if bits < RSA_BITS_WITHOUT_NOTE {
                notes.push(NoteKind::SmallIssuerKey { bits });
            }
        }
    } else if certificate.version != 3 {
        notes.push(NoteKind::Version1Root);
    }
    notes
}

/// How the key identifiers of a certificate and a candidate for its issuer relate. Best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum KeyIdMatch {
    Same,
    Unknown,
    Differs,
}

/// Key identifiers guide the search and decide nothing (RFC 5280, 4.2.1.1).
pub(super) fn key_id_match(child: &Certificate<'_>, issuer: &Certificate<'_>) -> KeyIdMatch {
    let wanted = child.extensions.authority_key_id.as_ref();
    match (wanted, issuer.extensions.subject_key_id.as_ref()) {
        (Some(wanted), Some(id)) if wanted.value == id.value => KeyIdMatch::Same,
        (Some(_), Some(_)) => KeyIdMatch::Differs,
        _ => KeyIdMatch::Unknown,
    }
}
