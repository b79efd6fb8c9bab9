//! Errors of the XML: what, in which element, on which line.

use core::fmt;

use super::place::Place;
use crate::limits::CI_POLICY_QUOTE_CHARS_MAX;

/// Why an XML is no policy that can be read, or none that can be written as a binary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlError {
    /// Where.
    pub place: Place,
    /// The element; empty outside the root.
    pub element: String,
    /// Why.
    pub reason: XmlReason,
}

/// The reasons of [`XmlError`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum XmlReason {
    /// The text is no well-formed XML.
    Syntax(String),
    /// The text is in no encoding that is understood.
    Encoding(&'static str),
    /// A document type declaration, which a policy never needs and an attacker does.
    DocumentType,
    /// More of something than its limit in [`crate::limits`].
    OverLimit {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The root is no policy.
    Root,
    /// An attribute or element that must be there.
    Missing(&'static str),
    /// An attribute or element that may be there once.
    Repeated(String),
    /// A value that is none of its kind.
    Value {
        /// The attribute or element.
        of: &'static str,
        /// What it says.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Two elements with one id.
    DuplicateId(String),
    /// An id that nothing has.
    Dangling {
        /// The attribute.
        of: &'static str,
        /// The id.
        id: String,
    },
    /// An id of something else than the reference needs.
    WrongKind {
        /// The attribute.
        of: &'static str,
        /// The id.
        id: String,
        /// What the reference needs.
        expected: &'static str,
    },
    /// Something that no schema knows.
    Unsupported(String),
    /// A rule of the converter is broken.
    Refused {
        /// Which.
        why: &'static str,
        /// What speaks for the rule.
        evidence: super::super::Evidence,
    },
    /// The format that was asked for has no place for it.
    Format(super::super::binary::Need),
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if !self.element.is_empty() {
            write!(f, ", element `{}`", self.element)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl fmt::Display for XmlReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what) => write!(f, "is no well-formed XML: {what}"),
            Self::Encoding(what) => f.write_str(what),
            Self::DocumentType => f.write_str("document type declarations are not read"),
            Self::OverLimit { what, limit } => write!(f, "more than {limit} {what}"),
            Self::Root => {
                f.write_str("the root is no `SiPolicy` of the namespace of code integrity policies")
            }
            Self::Missing(what) => write!(f, "`{what}` is missing"),
            Self::Repeated(what) => write!(f, "`{what}` may be given once"),
            Self::Value { of, found, expected } => {
                write!(f, "`{of}` is `{found}`, expected {expected}")
            }
            Self::DuplicateId(id) => write!(f, "the id `{id}` is taken"),
            Self::Dangling { of, id } => write!(f, "`{of}` names `{id}`, which does not exist"),
            Self::WrongKind { of, id, expected } => {
                write!(f, "`{of}` names `{id}`, which is no {expected}")
            }
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
            Self::Refused { why, evidence } => write!(f, "{why} [{evidence}]"),
            Self::Format(need) => fmt::Display::fmt(need, f),
        }
    }
}

impl core::error::Error for XmlError {}

/// Hostile text as an error may repeat it: short, and without control characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String =
        text.chars().take(CI_POLICY_QUOTE_CHARS_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(CI_POLICY_QUOTE_CHARS_MAX).is_some() {
        shown.push_str("...");
    }
    shown
}
