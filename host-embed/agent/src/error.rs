//! Why an attestation did not come to a verdict. A verdict that fails is none of these.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no verdict.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The TPM, or the way to it.
    Tpm(portcullis_tpm::Error),
    /// A file of this host.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The verifier cannot be reached, or stopped answering.
    Unreachable {
        /// Its URL.
        url: String,
        /// Why.
        reason: String,
    },
    /// The verifier refused the request.
    Refused {
        /// Its URL.
        url: String,
        /// HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The verifier's answer is not what the Attest API promises.
    Answer {
        /// What is wrong.
        reason: String,
    },
}

/// A verdict, or why there is none.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// What can be done about it, where somebody could know.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Tpm(error) => error.remedy(),
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some(
                    "is the kernel's security file system mounted? \
                     mount -t securityfs securityfs /sys/kernel/security",
                ),
                io::ErrorKind::PermissionDenied => Some("run as root"),
                _ => None,
            },
            Self::Unreachable { .. } => Some(
                "check the URL, that the verifier runs, and that its certificate is trusted \
                      here (--ca FILE)",
            ),
            Self::Refused { status: 503, .. } => Some("the verifier is busy; try again later"),
            _ => None,
        }
    }

    /// True when the same request may be answered later.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Refused { status: 429 | 500..=599, .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tpm(error) => write!(f, "{error}"),
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Unreachable { url, reason } => write!(f, "{url}: {reason}"),
            Self::Refused { url, status, message } => write!(f, "{url}: HTTP {status}: {message}"),
            Self::Answer { reason } => write!(f, "the verifier's answer: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<portcullis_tpm::Error> for Error {
    fn from(error: portcullis_tpm::Error) -> Self {
        Self::Tpm(error)
    }
}
