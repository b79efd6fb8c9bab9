//! Every operation on untrusted bytes as one function: a JSON document in, a JSON document out.
//!
//! The WebAssembly guest is a shim around [`call`], and a native caller runs the same function,
//! so both give the same bytes by construction. What it does *not* establish: that the caller may
//! ask, or that the policy set is the fabric's; a reply says what the documents say.

use std::fmt;

use portcullis_engine::limits::Limits;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::change::ChangeDoc;
use crate::text::{Blob, bank};
use crate::{BundleDoc, Error, ResultDoc, baseline, diff, inspect};

/// What can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// [`BundleDoc`] to [`ResultDoc`]: the verdict.
    Appraise,
    /// [`BundleDoc`] to [`crate::AssessmentDoc`]: what the verdict would be.
    Assess,
    /// [`InspectCallDoc`] to [`inspect::InspectDoc`]: what one file holds.
    Inspect,
    /// [`BundleDoc`] to [`ExplainReplyDoc`]: the verdict, and what would change it.
    Explain,
    /// [`DiffCallDoc`] to [`diff::DiffDoc`]: what was measured in one log and not in the other.
    Diff,
    /// [`DeriveCallDoc`] to [`crate::BaselineDoc`]: reference values of good boots.
    DeriveBaseline,
}

impl Operation {
    /// All operations, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Appraise,
        Self::Assess,
        Self::Inspect,
        Self::Explain,
        Self::Diff,
        Self::DeriveBaseline,
    ];

    /// The number in the calling convention of the guest. Never reused.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Appraise => 1,
            Self::Assess => 2,
            Self::Inspect => 3,
            Self::Explain => 4,
            Self::Diff => 5,
            Self::DeriveBaseline => 6,
        }
    }

    /// The name in messages and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appraise => "appraise",
            Self::Assess => "assess",
            Self::Inspect => "inspect",
            Self::Explain => "explain",
            Self::Diff => "diff",
            Self::DeriveBaseline => "derive_baseline",
        }
    }

    /// The operation of a number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.number() == number)
    }
}

/// One file to inspect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectCallDoc {
    /// Name of the file, repeated in the reply.
    pub file: String,
    /// Its bytes.
    pub content: Blob,
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

/// A verdict, and what would have to change for another one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainReplyDoc {
    /// The verdict.
    pub result: ResultDoc,
    /// Absent when the host is accepted as it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change: Option<ChangeDoc>,
}

/// Why a call was refused: the caller's or operator's fault, never the evidence's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalDoc {
    /// `json`, `field`, `too_large` or `unknown_operation`.
    pub kind: String,
    /// Why, for people.
    pub message: String,
}

impl RefusalDoc {
    /// No operation has this number.
    #[must_use]
    pub fn unknown_operation(number: u32) -> Self {
        let message = format!("no operation has the number {number}");
        Self { kind: "unknown_operation".into(), message }
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
        Self { kind: kind.into(), message: error.to_string() }
    }
}

impl fmt::Display for RefusalDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RefusalDoc {}

/// Runs an operation: a JSON document in, the canonical JSON of the reply out.
///
/// # Errors
/// [`RefusalDoc`] for a document that cannot be used; never for the evidence in it.
pub fn call(operation: Operation, input: &[u8]) -> Result<Vec<u8>, RefusalDoc> {
    dispatch(operation, input).map_err(RefusalDoc::from)
}

fn dispatch(operation: Operation, input: &[u8]) -> Result<Vec<u8>, Error> {
    match operation {
        Operation::Appraise => json(&BundleDoc::parse(input)?.appraise()?),
        Operation::Assess => json(&BundleDoc::parse(input)?.assess()?),
        Operation::Explain => json(&explain(&BundleDoc::parse(input)?)?),
        Operation::Inspect => {
            let call: InspectCallDoc = parse("inspect call", input)?;
            json(&inspect::inspect(&call.file, &call.content.0))
        }
        Operation::Diff => {
            let call: DiffCallDoc = parse("diff call", input)?;
            json(&diff::diff(&call.before.0, &call.after.0, bank("bank", &call.bank)?)?)
        }
        Operation::DeriveBaseline => json(&derive(&parse("derive call", input)?)?),
    }
}

fn explain(bundle: &BundleDoc) -> Result<ExplainReplyDoc, Error> {
    Ok(ExplainReplyDoc { result: bundle.appraise()?, change: bundle.smallest_change()? })
}

fn derive(call: &DeriveCallDoc) -> Result<crate::BaselineDoc, Error> {
    let logs: Vec<&[u8]> = call.logs.iter().map(|log| log.0.as_slice()).collect();
    let bank = bank("bank", &call.bank)?;
    baseline::derive(&call.name, &logs, &call.level, bank, call.pcrs_bitmap)
}

/// Reads a call; its size is bounded as that of a request.
fn parse<T: DeserializeOwned>(document: &'static str, json: &[u8]) -> Result<T, Error> {
    let limit_bytes = Limits::default().request_size_bytes_max;
    if json.len() > limit_bytes {
        return Err(Error::TooLarge { document, size_bytes: json.len(), limit_bytes });
    }
    serde_json::from_slice(json).map_err(|source| Error::Json { document, source })
}

fn json(document: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(document).map_err(|source| Error::Json { document: "reply", source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_operations_are_distinct_and_found_again() {
        for operation in Operation::ALL {
            assert_eq!(Operation::from_number(operation.number()), Some(operation));
        }
        assert_eq!(Operation::from_number(0), None);
        assert_eq!(Operation::from_number(7), None);
    }

    #[test]
    fn a_document_that_cannot_be_used_is_refused_by_every_operation() {
        for operation in Operation::ALL {
            for (input, kind) in [(&b""[..], "json"), (b"[]", "json"), (b"{\"a\":1}", "json")] {
                assert_eq!(call(operation, input).unwrap_err().kind, kind, "{operation:?}");
            }
            let large = vec![b' '; Limits::default().request_size_bytes_max + 1];
            assert_eq!(call(operation, &large).unwrap_err().kind, "too_large", "{operation:?}");
        }
        let no_bank = br#"{"before":"","after":"","bank":"md5"}"#;
        assert_eq!(call(Operation::Diff, no_bank).unwrap_err().kind, "field");
    }

    #[test]
    fn garbage_in_a_file_is_no_refusal() {
        let reply = call(Operation::Inspect, br#"{"file":"x","content":"AAEC"}"#).unwrap();
        assert!(String::from_utf8(reply).unwrap().contains("FILE-UNKNOWN"));
    }
}
