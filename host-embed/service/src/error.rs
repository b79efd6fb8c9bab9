//! Why a service does not start, or ends.

use std::fmt;
use std::path::PathBuf;

/// Why a service does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A setting cannot be used.
    Config {
        /// The setting.
        field: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// A file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The store.
    Store(portcullis_store::StoreError),
    /// The network.
    Network(String),
    /// The system gives no random bytes.
    Random(String),
}

/// A service, or why there is none.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { field, reason } => write!(f, "`{field}`: {reason}"),
            Self::File { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Store(error) => write!(f, "{error}"),
            Self::Network(reason) => f.write_str(reason),
            Self::Random(reason) => write!(f, "the system gives no random bytes: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<portcullis_store::StoreError> for Error {
    fn from(error: portcullis_store::StoreError) -> Self {
        Self::Store(error)
    }
}
