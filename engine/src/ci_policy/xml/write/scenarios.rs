//! Signing scenarios.

use portcullis_wire::ci_policy::HashAlgId;

use super::emit::Emit;
use super::ids::{Ids, id};
use super::{Result, refuse};
use crate::ci_policy::model::{CiPolicy, Scenario, SignerGroup, SignerReference};

pub(super) fn scenarios(emit: &mut Emit, policy: &CiPolicy, ids: &Ids) -> Result {
    if policy.scenarios.is_empty() {
        return emit.empty("SigningScenarios", &[]);
    }
    emit.open("SigningScenarios", &[])?;
    for (index, scenario) in (0_u32..).zip(&policy.scenarios) {
        write_scenario(emit, scenario, index, ids)?;
    }
    emit.close("SigningScenarios");
    Ok(())
}

fn write_scenario(emit: &mut Emit, scenario: &Scenario, index: u32, ids: &Ids) -> Result {
    if scenario.value.0 > u32::from(u8::MAX) {
        return refuse("SigningScenario", "has a value above 255");
    }
    if scenario.inherited.contains(&index) {
        return refuse("InheritedScenarios", "names its own scenario");
    }
    let hash = scenario.minimum_hash;
    if hash.0 == 0 || hash.0 > u32::from(u16::MAX) {
        return refuse("MinimumHashAlgorithm", "is no number between 1 and 65535");
    }
    let value = scenario.value.0.to_string();
    let names: Vec<_> = scenario.inherited.iter().map(|index| id(&ids.scenarios, *index)).collect();
    let inherited = (!names.is_empty()).then(|| names.join(","));
    let hash = (hash != HashAlgId::SHA256).then(|| hash.0.to_string());
    emit.open(
        "SigningScenario",
        &[
            ("Value", Some(&value)),
            ("ID", Some(id(&ids.scenarios, index))),
            ("FriendlyName", scenario.value.name()),
            ("InheritedScenarios", inherited.as_deref()),
            ("MinimumHashAlgorithm", hash.as_deref()),
        ],
    )?;
    write_group(
        emit,
        "ProductSigners",
        &scenario.product,
        ["FileRulesRef", "FileRuleRef"],
        (ids, &ids.rules),
    )?;
    if !scenario.artifacts.is_empty() {
        let names = ["ArtifactRulesRef", "ArtifactRuleRef"];
        write_group(emit, "ArtifactSigners", &scenario.artifacts, names, (ids, &ids.artifacts))?;
    }
    let tests = [("TestSigners", &scenario.test), ("TestSigningSigners", &scenario.test_signing)];
    for (name, group) in tests {
        if !group.is_empty() {
            write_group(emit, name, group, ["FileRulesRef", "FileRuleRef"], (ids, &ids.rules))?;
        }
    }
    emit.close("SigningScenario");
    Ok(())
}

fn write_group(
    emit: &mut Emit,
    name: &'static str,
    group: &SignerGroup,
    [list, rule]: [&'static str; 2],
    (ids, rules): (&Ids, &[String]),
) -> Result {
    if group.is_empty() {
        return emit.empty(name, &[]);
    }
    emit.open(name, &[])?;
    let allowed = ["AllowedSigners", "AllowedSigner", "ExceptDenyRule", "DenyRuleID"];
    write_references(emit, &group.allowed, allowed, (ids, rules))?;
    let denied = ["DeniedSigners", "DeniedSigner", "ExceptAllowRule", "AllowRuleID"];
    write_references(emit, &group.denied, denied, (ids, rules))?;
    if !group.rules.is_empty() {
        emit.open(list, &[])?;
        for index in &group.rules {
            emit.empty(rule, &[("RuleID", Some(id(rules, *index)))])?;
        }
        emit.close(list);
    }
    emit.close(name);
    Ok(())
}

fn write_references(
    emit: &mut Emit,
    references: &[SignerReference],
    [list, child, except, of]: [&'static str; 4],
    (ids, rules): (&Ids, &[String]),
) -> Result {
    if references.is_empty() {
        return Ok(());
    }
    emit.open(list, &[])?;
    for reference in references {
        let signer = ("SignerId", Some(id(&ids.signers, reference.signer)));
        if reference.except.is_empty() {
            emit.empty(child, &[signer])?;
            continue;
        }
        emit.open(child, &[signer])?;
        for rule in &reference.except {
            emit.empty(except, &[(of, Some(id(rules, *rule)))])?;
        }
        emit.close(child);
    }
    emit.close(list);
    Ok(())
}
