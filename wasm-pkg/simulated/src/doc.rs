//! Documents about simulated hosts.

use std::collections::BTreeMap;

use portcullis_api::BundleDoc;
use portcullis_api::text::Blob;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which host to simulate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulateCallDoc {
    /// The preset to start from.
    pub preset: String,
    /// What is different about it: field to value, as `--set` takes them.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// The seed: the same call gives the same host.
    pub seed: u32,
    /// Time of the appraisal: seconds since 1970, as a decimal string.
    pub now: String,
    /// True to take the baseline from the preset as it is, not from the host with what is
    /// different about it: the rules of before, the host of after.
    #[serde(default)]
    pub rules_of_preset: bool,
}

/// A host with the rules that it passes, or, for a preset that fails a policy, fails.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SimulatedHostDoc {
    /// `portcullis.simulated-host/1`.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its class: the name of its baseline.
    pub class: String,
    /// Evidence, registration and rules, still without a baseline.
    pub bundle: BundleDoc,
    /// The log that the rules' baseline is derived from; absent when the host captures none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub baseline_log: Option<Blob>,
    /// The file that `Get-PlatformIdentifier` would write.
    pub platform_identifier: Blob,
    /// Its code integrity policies, as files.
    pub ci_policies: Vec<CiFileDoc>,
    /// What it was built from: the answers.
    pub truth: String,
}

/// A code integrity policy of a simulated host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CiFileDoc {
    /// Its name.
    pub file: String,
    /// Its bytes, in base64.
    pub content: Blob,
}

/// A named host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PresetDoc {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// The policy that it fails; absent for a healthy host.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fails: Option<String>,
}

/// Something that can be set about a host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KnobDoc {
    /// Its name.
    pub key: String,
    /// What it means.
    pub doc: String,
    /// The allowed values in words.
    pub allowed: String,
    /// Its value, as `set` takes it.
    pub value: String,
}
