//! Code integrity policies: what a file says, what two files say differently, which file a host
//! measured; conversion and edits.
//!
//! Every warning carries what speaks for it (`real files`, `documented`, `two sources`,
//! `one source`, `inferred`). Nothing here says that Windows would load a policy.

mod convert;
mod diff;
mod edit;
mod hash;
mod matching;
mod show;

use std::fmt;

use portcullis_engine::ci_policy::warnings::Warning;
use portcullis_engine::ci_policy::xml::{Inexpressible, XmlError};
use portcullis_engine::ci_policy::{Encoding, ReadError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use convert::{Conversion, ConversionDoc, How, Unwrapped, convert, unwrap};
pub use diff::{CiPolicyDiffDoc, StatementDoc, diff};
pub use edit::{Change, apply, hvci_names, options, parse_change};
pub use hash::{CiPolicyHashDoc, hash};
pub use matching::{CiPolicyMatchDoc, MatchFileDoc, MeasuredPolicyDoc, match_log};
pub use show::{CiPolicyShowDoc, CountsDoc, SignatureDoc, show};

/// Why a file cannot be used.
#[derive(Debug)]
pub enum PolicyError {
    /// It is no policy that can be read.
    Read(ReadError),
    /// It is XML, and no policy that can be converted.
    Xml(XmlError),
    /// It is a binary that XML cannot say.
    Inexpressible(Inexpressible),
    /// It is a policy, and of another kind than the operation needs.
    Kind(&'static str),
    /// An argument has a value that it cannot have.
    Argument(String),
    /// It is no event log that can be read.
    Log(String),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => fmt::Display::fmt(error, f),
            Self::Xml(error) => fmt::Display::fmt(error, f),
            Self::Inexpressible(error) => write!(f, "XML cannot say this policy: {error}"),
            Self::Kind(what) => f.write_str(what),
            Self::Argument(what) => f.write_str(what),
            Self::Log(what) => write!(f, "no event log: {what}"),
        }
    }
}

impl std::error::Error for PolicyError {}

impl From<ReadError> for PolicyError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<XmlError> for PolicyError {
    fn from(error: XmlError) -> Self {
        Self::Xml(error)
    }
}

/// Something to know about a policy or a conversion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WarningDoc {
    /// Stable code.
    pub code: String,
    /// What it means, with what it is about.
    pub text: String,
    /// What speaks for it.
    pub evidence: String,
}

impl From<&Warning> for WarningDoc {
    fn from(warning: &Warning) -> Self {
        let meaning = warning.code.meaning();
        Self {
            code: warning.code.to_string(),
            text: match warning.detail.as_str() {
                "" => meaning.to_owned(),
                detail => format!("{meaning}: {detail}"),
            },
            evidence: warning.evidence.to_string(),
        }
    }
}

fn warnings(found: &[Warning]) -> Vec<WarningDoc> {
    found.iter().map(WarningDoc::from).collect()
}

/// An XML is neither hashed nor unwrapped.
const XML_HAS_NO_HASH: &str =
    "is XML, which has no digest of its own: the digest is that of the binary it is converted to";

fn is_xml(bytes: &[u8]) -> bool {
    portcullis_engine::ci_policy::recognise(bytes) == Some(Encoding::Xml)
}

#[cfg(test)]
mod tests;
