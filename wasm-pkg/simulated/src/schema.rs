//! JSON Schemas of the documents about simulated hosts.

use schemars::schema_for;

use crate::doc::{KnobDoc, PresetDoc, SimulateCallDoc, SimulatedHostDoc};

/// File name and text of every schema.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    let schemas = [
        ("knob.schema.json", schema_for!(KnobDoc)),
        ("preset.schema.json", schema_for!(PresetDoc)),
        ("simulate-call.schema.json", schema_for!(SimulateCallDoc)),
        ("simulated-host.schema.json", schema_for!(SimulatedHostDoc)),
    ];
    let text = |schema| serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n";
    schemas.into_iter().map(|(name, schema)| (name, text(schema))).collect()
}
