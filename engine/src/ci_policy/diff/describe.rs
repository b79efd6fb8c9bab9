//! Parts of a policy in one line each, without ids, names and order.

use portcullis_wire::ci_policy::{self as wire, FileRuleKind};

use crate::ci_policy::model::{
    ArtifactRule, CiPolicy, FileRule, Root, SettingValue, Signer, Version, at,
};
use crate::ci_policy::xml::format_time;
use crate::limits::CI_POLICY_QUOTE_CHARS_MAX;

/// The names of `HvciOptions`.
#[must_use]
pub fn hvci(options: u32) -> String {
    let named = wire::HvciFlag::NAMED.iter().filter(|flag| options & flag.0 != 0);
    let mut names: Vec<String> = named.map(ToString::to_string).collect();
    let unnamed = wire::HvciFlag::NAMED.iter().fold(options, |left, flag| left & !flag.0);
    if unnamed != 0 {
        names.push(format!("0x{unnamed:x}"));
    }
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// A rule as one line, without id and name.
#[must_use]
pub fn rule(rule: &FileRule) -> String {
    let mut text = rule.kind.to_string();
    let mut add = |name: &str, value: String| text.push_str(&format!(" {name}={value}"));
    for (name, value) in rule.names() {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            add(name, shown(value));
        }
    }
    if !rule.hash.is_empty() {
        add("Hash", hex(&rule.hash));
    }
    let default = FileRule::default_minimum(rule.kind, rule.maximum_version != Version::ZERO);
    if rule.minimum_version != default {
        add("MinimumFileVersion", rule.minimum_version.to_string());
    }
    if rule.maximum_version != Version::ZERO {
        add("MaximumFileVersion", rule.maximum_version.to_string());
    }
    if rule.package_version != Version::ZERO {
        add("PackageVersion", rule.package_version.to_string());
    }
    for app_id in &rule.app_ids {
        add("AppID", shown(app_id));
    }
    if rule.kind == FileRuleKind::ALLOW && rule.matches_everything() {
        text.push_str(" (every file)");
    }
    text
}

/// A signer's own conditions as one line; what it refers to is left out.
#[must_use]
pub fn signer(signer: &Signer) -> String {
    let mut text = match &signer.root {
        Root::Tbs(digest) => format!("signer TBS={}", hex(digest)),
        Root::Wellknown(root) => format!("signer root={root} ({:02X})", root.0),
    };
    let mut add = |name: &str, value: String| text.push_str(&format!(" {name}={value}"));
    for (name, value) in [
        ("CertIssuer", &signer.issuer),
        ("CertPublisher", &signer.publisher),
        ("CertOemID", &signer.oem_id),
    ] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            add(name, shown(value));
        }
    }
    if signer.sign_time_after.0 != 0 {
        let time = format_time(signer.sign_time_after);
        add("SignTimeAfter", time.unwrap_or_else(|| signer.sign_time_after.0.to_string()));
    }
    text
}

/// An EKU by its object identifier.
pub(super) fn eku(policy: &CiPolicy, index: u32) -> String {
    let Some(eku) = at(&policy.ekus, index) else { return String::new() };
    let dotted = eku.dotted().unwrap_or_else(|| hex(&eku.value));
    match eku.purpose() {
        Some(purpose) => format!("{dotted} ({purpose})"),
        None => dotted,
    }
}

/// An artifact rule as one line.
pub(super) fn artifact(rule: &ArtifactRule) -> String {
    let mut text = format!("{} {}", rule.action, rule.kind);
    for (name, value) in [("name", &rule.name), ("description", &rule.description)] {
        if let Some(value) = value {
            text.push_str(&format!(" {name}={}", shown(value)));
        }
    }
    let (minimum, maximum) = (rule.minimum_version, rule.maximum_version);
    text.push_str(&format!(" versions {minimum} to {maximum}"));
    if !rule.hash.is_empty() {
        text.push_str(&format!(" hash={}", hex(&rule.hash)));
    }
    text
}

/// The value of a setting.
pub(super) fn setting_value(value: &SettingValue) -> String {
    match value {
        SettingValue::Boolean(value) => value.to_string(),
        SettingValue::DWord(value) => value.to_string(),
        SettingValue::Binary(value) => format!("0x{}", hex(value)),
        SettingValue::String(value) => shown(value),
    }
}

pub(in crate::ci_policy) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Hostile text between quotes: escaped. Longer than usual text is cut and closed by its length,
/// so that two different ones of one length may look alike; digests tell them apart.
pub(super) fn shown(text: &str) -> String {
    let limit = CI_POLICY_QUOTE_CHARS_MAX.saturating_mul(4);
    if text.chars().nth(limit).is_none() {
        return format!("{text:?}");
    }
    let head: String = text.chars().take(limit).collect();
    format!("{head:?}... ({} bytes)", text.len())
}
