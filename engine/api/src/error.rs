//! Errors of the caller or operator. Whatever is wrong with the *evidence* is a finding instead.

use std::fmt;

/// Why a document cannot be used.
#[derive(Debug)]
pub enum Error {
    /// The text is no JSON of this document.
    Json {
        /// Which document.
        document: &'static str,
        /// Line, column and reason.
        source: serde_json::Error,
    },
    /// A field has a value that it cannot have.
    Field {
        /// Path of the field.
        field: String,
        /// Why.
        reason: String,
    },
    /// A document is larger than its limit.
    TooLarge {
        /// Which document.
        document: &'static str,
        /// Its size in bytes.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
}

impl Error {
    pub(crate) fn field(field: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self::Field { field: field.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { document, source } => write!(f, "{document}: {source}"),
            Self::Field { field, reason } => write!(f, "field `{field}`: {reason}"),
            Self::TooLarge { document, size_bytes, limit_bytes } => {
                write!(f, "{document}: {size_bytes} bytes are over the limit of {limit_bytes}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json { source, .. } => Some(source),
            _ => None,
        }
    }
}
