//! What two policies say differently.

use portcullis_engine::ci_policy::author::{Choice, author};
use portcullis_engine::ci_policy::diff::{self as engine, Statement};
use portcullis_engine::ci_policy::order::TieOrder;
use portcullis_engine::ci_policy::{self, CiPolicy, Encoding, xml};
use portcullis_engine::wire::ci_policy::FORMAT_NAMED_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PolicyError;

/// The difference of two policies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CiPolicyDiffDoc {
    /// `portcullis.ci-policy-diff/1`.
    pub schema: String,
    /// True when both say the same. Their digests may still differ: see `same_bytes`.
    pub equal: bool,
    /// True when both are binaries with the same policy inside; absent when one is XML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_bytes: Option<bool>,
    /// False when one of them says too much to be compared in full.
    pub complete: bool,
    /// What only the first says.
    pub removed: Vec<StatementDoc>,
    /// What only the second says.
    pub added: Vec<StatementDoc>,
}

/// One thing that a policy says, without ids, names and order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StatementDoc {
    /// `policy`, `version`, `option`, `file_rule`, `signer`, `artifact_rule` or `setting`.
    pub topic: String,
    /// What it says.
    pub text: String,
}

impl From<&Statement> for StatementDoc {
    fn from(statement: &Statement) -> Self {
        Self { topic: statement.topic.name().to_owned(), text: statement.text.clone() }
    }
}

/// Compares two policy files of any kind.
///
/// # Errors
/// [`PolicyError`] when one of them cannot be read.
pub fn diff(before: &[u8], after: &[u8]) -> Result<CiPolicyDiffDoc, PolicyError> {
    let raw = |bytes| Ok::<_, PolicyError>(ci_policy::read(bytes)?.raw);
    let same_bytes = raw(before)?.zip(raw(after)?).map(|(before, after)| before == after);
    let difference = engine::diff(&comparable(before)?, &comparable(after)?);
    let statements = |list: &[Statement]| list.iter().map(StatementDoc::from).collect();
    Ok(CiPolicyDiffDoc {
        schema: "portcullis.ci-policy-diff/1".into(),
        equal: difference.is_empty(),
        same_bytes,
        complete: difference.complete,
        removed: statements(&difference.removed),
        added: statements(&difference.added),
    })
}

/// The policy of a file; an XML as its binary would have it, where it can be converted at all.
fn comparable(bytes: &[u8]) -> Result<CiPolicy, PolicyError> {
    let file = ci_policy::read(bytes)?;
    if file.encoding != Encoding::Xml {
        return Ok(file.policy);
    }
    let text = xml::decode(bytes)?;
    let document = xml::read(&text.text)?;
    let format = document.origin.map_or(FORMAT_NAMED_MAX, |origin| origin.format);
    let choice = Choice { format: Some(format), order: Some(TieOrder::Stored) };
    Ok(author(&document, choice).map_or(file.policy, |authored| authored.policy))
}
