//! Documents of the package's own: arguments and replies that hold more than one document.

use portcullis_api::ci_policy::{self, ConversionDoc};
use portcullis_api::text::Blob;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileDoc {
    /// Its name.
    pub file: String,
    /// Its bytes, in base64.
    pub content: Blob,
}

/// Policy files and the log of a host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchCallDoc {
    /// The policies.
    pub files: Vec<FileDoc>,
    /// The log, in base64.
    pub log: Blob,
}

/// How to convert the XML of a policy.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct How {
    /// 7, 8 or 9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<u32>,
    /// `introsort`, `legacy` or `stored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie_order: Option<String>,
    /// `ws2016`, `ws2019`, `ws2022` or `ws2025`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl How {
    /// The same for the api.
    #[must_use]
    pub fn as_api(&self) -> ci_policy::How<'_> {
        ci_policy::How {
            format: self.format,
            tie_order: self.tie_order.as_deref(),
            target: self.target.as_deref(),
        }
    }
}

/// A converted policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConvertedDoc {
    /// What there is to know about it.
    pub document: ConversionDoc,
    /// The file, in base64.
    pub content: Blob,
}
