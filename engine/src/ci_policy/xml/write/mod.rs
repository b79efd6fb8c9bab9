//! From a binary's model to XML that the schema accepts.
//!
//! Ids are made up, as `New-CIPolicy` makes them up: the binary has none. A processing instruction
//! in front of the root remembers what no element can say (the format, the order, flags without a
//! name), so that conversion back gives the same bytes. What the XML cannot hold even so is
//! refused by name, never dropped.

mod emit;
mod ids;
mod rules;
mod scenarios;
mod signers;

use core::fmt;

use portcullis_wire::ci_policy as wire;

use super::read::ORIGIN;
use super::text::is_allowed;
use crate::ci_policy::model::{CiPolicy, PolicyKind, Root, Setting, SettingValue};
use emit::Emit;
pub(in crate::ci_policy) use emit::escape;
use ids::Ids;

/// Something in a binary that the XML has no words for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inexpressible {
    /// What, as the XML would name it.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.what, self.why)
    }
}

impl core::error::Error for Inexpressible {}

type Result<T = ()> = core::result::Result<T, Inexpressible>;

const fn refuse<T>(what: &'static str, why: &'static str) -> Result<T> {
    Err(Inexpressible { what, why })
}

/// Writes the XML of a policy that was read from a binary.
///
/// # Errors
/// [`Inexpressible`]. Every policy that a known converter wrote from an XML can be written.
pub fn write(policy: &CiPolicy) -> Result<String> {
    check(policy)?;
    let ids = Ids::new(policy);
    let mut emit = Emit::new();
    origin(&mut emit, policy);
    let kind = policy.kind.name();
    emit.open("SiPolicy", &[("xmlns", Some(wire::XML_NAMESPACE)), ("PolicyType", kind)])?;
    header(&mut emit, policy)?;
    emit.comment("EKUS");
    signers::ekus(&mut emit, policy, &ids)?;
    emit.comment("File Rules");
    rules::file_rules(&mut emit, policy, &ids)?;
    if !policy.artifact_rules.is_empty() {
        rules::artifact_rules(&mut emit, policy, &ids)?;
    }
    emit.comment("Signers");
    signers::signers(&mut emit, policy, &ids)?;
    emit.comment("Driver Signing Scenarios");
    scenarios::scenarios(&mut emit, policy, &ids)?;
    signers::lists(&mut emit, policy, &ids)?;
    emit.leaf("HvciOptions", &policy.hvci_options.to_string())?;
    settings(&mut emit, policy)?;
    rules::macros(&mut emit, policy)?;
    emit.close("SiPolicy");
    Ok(emit.into_text())
}

/// Refuses what has no place anywhere in the document.
fn check(policy: &CiPolicy) -> Result {
    if !policy.later_sections.is_empty() {
        return refuse("formatVersion", "has sections that no schema knows");
    }
    if !policy.app_settings.is_empty() {
        return refuse("AppSettings", "would need the manifest of the application");
    }
    if policy.flags & wire::FLAG_ALWAYS == 0 {
        return refuse("Rules", "lack the flag that every converter sets");
    }
    let supplemental = policy.kind == PolicyKind::Supplemental;
    if policy.is_supplemental() != supplemental {
        return refuse("PolicyType", "does not fit the flag of supplemental policies");
    }
    Ok(())
}

fn origin(emit: &mut Emit, policy: &CiPolicy) {
    let Some(format) = policy.format else { return };
    let mut text = format!("{ORIGIN} format=\"{format}\"");
    if policy.unnamed_flags() != 0 {
        text.push_str(&format!(" unnamed-flags=\"0x{:08x}\"", policy.unnamed_flags()));
    }
    emit.instruction(&text);
}

fn header(emit: &mut Emit, policy: &CiPolicy) -> Result {
    let braced = |guid: &portcullis_wire::Guid| format!("{{{guid}}}").to_uppercase();
    emit.leaf("VersionEx", &policy.version.to_string())?;
    // From format 6 on the type repeats the base policy's id, and is written only when it does not.
    let type_id = policy.type_id.filter(|type_id| policy.base_policy_id != Some(*type_id));
    let ids = [("PolicyTypeID", type_id), ("PlatformID", Some(policy.platform))];
    let more = [("PolicyID", policy.policy_id), ("BasePolicyID", policy.base_policy_id)];
    for (name, guid) in ids.into_iter().chain(more) {
        if let Some(guid) = guid {
            emit.leaf(name, &braced(&guid))?;
        }
    }
    emit.open("Rules", &[])?;
    for name in policy.options().filter_map(wire::OptionFlag::name) {
        emit.open("Rule", &[])?;
        emit.leaf("Option", name)?;
        emit.close("Rule");
    }
    emit.close("Rules");
    Ok(())
}

fn settings(emit: &mut Emit, policy: &CiPolicy) -> Result {
    if policy.settings.is_empty() {
        return Ok(());
    }
    emit.open("Settings", &[])?;
    for Setting { provider, key, value_name, value } in &policy.settings {
        let names = [("Provider", provider), ("Key", key), ("ValueName", value_name)];
        emit.open("Setting", &names.map(|(name, value)| (name, Some(value.as_str()))))?;
        emit.open("Value", &[])?;
        match value {
            SettingValue::Boolean(value) => emit.leaf("Boolean", &value.to_string())?,
            SettingValue::DWord(value) => emit.leaf("DWord", &value.to_string())?,
            SettingValue::Binary(value) => emit.leaf("Binary", &hex(value))?,
            SettingValue::String(value) => emit.leaf("String", value)?,
        }
        emit.close("Value");
        emit.close("Setting");
    }
    emit.close("Settings");
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// What a root is called, for people.
fn root_name(root: &Root) -> String {
    match root {
        Root::Tbs(digest) => hex(digest.get(..8).unwrap_or(digest)),
        Root::Wellknown(root) => root.name().map_or_else(|| format!("root {root}"), str::to_owned),
    }
}

/// Text that XML can hold: its own characters only.
fn expressible(what: &'static str, text: &str) -> Result {
    if text.chars().all(is_allowed) {
        return Ok(());
    }
    refuse(what, "holds a character that XML forbids")
}

#[cfg(test)]
mod tests;
