//! What there is to simulate.

use portcullis_simulator::spec::HOST_KNOBS;
use portcullis_simulator::spec::preset::{self, PRESETS, Preset};

use crate::Thrown;
use crate::doc::{KnobDoc, PresetDoc};

/// Every preset, healthy ones first.
#[must_use]
pub fn presets() -> Vec<PresetDoc> {
    let describe = |preset: &Preset| PresetDoc {
        name: preset.name.into(),
        doc: preset.doc.into(),
        fails: preset.expect.fails.map(|(policy, _)| policy.into()),
    };
    PRESETS.iter().map(describe).collect()
}

/// Every field of a preset's host.
///
/// # Errors
/// No such preset.
pub fn knobs(preset: &str) -> Result<Vec<KnobDoc>, Thrown> {
    let host = find(preset)?.spec();
    let describe = |knob: &portcullis_simulator::spec::Knob<_>| KnobDoc {
        key: knob.key.into(),
        doc: knob.doc.into(),
        allowed: (knob.allowed)(),
        value: (knob.show)(&host).to_string(),
    };
    Ok(HOST_KNOBS.iter().map(describe).collect())
}

/// A preset by its name.
pub(crate) fn find(name: &str) -> Result<&'static Preset, Thrown> {
    preset::find(name).ok_or_else(|| Thrown::new("field", format!("`{name}` is no preset")))
}
