//! Why a call was refused: the caller's or operator's fault, never the evidence's.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::ci_policy::PolicyError;

/// Why a call was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalDoc {
    /// `json`, `field`, `too_large`, `unknown_operation`, `identifier`; of a code integrity policy
    /// `policy`, `policy_xml`, `policy_inexpressible`, `policy_kind`, `argument`, `event_log`.
    pub kind: String,
    /// Why, for people.
    pub message: String,
}

impl RefusalDoc {
    fn new(kind: &str, message: impl fmt::Display) -> Self {
        Self { kind: kind.into(), message: message.to_string() }
    }

    /// No operation has this number.
    #[must_use]
    pub fn unknown_operation(number: u32) -> Self {
        let message = format!("no operation has the number {number}");
        Self::new("unknown_operation", message)
    }

    pub(super) fn no_identifier() -> Self {
        Self::new("identifier", "is no platform identifier that holds an EK or its certificate")
    }

    /// The refusal as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl From<Error> for RefusalDoc {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Json { .. } => "json",
            Error::Field { .. } => "field",
            Error::TooLarge { .. } => "too_large",
        };
        Self::new(kind, error)
    }
}

impl From<PolicyError> for RefusalDoc {
    fn from(error: PolicyError) -> Self {
        let kind = match error {
            PolicyError::Read(_) => "policy",
            PolicyError::Xml(_) => "policy_xml",
            PolicyError::Inexpressible(_) => "policy_inexpressible",
            PolicyError::Kind(_) => "policy_kind",
            PolicyError::Argument(_) => "argument",
            PolicyError::Log(_) => "event_log",
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for RefusalDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RefusalDoc {}
