//! Which file is the policy that a host measured.

use portcullis_engine::ci_policy::hash;
use portcullis_engine::ci_policy::matching::{
    Candidate, Change, MeasuredCiPolicy, Relation, matching,
};
use portcullis_engine::claims::{self, CiPolicyClaim};
use portcullis_engine::crypto::HashAlg;
use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_engine::replay;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PolicyError;
use crate::text::hex;

/// What the policies of a log are. The log is taken at its word: no quote is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CiPolicyMatchDoc {
    /// `portcullis.ci-policy-match/1`.
    pub schema: String,
    /// True when a measured policy is that of one of the files.
    pub matched: bool,
    /// The policies that the log names.
    pub measured: Vec<MeasuredPolicyDoc>,
    /// The files.
    pub files: Vec<MatchFileDoc>,
    /// False when the search for differences was cut short.
    pub complete: bool,
}

/// A policy that the log names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredPolicyDoc {
    /// File name.
    pub name: String,
    /// `major.minor.build.revision`.
    pub version: String,
    /// Algorithm of the digest.
    pub algorithm: String,
    /// Digest of the policy without its signature.
    pub digest: String,
    /// Number of the log's record.
    pub event: Option<usize>,
    /// `same` or `converted` (an XML whose conversion it is): a match. `whole_file` (the digest is
    /// that of a signed file with its signature), `changed` or `unknown`: none.
    pub relation: String,
    /// The file, or the nearest one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the host has that the file has not.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<String>,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MatchFileDoc {
    /// Its name, as given.
    pub file: String,
    /// Digest of the policy without its signature; an XML has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<String>,
    /// True when a host that wrote the log measured it.
    pub measured: bool,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Compares the policies of an event log with files, given by name and bytes.
///
/// # Errors
/// [`PolicyError::Log`]. A file that cannot be read is part of the document.
pub fn match_log(files: &[(&str, &[u8])], log: &[u8]) -> Result<CiPolicyMatchDoc, PolicyError> {
    let claims = measured(log)?;
    let policies: Vec<MeasuredCiPolicy> = claims.iter().map(MeasuredCiPolicy::from).collect();
    let candidates: Vec<Candidate<'_>> = files
        .iter()
        .map(|(name, bytes)| Candidate {
            name: name.rsplit(['/', '\\']).next().unwrap_or(name),
            bytes,
        })
        .collect();
    let outcome = matching(&candidates, &policies);
    let name = |index: usize| files.get(index).map(|(name, _)| (*name).to_owned());
    let measured: Vec<MeasuredPolicyDoc> = claims
        .iter()
        .zip(&outcome.relations)
        .map(|(claim, relation)| measured_doc(claim, relation, files, name))
        .collect();
    let is_match = |relation: &Relation, wanted: usize| match relation {
        Relation::Same { candidate } => *candidate == wanted,
        Relation::Changed { candidate, changes } => {
            *candidate == wanted && is_conversion(files, *candidate, changes)
        }
        Relation::WholeFile { .. } | Relation::Unknown { .. } => false,
    };
    let files: Vec<MatchFileDoc> = (0..)
        .zip(files)
        .map(|(index, (name, bytes))| {
            let error = outcome.unreadable.iter().find(|(unreadable, _)| *unreadable == index);
            let digests = hash::digests(HashAlg::Sha256, bytes).ok();
            MatchFileDoc {
                file: (*name).to_owned(),
                policy_sha256: digests.map(|digests| digests.policy.to_string()),
                measured: outcome.relations.iter().any(|relation| is_match(relation, index)),
                error: error.map(|(_, error)| error.to_string()),
            }
        })
        .collect();
    Ok(CiPolicyMatchDoc {
        schema: "portcullis.ci-policy-match/1".into(),
        matched: files.iter().any(|file| file.measured),
        measured,
        files,
        complete: outcome.complete,
    })
}

/// The policies that Windows wrote into a log, by its own word.
fn measured(log: &[u8]) -> Result<Vec<CiPolicyClaim>, PolicyError> {
    let log = eventlog::parse(log, &Limits::default())
        .map_err(|broken| PolicyError::Log(broken.to_string()))?;
    let bank = [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512, HashAlg::Sha1]
        .into_iter()
        .find(|bank| log.declares(*bank))
        .ok_or_else(|| PolicyError::Log("it has no bank that can be computed".into()))?;
    Ok(claims::extract(&replay::measure(&log, bank, None)).windows.ci_policies)
}

/// True when an XML needs nothing but its conversion.
fn is_conversion(files: &[(&str, &[u8])], candidate: usize, changes: &[Change]) -> bool {
    let is_xml = files.get(candidate).is_some_and(|(_, bytes)| super::is_xml(bytes));
    is_xml && matches!(changes, [Change::Converted { .. }])
}

fn measured_doc(
    claim: &CiPolicyClaim,
    relation: &Relation,
    files: &[(&str, &[u8])],
    name: impl Fn(usize) -> Option<String>,
) -> MeasuredPolicyDoc {
    let (relation, file, changes) = match relation {
        Relation::Same { candidate } => ("same", name(*candidate), &[][..]),
        Relation::WholeFile { candidate } => ("whole_file", name(*candidate), &[][..]),
        Relation::Changed { candidate, changes } => {
            let conversion = is_conversion(files, *candidate, changes);
            let relation = if conversion { "converted" } else { "changed" };
            (relation, name(*candidate), changes.as_slice())
        }
        Relation::Unknown { nearest } => ("unknown", nearest.and_then(name), &[][..]),
    };
    MeasuredPolicyDoc {
        name: claim.name.clone(),
        version: claim.version.clone(),
        algorithm: claim.algorithm.to_string(),
        digest: hex(&claim.digest),
        event: claim.place.event,
        relation: relation.into(),
        file,
        changes: changes.iter().map(describe).collect(),
    }
}

fn describe(change: &Change) -> String {
    match change {
        Change::Option { option, set: true } => format!("the host has `{option}`"),
        Change::Option { option, set: false } => format!("the host has not `{option}`"),
        Change::Version(version) => format!("the host has version {version}"),
        Change::Converted { format, order } => {
            format!("the host has it in format {format}, ties in the order `{}`", order.name())
        }
    }
}
