//! Simulated hosts in JavaScript: a preset or settings in, a bundle out.
//!
//! A WebAssembly file of its own, because a page that only reads verdicts never needs it. It
//! links none of the engine: what a baseline is, the engine says, so a simulated host comes with
//! the *log* that its baseline is to be derived from, and the package's JavaScript asks the
//! engine for the rest.
//!
//! What it does *not* establish: that a real host of this kind would do the same.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod doc;
mod host;
mod list;
pub mod schema;

use portcullis_api::call::RefusalDoc;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

pub use host::simulate;
pub use list::{knobs, presets};

/// A refusal on its way to JavaScript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thrown(pub RefusalDoc);

impl Thrown {
    pub(crate) fn new(kind: &str, message: impl ToString) -> Self {
        Self(RefusalDoc { kind: kind.into(), message: message.to_string() })
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        let json = String::from_utf8(thrown.0.to_json()).unwrap_or_default();
        Self::from_str(&json)
    }
}

fn json(document: &impl Serialize) -> Result<String, Thrown> {
    serde_json::to_string(document).map_err(|error| Thrown::new("bug", error))
}

/// Every preset: a list of `PresetDoc`.
///
/// # Errors
/// None but a bug of ours.
#[wasm_bindgen(js_name = presets)]
pub fn presets_json() -> Result<String, Thrown> {
    json(&presets())
}

/// Everything that can be set about a host, with the values of a preset: a list of `KnobDoc`.
///
/// # Errors
/// No such preset.
#[wasm_bindgen(js_name = knobs)]
pub fn knobs_json(preset: &str) -> Result<String, Thrown> {
    json(&knobs(preset)?)
}

/// Builds a host, starts it and asks it for evidence: a `SimulateCallDoc` to a
/// `SimulatedHostDoc`.
///
/// # Errors
/// A specification that contradicts itself, or a host that does not start.
#[wasm_bindgen(js_name = simulate)]
pub fn simulate_json(call: &str) -> Result<String, Thrown> {
    let call = serde_json::from_str(call)
        .map_err(|error| Thrown::new("json", format!("simulate call: {error}")))?;
    json(&simulate(&call)?)
}
