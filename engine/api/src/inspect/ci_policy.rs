//! Code integrity policies.

use portcullis_engine::ci_policy::warnings::{self, WarningCode};
use portcullis_engine::ci_policy::{self, ReadError, hash};
use portcullis_engine::crypto::{HashAlg, digest};
use portcullis_engine::wire::ci_policy::OptionFlag;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Content, NoteDoc};

/// A code integrity policy. `portcullis ci-policy show` says all of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct CiPolicyDoc {
    /// `binary`, `signed_binary` or `xml`.
    pub encoding: String,
    /// Format version of a binary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format_version: Option<u32>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// True when it only logs what it would block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<bool>,
    /// SHA-256 of the policy without its signature: what a host measures. An XML has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<String>,
}

pub(super) fn recognise(bytes: &[u8]) -> Option<(Content, Vec<NoteDoc>)> {
    let encoding = ci_policy::recognise(bytes)?;
    let file = match ci_policy::read(bytes) {
        Ok(file) => file,
        Err(error) => {
            let digests = hash::digests(HashAlg::Sha256, bytes).ok();
            let document = CiPolicyDoc {
                encoding: encoding.name().into(),
                policy_sha256: digests.map(|digests| digests.policy.to_string()),
                ..CiPolicyDoc::default()
            };
            return Some((Content::CiPolicy(document), vec![unreadable(&error)]));
        }
    };
    let policy = &file.policy;
    let notes = warnings::of_file(&file);
    let document = CiPolicyDoc {
        encoding: encoding.name().into(),
        format_version: policy.format,
        version: Some(policy.version.to_string()),
        name: policy.info_name().map(Into::into).or_else(|| policy.friendly_name.clone()),
        audit: Some(policy.has(OptionFlag::AUDIT_MODE)),
        policy_sha256: file.raw.map(|raw| digest(HashAlg::Sha256, &[raw]).to_string()),
    };
    let notes = notes.iter().map(|warning| NoteDoc::new(warning.code.text(), warning, None));
    Some((Content::CiPolicy(document), notes.collect()))
}

fn unreadable(error: &ReadError) -> NoteDoc {
    let span = match error {
        ReadError::Binary(error) | ReadError::Wrapper(error) => Some(error.span),
        ReadError::Xml(_) => None,
    };
    NoteDoc::new(WarningCode::BodyUnreadable.text(), error, span)
}
