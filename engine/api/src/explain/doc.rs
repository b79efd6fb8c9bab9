//! Explanations as documents: what the text for people says, for programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::ChangeDoc;
use crate::result::{DifferenceDoc, PlaceDoc};

/// Schema of an explanation.
pub(super) const SCHEMA: &str = "portcullis.explanation/1";

/// A result, a bundle or a finding code in words of one language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExplanationDoc {
    /// `portcullis.explanation/1`.
    pub schema: String,
    /// Language of all texts: `en` or `ja`.
    pub lang: String,
    /// What is explained: `result`, `assessment`, `bundle` or `code`.
    pub about: String,
    /// The whole of it in one sentence.
    pub summary: String,
    /// Code of the finding that says most.
    pub headline: String,
    /// `AttestationStatus` that a host is told, or would be told; empty for a warning about a
    /// policy file.
    pub status: String,
    /// `AttestationSubStatus` beside it.
    pub sub_status: String,
    /// What it means for the fabric.
    pub consequence: String,
    /// What else there is to say about the whole, in the order in which it is shown.
    pub remarks: Vec<RemarkDoc>,
    /// Every finding, the most important first.
    pub findings: Vec<ExplainedFindingDoc>,
    /// What each accepted version says, in the order in which they are tried.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tracks: Vec<ExplainedTrackDoc>,
    /// Profile of the policy set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Every policy, in a fixed order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub policies: Vec<ExplainedPolicyDoc>,
    /// The registers that anything was said about.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub registers: Vec<ExplainedRegistersDoc>,
    /// Bytes of the evidence that nothing vouches for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unbound: Vec<ExplainedUnboundDoc>,
    /// The smallest change of the rules that would accept the host; of a bundle that fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_change: Option<ChangeDoc>,
}

/// One thing about the whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RemarkDoc {
    /// Which: `assurance`, `hardware`, `ak_binding`; for a code `tier`, `policy`; for that of a
    /// warning `consequence`, `evidence`.
    pub name: String,
    /// The same for people.
    pub label: String,
    /// What there is to say.
    pub text: String,
}

/// A finding in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedFindingDoc {
    /// Stable code.
    pub code: String,
    /// `failure`, `warning` or `info`.
    pub tier: String,
    /// What it is about.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub subject: String,
    /// What it means.
    pub meaning: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What a signature database gained and lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceDoc>,
    /// The bytes that it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub places: Vec<PlaceDoc>,
    /// The policy or baseline that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// `AttestationStatus` and sub-status that it stands for, where it fails the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it means for the fabric.
    pub consequence: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub remedy: String,
}

/// What one version says, in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedTrackDoc {
    /// `v2` or `v1`.
    pub version: String,
    /// `holds` or `fails`.
    pub outcome: String,
    /// What was matched and what was not.
    pub text: String,
}

/// What one policy says, in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedPolicyDoc {
    /// Documented name, `Hgs_...`.
    pub name: String,
    /// `Disabled`, `Enabled` or `Locked`.
    pub state: String,
    /// `satisfied`, `violated`, `errored` or `not_applicable`.
    pub outcome: String,
    /// What it demands.
    pub purpose: String,
    /// The reference that the host matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// GUIDs of the reasons for which it is violated.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<String>,
}

/// Registers that are in the same state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedRegistersDoc {
    /// `matches`, `differs`, `unlogged` or `not_quoted`.
    pub state: String,
    /// The same for people.
    pub text: String,
    /// Their indices.
    pub pcrs: Vec<u8>,
}

/// Bytes that nothing vouches for, for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedUnboundDoc {
    /// The artefact.
    pub artefact: String,
    /// Why.
    pub reason: String,
    /// How many bytes; 0 where it is true of no byte in particular.
    pub size_bytes: usize,
}
