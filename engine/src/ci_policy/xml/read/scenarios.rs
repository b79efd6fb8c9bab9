//! Signing scenarios.

use portcullis_wire::ci_policy::{HashAlgId, Scenario as ScenarioValue};

use super::super::error::{XmlError, XmlReason, quoted};
use super::super::tree::Element;
use super::context::{Context, Ids};
use super::settings;
use super::signers::Targets;
use crate::ci_policy::model::{CiPolicy, Scenario, SignerGroup, SignerReference};

const GROUPS: [&str; 5] =
    ["ProductSigners", "ArtifactSigners", "TestSigners", "TestSigningSigners", "AppIDTags"];

/// Reads `SigningScenarios`.
pub(super) fn scenarios(
    context: &mut Context<'_>,
    root: &Element<'_>,
    targets: &Targets<'_>,
    signers: &Ids<'_>,
    policy: &mut CiPolicy,
) -> Result<(), XmlError> {
    let Some(list) = root.child("SigningScenarios") else { return Ok(()) };
    context.known(list, &[], &["SigningScenario"]);
    let mut ids = Ids::new();
    for element in list.children("SigningScenario") {
        let label = context.label(element, "FriendlyName", &mut ids, policy.scenarios.len())?;
        let scenario = scenario(context, element, targets, signers)?;
        policy.scenarios.push(Scenario { label, ..scenario });
        if let Some(tags) = element.child("AppIDTags") {
            settings::app_id_tags(context, tags, policy)?;
        }
    }
    // A scenario may inherit from one that stands behind it.
    for (element, scenario) in list.children("SigningScenario").zip(&mut policy.scenarios) {
        scenario.inherited = inherited(context, element, &ids)?;
    }
    Ok(())
}

fn scenario(
    context: &mut Context<'_>,
    element: &Element<'_>,
    targets: &Targets<'_>,
    signers: &Ids<'_>,
) -> Result<Scenario, XmlError> {
    let attributes = ["ID", "FriendlyName", "Value", "InheritedScenarios", "MinimumHashAlgorithm"];
    context.known(element, &attributes, &GROUPS);
    context.once(element, &GROUPS)?;
    let text = context.required(element, "Value")?;
    let value = context.number(element, "Value", text)?;
    if value > u32::from(u8::MAX) {
        return Err(context.value_error(element, "Value", text, "a number up to 255"));
    }
    let mut scenario = Scenario::new(ScenarioValue(value));
    if let Some(text) = element.attribute("MinimumHashAlgorithm") {
        let number = context.number(element, "MinimumHashAlgorithm", text)?;
        // Zero is what .NET's classes hold for an absent attribute. One source.
        if number != 0 {
            scenario.minimum_hash = HashAlgId(number);
        }
    }
    context.required_child(element, "ProductSigners")?;
    let rules = Names { rules: "FileRulesRef", rule: "FileRuleRef", ids: &targets.rules };
    let artifacts =
        Names { rules: "ArtifactRulesRef", rule: "ArtifactRuleRef", ids: &targets.artifacts };
    for (name, names, group) in [
        ("ProductSigners", &rules, &mut scenario.product),
        ("TestSigners", &rules, &mut scenario.test),
        ("TestSigningSigners", &rules, &mut scenario.test_signing),
        ("ArtifactSigners", &artifacts, &mut scenario.artifacts),
    ] {
        if let Some(element) = element.child(name) {
            *group = signer_group(context, element, names, signers)?;
        }
    }
    Ok(scenario)
}

/// The ids in `InheritedScenarios`. A scenario's own id among them counts for nothing. One source.
fn inherited(
    context: &Context<'_>,
    element: &Element<'_>,
    ids: &Ids<'_>,
) -> Result<Vec<u32>, XmlError> {
    let own = element.attribute("ID");
    let list = element.attribute("InheritedScenarios").unwrap_or_default();
    let named = list.split(',').map(str::trim).filter(|id| !id.is_empty() && Some(*id) != own);
    named
        .map(|id| {
            ids.get(id).copied().ok_or_else(|| {
                let of = "InheritedScenarios";
                context.error(element, XmlReason::Dangling { of, id: quoted(id) })
            })
        })
        .collect()
}

/// What the rules of a group are called, and which they are.
struct Names<'i, 'e> {
    rules: &'static str,
    rule: &'static str,
    ids: &'i Ids<'e>,
}

fn signer_group(
    context: &mut Context<'_>,
    element: &Element<'_>,
    names: &Names<'_, '_>,
    signers: &Ids<'_>,
) -> Result<SignerGroup, XmlError> {
    let lists = ["AllowedSigners", "DeniedSigners", names.rules];
    context.known(element, &[], &lists);
    context.once(element, &lists)?;
    let mut group = SignerGroup::default();
    if let Some(list) = element.child("AllowedSigners") {
        let words = ["AllowedSigner", "ExceptDenyRule", "DenyRuleID"];
        group.allowed = references(context, list, words, names, signers)?;
    }
    if let Some(list) = element.child("DeniedSigners") {
        let words = ["DeniedSigner", "ExceptAllowRule", "AllowRuleID"];
        group.denied = references(context, list, words, names, signers)?;
    }
    if let Some(list) = element.child(names.rules) {
        // Microsoft's schema calls the attribute so.
        context.known(list, &["Workaround"], &[names.rule]);
        group.rules = context.references(list, names.rule, "RuleID", names.ids)?;
    }
    Ok(group)
}

fn references(
    context: &mut Context<'_>,
    list: &Element<'_>,
    [child, except, of]: [&'static str; 3],
    names: &Names<'_, '_>,
    signers: &Ids<'_>,
) -> Result<Vec<SignerReference>, XmlError> {
    context.known(list, &["Workaround"], &[child]);
    let mut found = Vec::new();
    for element in list.children(child) {
        context.known(element, &["SignerId"], &[except]);
        let signer = context.reference(element, "SignerId", signers)?;
        let except = context.references(element, except, of, names.ids)?;
        found.push(SignerReference { signer, except });
    }
    Ok(found)
}
