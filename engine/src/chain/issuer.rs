//! Whether a certificate may stand where it stands on a path.

use core::fmt;

use der::asn1::ObjectIdentifier;
use portcullis_wire::oid;

use crate::Span;
use crate::formats::ParseError;
use crate::formats::x509::{Certificate, KeyError};

/// Why a certificate may not be used on a path.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Flaw {
    /// It has a version before 3 and is no configured root: nothing says that it is a CA.
    Version(u8),
    /// Its basic constraints are absent or deny that it is a CA (RFC 5280, 4.2.1.9; 6.1.4 (k)).
    NotCa,
    /// Its key usage lacks `keyCertSign` (6.1.4 (n)).
    KeyUsage,
    /// More intermediates stand below it than it allows (6.1.4 (l), (m)).
    PathLength {
        /// What it allows.
        allowed: usize,
        /// How many there are.
        found: usize,
    },
    /// It has a critical extension that the engine does not process (6.1.4 (o), 6.1.5 (f)).
    UnknownCriticalExtension {
        /// Which.
        oid: ObjectIdentifier,
        /// Where.
        span: Span,
    },
    /// An extension that must be processed does not decode, or occurs twice (4.2).
    UndecodableExtension {
        /// Which.
        oid: ObjectIdentifier,
        /// Why.
        error: ParseError,
    },
    /// Its key is of a kind that the engine does not use.
    Key(KeyError),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |oid: &ObjectIdentifier| {
            let dotted = oid.to_string();
            oid::name(&dotted).map_or(dotted, str::to_owned)
        };
        match self {
            Self::Version(version) => {
                write!(f, "has version {version} and is no configured root")
            }
            Self::NotCa => f.write_str("is no certification authority"),
            Self::KeyUsage => f.write_str("may not sign certificates by its key usage"),
            Self::PathLength { allowed, found } => {
                write!(f, "allows {allowed} intermediates below it, there are {found}")
            }
            Self::UnknownCriticalExtension { oid, .. } => {
                write!(f, "has the critical extension `{}`, which is not supported", named(oid))
            }
            Self::UndecodableExtension { oid, error } => {
                write!(f, "has a malformed extension `{}`: {error}", named(oid))
            }
            Self::Key(error) => fmt::Display::fmt(error, f),
        }
    }
}

/// Checks the leaf: the extensions that it forces a reader to understand, and its key.
pub(super) fn check_leaf(leaf: &Certificate<'_>) -> Result<(), Flaw> {
    check_extensions(leaf)?;
    match &leaf.subject_key.key {
        Ok(_) => Ok(()),
        Err(error) => Err(Flaw::Key(error.clone())),
    }
}

/// Checks an issuer (RFC 5280, 6.1.4 (k) to (o)) that has `intermediates_below` certificates that
/// are not self-issued between it and the leaf.
pub(super) fn check_issuer(
    issuer: &Certificate<'_>,
    intermediates_below: usize,
    is_root: bool,
) -> Result<(), Flaw> {
    check_extensions(issuer)?;
    if issuer.version != 3 {
        return if is_root { Ok(()) } else { Err(Flaw::Version(issuer.version)) };
    }
    let Some(basic) = issuer.extensions.basic_constraints.as_ref().filter(|b| b.value.ca) else {
        return Err(Flaw::NotCa);
    };
    if issuer.extensions.key_usage.as_ref().is_some_and(|usage| !usage.value.key_cert_sign()) {
        return Err(Flaw::KeyUsage);
    }
    match basic.value.path_length_max.map(usize::from) {
        Some(allowed) if intermediates_below > allowed => {
            Err(Flaw::PathLength { allowed, found: intermediates_below })
        }
        _ => Ok(()),
    }
}

fn check_extensions(certificate: &Certificate<'_>) -> Result<(), Flaw> {
    let extensions = &certificate.extensions;
    if let Some(extension) = extensions.unknown_critical().next() {
        let (oid, span) = (extension.oid, extension.span);
        return Err(Flaw::UnknownCriticalExtension { oid, span });
    }
    match extensions.undecodable.first() {
        None => Ok(()),
        Some(extension) => {
            Err(Flaw::UndecodableExtension { oid: extension.oid, error: extension.error.clone() })
        }
    }
}
