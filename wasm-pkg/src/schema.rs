//! JSON Schemas of the package's own documents. The build of the package makes TypeScript of
//! these and of those of `engine/api/schema`.

use schemars::schema_for;

use crate::calls::{ConvertedDoc, How, MatchCallDoc};

/// File name and text of every schema.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    let schemas = [
        ("converted.schema.json", schema_for!(ConvertedDoc)),
        ("how.schema.json", schema_for!(How)),
        ("match-call.schema.json", schema_for!(MatchCallDoc)),
    ];
    let text = |schema| serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n";
    schemas.into_iter().map(|(name, schema)| (name, text(schema))).collect()
}
