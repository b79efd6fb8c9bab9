//! Why no path was found.

use core::fmt;

use super::PathStep;
use super::issuer::Flaw;
use super::note::NoteKind;
use crate::Span;
use crate::formats::x509::signature::SignatureError;

/// Why a chain was not verified: the attempt that got furthest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainFailure {
    /// What ended the attempt.
    pub reason: FailureReason,
    /// The certificates of the attempt, leaf first. The reason is about the last of them, or
    /// about what should have followed it.
    pub path: Vec<PathStep>,
    /// Signatures that the whole search computed.
    pub signatures_checked: usize,
}

/// What ends an attempt. Ordered by how much it tells: of two attempts that got equally far, the
/// later variant is reported.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FailureReason {
    /// No certificate at hand has the name that the last certificate gives for its issuer.
    MissingIssuer {
        /// The issuer's name as text.
        issuer: String,
        /// The key identifier of the issuer, if the certificate gives one.
        authority_key_id: Option<Vec<u8>>,
    },
    /// The last certificate names itself as issuer, and is no configured root.
    UntrustedRoot,
    /// The path has as many certificates as it may, without a root.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The only issuers at hand are on the path already.
    Loop,
    /// A certificate has the issuer's name, but its signature does not count.
    Signature {
        /// The issuer whose key was tried.
        issuer: String,
        /// Why.
        error: SignatureError,
        /// Where the signature stands in the artefact of the last certificate.
        span: Span,
    },
    /// A certificate has the issuer's name, but must not issue.
    UnfitIssuer {
        /// The issuer.
        issuer: String,
        /// Why not.
        flaw: Flaw,
    },
    /// The leaf cannot be used.
    UnfitLeaf(Flaw),
    /// The certificate in question has the name and the key of a configured root: it is trusted
    /// to endorse others, and nobody endorses it.
    LeafIsRoot,
    /// The policy does not tolerate what would have been a note.
    Refused {
        /// The certificate on the path, 0 for the leaf.
        index: usize,
        /// What it is.
        what: NoteKind,
    },
    /// A certificate of the path is revoked.
    Revoked {
        /// The certificate on the path, 0 for the leaf.
        index: usize,
    },
    /// The search was given up: too many signatures.
    SignatureBudget {
        /// The limit.
        limit: usize,
    },
    /// The search was given up: too many certificates tried as an issuer.
    StepBudget {
        /// The limit.
        limit: usize,
    },
    /// The host sent more certificates than it may.
    TooManyHostIntermediates {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

impl FailureReason {
    /// True for limits: they are reported however far other attempts got, because the search did
    /// not see everything.
    pub(super) const fn ends_the_search(&self) -> bool {
        matches!(
            self,
            Self::SignatureBudget { .. }
                | Self::StepBudget { .. }
                | Self::TooManyHostIntermediates { .. }
        )
    }

    /// How much the reason tells; larger is more.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::MissingIssuer { .. } => 0,
            Self::Loop => 1,
            Self::UntrustedRoot => 2,
            Self::TooDeep { .. } => 3,
            Self::Signature { .. } => 4,
            Self::UnfitIssuer { .. } => 5,
            Self::UnfitLeaf(_) => 6,
            Self::LeafIsRoot => 7,
            Self::Refused { .. } => 8,
            Self::Revoked { .. } => 9,
            Self::SignatureBudget { .. } => 10,
            Self::StepBudget { .. } => 11,
            Self::TooManyHostIntermediates { .. } => 12,
        }
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingIssuer { issuer, authority_key_id } => {
                write!(f, "no certificate of the issuer `{issuer}` is known")?;
                if let Some(id) = authority_key_id {
                    f.write_str(" (key identifier `")?;
                    id.iter().take(64).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                    f.write_str("`)")?;
                }
                Ok(())
            }
            Self::UntrustedRoot => {
                f.write_str("the last certificate is self-issued and no trusted root")
            }
            Self::LeafIsRoot => f.write_str("the certificate in question is itself a trusted root"),
            Self::TooDeep { limit } => {
                write!(f, "no trusted root within {limit} certificates")
            }
            Self::Loop => f.write_str("the certificates issue one another in a circle"),
            Self::Signature { issuer, error, .. } => write!(f, "issuer `{issuer}`: {error}"),
            Self::UnfitIssuer { issuer, flaw } => write!(f, "issuer `{issuer}`: {flaw}"),
            Self::UnfitLeaf(flaw) => write!(f, "the certificate in question: {flaw}"),
            Self::Refused { index, what } => {
                write!(f, "certificate {index} of the path: {what}, which the policy refuses")
            }
            Self::Revoked { index } => write!(f, "certificate {index} of the path is revoked"),
            Self::SignatureBudget { limit } => {
                write!(f, "no path was found within {limit} signatures")
            }
            Self::StepBudget { limit } => {
                write!(f, "no path was found within {limit} attempts to find an issuer")
            }
            Self::TooManyHostIntermediates { found, limit } => {
                write!(f, "the host sent {found} certificates, at most {limit} are taken")
            }
        }
    }
}

impl fmt::Display for ChainFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.path {
            // EK certificates often have no subject, and a torn one no other name either.
            let name = if step.subject.is_empty() { "-" } else { &step.subject };
            write!(f, "`{name}` <- ")?;
        }
        fmt::Display::fmt(&self.reason, f)
    }
}

impl core::error::Error for ChainFailure {}
