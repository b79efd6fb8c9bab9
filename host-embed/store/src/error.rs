//! Why the store did not do what it was asked. Nothing is written on any of them.

use std::fmt;

/// Why the store refused or failed.
#[derive(Debug)]
pub enum StoreError {
    /// An input cannot be accepted.
    Refused {
        /// Which field or argument.
        field: &'static str,
        /// Why.
        reason: String,
        /// What can be done about it.
        remedy: String,
    },
    /// There is no such object.
    NotFound {
        /// The kind of object.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// What can be done about it.
        remedy: String,
    },
    /// The database cannot be opened, reached or written: disk, permissions, network, locks.
    Unavailable {
        /// Which store.
        store: String,
        /// What the database says.
        reason: String,
        /// What can be done about it.
        remedy: &'static str,
    },
    /// What is stored cannot be what was stored: damage or foreign hands.
    Damaged(String),
}

/// What every function of the store returns.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// A refusal.
    pub fn refused(
        field: &'static str,
        reason: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self::Refused { field, reason: reason.to_string(), remedy: remedy.to_string() }
    }

    pub(crate) fn not_found(kind: &'static str, name: &str, remedy: impl fmt::Display) -> Self {
        Self::NotFound { kind, name: name.to_owned(), remedy: remedy.to_string() }
    }

    pub(crate) fn damaged(what: impl fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }

    /// What can be done about it; empty when nobody knows.
    #[must_use]
    pub fn remedy(&self) -> &str {
        match self {
            Self::Refused { remedy, .. } | Self::NotFound { remedy, .. } => remedy,
            Self::Unavailable { remedy, .. } => remedy,
            Self::Damaged(_) => {
                "keep a copy, run `portcullis audit verify`, and restore an exported state"
            }
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { field, reason, .. } => write!(f, "`{field}`: {reason}"),
            Self::NotFound { kind, name, .. } => write!(f, "there is no {kind} `{name}`"),
            Self::Unavailable { store, reason, .. } => write!(f, "store `{store}`: {reason}"),
            Self::Damaged(what) => write!(f, "the store is damaged: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}
