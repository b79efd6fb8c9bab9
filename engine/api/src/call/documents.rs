//! The documents of calls that are made for the call alone. Bytes of a file are base64.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ci_policy::{Change, ConversionDoc, PolicyError, apply};
use crate::text::Blob;

/// One file, by its name: it is repeated in the reply.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectCallDoc {
    /// Name of the file, repeated in the reply.
    pub file: String,
    /// Its bytes.
    pub content: Blob,
}

/// One file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileCallDoc {
    /// Its bytes.
    pub content: Blob,
}

/// Something to explain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainCallDoc {
    /// The JSON of a bundle, a result or an assessment, as the bytes of its file.
    pub document: Blob,
    /// Language of the explanation: `en` or `ja`.
    pub lang: String,
}

/// Two event logs to compare.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiffCallDoc {
    /// The first log.
    pub before: Blob,
    /// The second log.
    pub after: Blob,
    /// Bank to compare.
    pub bank: String,
}

/// Two files to compare.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairCallDoc {
    /// The first file.
    pub before: Blob,
    /// The second file.
    pub after: Blob,
}

/// Logs to derive a baseline from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeriveCallDoc {
    /// Name of the baseline.
    pub name: String,
    /// Logs of good boots.
    pub logs: Vec<Blob>,
    /// `secure_boot`, `boot_chain` or `strict`.
    pub level: String,
    /// Bank of the digests.
    pub bank: String,
    /// Registers of level `strict`: bit n stands for PCR n.
    pub pcrs_bitmap: u32,
}

/// A policy set that can be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckedPolicySetDoc {
    /// SHA-256 of its canonical JSON, which every result names.
    pub policy_set_sha256: String,
}

/// Keys of a host, as files hold them. The EK is taken from the first that is given.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifyCallDoc {
    /// Public key of the EK.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ek_public: Option<Blob>,
    /// Certificate of the EK.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ek_certificate: Option<Blob>,
    /// XML of `Get-PlatformIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform_identifier: Option<Blob>,
    /// Public area of the AK.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ak_public: Option<Blob>,
}

/// The names of keys; absent for a key that is not there or cannot be decoded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifyReplyDoc {
    /// SHA-256 of the EK's SubjectPublicKeyInfo, by which a host is registered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ek_sha256: Option<String>,
    /// TPM name of the AK, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ak_name: Option<String>,
}

/// A code integrity policy to convert; its content decides the direction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertCallDoc {
    /// The policy.
    pub content: Blob,
    /// 7, 8 or 9, of a binary to write.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub format: Option<u32>,
    /// `introsort`, `legacy` or `stored`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tie_order: Option<String>,
    /// `ws2016`, `ws2019`, `ws2022` or `ws2025`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
}

/// A converted policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertReplyDoc {
    /// The file.
    pub content: Blob,
    /// What there is to know about it.
    pub about: ConversionDoc,
}

/// Policies that might be those of a log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchCallDoc {
    /// The policies.
    pub files: Vec<InspectCallDoc>,
    /// The event log.
    pub log: Blob,
}

/// Changes to the XML of a policy, in this order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditCallDoc {
    /// The policy, XML.
    pub content: Blob,
    /// What to change.
    pub changes: Vec<PolicyChangeDoc>,
}

/// The changed XML.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditReplyDoc {
    /// The file.
    pub content: Blob,
}

/// A change; see [`Change`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyChangeDoc {
    /// Number or name of an option to set.
    SetOption(String),
    /// Number or name of an option to delete.
    DeleteOption(String),
    /// A version.
    Version(String),
    /// A name for events to show.
    Name(String),
    /// An id for events to show: any text.
    IdText(String),
    /// A GUID for the policy.
    PolicyId(String),
    /// The GUID of the base policy that it supplements.
    Supplements(String),
    /// A setting.
    Setting {
        /// Provider, key and name of the value.
        names: [String; 3],
        /// `Boolean`, `DWord`, `Binary` or `String`.
        kind: String,
        /// The value.
        value: String,
    },
    /// Provider, key and name of a value to delete.
    DeleteSetting([String; 3]),
    /// The `HvciOptions` that are set, all others not.
    Hvci(Vec<String>),
}

impl EditCallDoc {
    /// The XML with its changes.
    pub(super) fn run(&self) -> Result<Vec<u8>, PolicyError> {
        // A change borrows the list of its flags, which therefore lives out here.
        let flags: Vec<Vec<&str>> = self.changes.iter().map(PolicyChangeDoc::flags).collect();
        let changes = self.changes.iter().zip(&flags);
        let changes: Vec<Change<'_>> = changes.map(|(doc, flags)| doc.change(flags)).collect();
        apply(&self.content.0, &changes)
    }
}

impl PolicyChangeDoc {
    fn flags(&self) -> Vec<&str> {
        match self {
            Self::Hvci(names) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn change<'a>(&'a self, flags: &'a [&'a str]) -> Change<'a> {
        match self {
            Self::SetOption(option) => Change::Option { option, delete: false },
            Self::DeleteOption(option) => Change::Option { option, delete: true },
            Self::Version(version) => Change::Version(version),
            Self::Name(name) => Change::Name(name),
            Self::IdText(text) => Change::IdText(text),
            Self::PolicyId(guid) => Change::PolicyId(guid),
            Self::Supplements(guid) => Change::Supplements(guid),
            Self::Setting { names, kind, value } => {
                Change::Setting { names: names.each_ref().map(String::as_str), kind, value }
            }
            Self::DeleteSetting(names) => {
                Change::DeleteSetting(names.each_ref().map(String::as_str))
            }
            Self::Hvci(_) => Change::Hvci(flags),
        }
    }
}
