//! JSON Schemas of all documents. The checked-in copies under `engine/api/schema` are compared
//! with these by a test, and rewritten by `cargo xtask bless`.

use schemars::schema_for;

use crate::ci_policy::{
    CiPolicyDiffDoc, CiPolicyHashDoc, CiPolicyMatchDoc, CiPolicyShowDoc, ConversionDoc,
};
use crate::diff::DiffDoc;
use crate::inspect::InspectDoc;
use crate::{AssessmentDoc, BaselineDoc, BundleDoc, ExplanationDoc, ResultDoc};

/// File name and text of every schema.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    let schemas = [
        ("assessment.schema.json", schema_for!(AssessmentDoc)),
        ("baseline.schema.json", schema_for!(BaselineDoc)),
        ("bundle.schema.json", schema_for!(BundleDoc)),
        ("diff.schema.json", schema_for!(DiffDoc)),
        ("explanation.schema.json", schema_for!(ExplanationDoc)),
        ("ci-policy.schema.json", schema_for!(CiPolicyShowDoc)),
        ("ci-policy-conversion.schema.json", schema_for!(ConversionDoc)),
        ("ci-policy-diff.schema.json", schema_for!(CiPolicyDiffDoc)),
        ("ci-policy-hash.schema.json", schema_for!(CiPolicyHashDoc)),
        ("ci-policy-match.schema.json", schema_for!(CiPolicyMatchDoc)),
        ("inspect.schema.json", schema_for!(InspectDoc)),
        ("result.schema.json", schema_for!(ResultDoc)),
    ];
    schemas
        .into_iter()
        .map(|(name, schema)| {
            let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
            text.push('\n');
            (name, text)
        })
        .collect()
}
