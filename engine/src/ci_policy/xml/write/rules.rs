//! File rules, artifact rules, macros.

use std::collections::BTreeMap;

use portcullis_wire::ci_policy::FileRuleKind;

use super::emit::Emit;
use super::ids::{Ids, id};
use super::{Result, hex, refuse};
use crate::ci_policy::model::{ArtifactRule, CiPolicy, FileRule, Hotpatch, Version};

pub(super) fn file_rules(emit: &mut Emit, policy: &CiPolicy, ids: &Ids) -> Result {
    if policy.file_rules.is_empty() {
        return emit.empty("FileRules", &[]);
    }
    let hotpatches = Hotpatches::new(&policy.hotpatches)?;
    let macros = Macros::new(policy);
    emit.open("FileRules", &[])?;
    for (index, rule) in (0_u32..).zip(&policy.file_rules) {
        let (minimum, maximum) = versions(rule);
        let package = version(rule.package_version);
        let hash = (!rule.hash.is_empty()).then(|| hex(&rule.hash));
        let app_ids = macros.app_ids(rule);
        let base = hotpatches.by_base.get(&index).copied();
        let (lowest, highest) = hotpatches.sequences(index);
        let mut attributes = vec![("ID", Some(id(&ids.rules, index)))];
        attributes.extend(rule.names());
        attributes.extend([
            ("PackageVersion", package.as_deref()),
            ("MinimumFileVersion", minimum.as_deref()),
            ("MaximumFileVersion", maximum.as_deref()),
            ("Hash", hash.as_deref()),
            ("AppIDs", app_ids.as_deref()),
            ("RequireHotpatchID", base.map(|hotpatch| id(&ids.rules, hotpatch))),
            ("MinimumHotpatchSequence", lowest.as_deref()),
            ("MaximumHotpatchSequence", highest.as_deref()),
        ]);
        let is_hotpatch = base.is_some() || hotpatches.by_target.contains_key(&index);
        if is_hotpatch && rule.kind != FileRuleKind::ALLOW {
            return refuse("RequireHotpatchID", "ties a rule that does not allow");
        }
        let name = rule.kind.name().unwrap_or_default();
        emit.empty(name, &attributes)?;
    }
    emit.close("FileRules");
    Ok(())
}

fn version(version: Version) -> Option<String> {
    (version != Version::ZERO).then(|| version.to_string())
}

/// The versions as an author would give them: left out where the converter stores the same.
fn versions(rule: &FileRule) -> (Option<String>, Option<String>) {
    let maximum = version(rule.maximum_version);
    let default = FileRule::default_minimum(rule.kind, maximum.is_some());
    let minimum = (rule.minimum_version != default).then(|| rule.minimum_version.to_string());
    (minimum, maximum)
}

/// Hotpatch rules by the rules that they tie.
struct Hotpatches {
    by_base: BTreeMap<u32, u32>,
    by_target: BTreeMap<u32, (u32, u32)>,
}

impl Hotpatches {
    fn new(hotpatches: &[Hotpatch]) -> Result<Self> {
        let mut found = Self { by_base: BTreeMap::new(), by_target: BTreeMap::new() };
        let mut last = None;
        for hotpatch in hotpatches {
            let sequences = (hotpatch.minimum_sequence, hotpatch.maximum_sequence);
            let other = found.by_target.insert(hotpatch.hotpatch, sequences);
            if other.is_some_and(|other| other != sequences) {
                return refuse("MinimumHotpatchSequence", "differs for one rule");
            }
            // The XML has one place for it, and lists rules in their order.
            if last >= Some(hotpatch.base) {
                return refuse("RequireHotpatchID", "is given twice, or out of order");
            }
            last = Some(hotpatch.base);
            found.by_base.insert(hotpatch.base, hotpatch.hotpatch);
        }
        Ok(found)
    }

    fn sequences(&self, index: u32) -> (Option<String>, Option<String>) {
        let (lowest, highest) = self.by_target.get(&index).copied().unwrap_or((0, u32::MAX));
        let lowest = (lowest != 0).then(|| lowest.to_string());
        (lowest, (highest != u32::MAX).then(|| highest.to_string()))
    }
}

/// Macros for AppIDs that cannot stand as they are.
struct Macros<'p> {
    numbers: BTreeMap<&'p str, usize>,
}

/// One item that is no macro stands as it is.
fn literal(rule: &FileRule) -> Option<&str> {
    match rule.app_ids.as_slice() {
        [single] if !single.is_empty() && !single.starts_with('$') => Some(single),
        _ => None,
    }
}

impl<'p> Macros<'p> {
    fn new(policy: &'p CiPolicy) -> Self {
        let mut numbers = BTreeMap::new();
        for rule in policy.file_rules.iter().filter(|rule| literal(rule).is_none()) {
            for app_id in &rule.app_ids {
                let next = numbers.len().saturating_add(1);
                numbers.entry(app_id.as_str()).or_insert(next);
            }
        }
        Self { numbers }
    }

    fn app_ids(&self, rule: &FileRule) -> Option<String> {
        if rule.app_ids.is_empty() {
            return None;
        }
        if let Some(literal) = literal(rule) {
            return Some(literal.to_owned());
        }
        let numbers = rule.app_ids.iter().filter_map(|app_id| self.numbers.get(app_id.as_str()));
        Some(numbers.map(|number| format!("$(AppId.{number})")).collect())
    }
}

pub(super) fn macros(emit: &mut Emit, policy: &CiPolicy) -> Result {
    let macros = Macros::new(policy);
    if macros.numbers.is_empty() {
        return Ok(());
    }
    let mut numbered: Vec<_> =
        macros.numbers.iter().map(|(value, number)| (number, value)).collect();
    numbered.sort_unstable();
    emit.open("Macros", &[])?;
    for (number, value) in numbered {
        let name = format!("AppId.{number}");
        emit.empty("Macro", &[("Id", Some(&name)), ("Value", Some(value))])?;
    }
    emit.close("Macros");
    Ok(())
}

pub(super) fn artifact_rules(emit: &mut Emit, policy: &CiPolicy, ids: &Ids) -> Result {
    emit.open("ArtifactRules", &[])?;
    for (index, rule) in (0_u32..).zip(&policy.artifact_rules) {
        artifact_rule(emit, rule, id(&ids.artifacts, index))?;
    }
    emit.close("ArtifactRules");
    Ok(())
}

fn artifact_rule(emit: &mut Emit, rule: &ArtifactRule, id: &str) -> Result {
    let minimum = version(rule.minimum_version);
    let maximum = (rule.maximum_version != Version::MAX).then(|| rule.maximum_version.to_string());
    let attributes = [
        ("ID", Some(id)),
        ("ArtifactType", rule.kind.name()),
        ("Action", rule.action.name()),
        ("ArtifactName", rule.name.as_deref()),
        ("ArtifactDescription", rule.description.as_deref()),
        ("MinimumVersion", minimum.as_deref()),
        ("MaximumVersion", maximum.as_deref()),
    ];
    let name = match rule.hash.len() {
        0 => return emit.empty("ArtifactRule", &attributes),
        32 => "sha256",
        48 => "sha384",
        64 => "sha512",
        _ => return refuse("ArtifactHash", "is no SHA-256, SHA-384 or SHA-512 digest"),
    };
    emit.open("ArtifactRule", &attributes)?;
    emit.open("ArtifactHash", &[])?;
    emit.open("Hash", &[])?;
    emit.leaf(name, &hex(&rule.hash))?;
    emit.close("Hash");
    emit.close("ArtifactHash");
    emit.close("ArtifactRule");
    Ok(())
}
