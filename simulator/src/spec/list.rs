//! What `simulate host --list` prints: every knob and every preset, with its documentation.

use super::knob::Knob;
use super::preset::PRESETS;
use super::value::Value;
use super::{CI_POLICY_KNOBS, CiPolicySpec, HOST_KNOBS, HostSpec};
use crate::pki::Flaw;

/// Every knob: name, meaning, allowed values, and the value of the reference host.
#[must_use]
pub fn list_knobs() -> String {
    let mut text = String::new();
    let host = HostSpec::default();
    for knob in HOST_KNOBS {
        push(&mut text, "", knob, &(knob.show)(&host));
    }
    let policy = CiPolicySpec::default();
    for knob in CI_POLICY_KNOBS {
        push(&mut text, "ci.policy.N.", knob, &(knob.show)(&policy));
    }
    text += "\nFlaws of `tpm.ek_flaws`, several of which may be combined:\n";
    for flaw in Flaw::ALL {
        text += &format!("  {:<22} {}\n", flaw.name(), flaw.explanation());
    }
    text
}

fn push<T>(text: &mut String, prefix: &str, knob: &Knob<T>, value: &Value) {
    let Knob { key, doc, allowed, .. } = knob;
    *text += &format!("{prefix}{key} = {value}\n    {doc}\n    allowed: {}\n", allowed());
}

/// Every preset: name, what it is, and what an appraisal finds.
#[must_use]
pub fn list_presets() -> String {
    let mut text = String::new();
    for preset in PRESETS {
        text += &format!("{}\n    {}\n", preset.name, preset.doc);
        if let Some((policy, reason)) = preset.expect.fails {
            text += &format!("    fails {policy}, reason {reason}\n");
        }
    }
    text
}
