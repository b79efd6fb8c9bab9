//! The certificates that a policy set trusts, and those that it provides to complete paths.

use std::fmt;

use super::{Certificate, Issuers};
use crate::formats::ParseError;
use crate::formats::x509::{CertificateBytes, find_certificates};

/// Roots and intermediates of TPM vendors.
///
/// HGS keeps two stores, `TrustedTPM_RootCA` and `TrustedTPM_IntermediateCA`. Here one list
/// serves: a certificate that names itself as issuer is a root, any other one an intermediate.
#[derive(Clone, Debug, Default)]
pub struct TrustStore<'a> {
    roots: Vec<Certificate<'a>>,
    intermediates: Vec<Certificate<'a>>,
}

/// Why a trust store cannot be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TrustError {
    /// A file holds no certificate that can be read. Files are counted from 0.
    Unreadable {
        /// Which file.
        file: usize,
        /// Where and why.
        error: ParseError,
    },
    /// There are certificates, but none that names itself as issuer.
    NoRoot,
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, error } => write!(f, "certificate file {file}: {error}"),
            Self::NoRoot => f.write_str("none of the certificates is a root (issued by itself)"),
        }
    }
}

impl std::error::Error for TrustError {}

/// Finds the certificates in files of DER or PEM, several in one file included.
///
/// # Errors
/// [`TrustError::Unreadable`].
pub fn read_trust_files<'a>(
    files: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<CertificateBytes<'a>>, TrustError> {
    let mut found = Vec::new();
    for (file, bytes) in files.into_iter().enumerate() {
        let certificates =
            find_certificates(bytes).map_err(|error| TrustError::Unreadable { file, error })?;
        found.extend(certificates);
    }
    Ok(found)
}

impl<'a> TrustStore<'a> {
    /// A store of the certificates in `files`.
    ///
    /// # Errors
    /// [`TrustError`]. No files at all make an empty store, which trusts nobody.
    pub fn new(files: &'a [CertificateBytes<'_>]) -> Result<Self, TrustError> {
        let mut store = Self::default();
        for (file, bytes) in files.iter().enumerate() {
            let certificate =
                bytes.parse().map_err(|error| TrustError::Unreadable { file, error })?;
            match certificate.is_self_issued() {
                true => store.roots.push(certificate),
                false => store.intermediates.push(certificate),
            }
        }
        if store.roots.is_empty() && !store.intermediates.is_empty() {
            return Err(TrustError::NoRoot);
        }
        Ok(store)
    }

    /// True when nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// The issuers for a path, together with what the host sent.
    #[must_use]
    pub fn issuers<'c>(&'c self, from_host: &'c [Certificate<'a>]) -> Issuers<'c, 'a> {
        Issuers { roots: &self.roots, intermediates: &self.intermediates, from_host }
    }
}
