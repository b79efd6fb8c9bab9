//! Rules of the converter: a policy that breaks one is refused, with the reason and with what
//! speaks for the rule.
//!
//! Microsoft documents some of them; the others are those of the one public implementation. The
//! schema's types of references are checked here, too, because .NET's reader does not.

use std::collections::BTreeSet;

use portcullis_wire::ci_policy::{FileRuleKind, OptionFlag};

use crate::ci_policy::Evidence;
use crate::ci_policy::model::{
    CiPolicy, FileRule, Label, PolicyKind, SignerReference, Version, at,
};
use crate::ci_policy::xml::{Document, XmlError, XmlReason};

/// Checks every rule; the first broken one is the error.
pub(super) fn check(document: &Document<'_>) -> Result<(), XmlError> {
    let refuse = |offset: Option<usize>, why, evidence| {
        document.error(offset, XmlReason::Refused { why, evidence })
    };
    let policy = &document.policy;
    for rule in &policy.file_rules {
        if let Some((why, evidence)) = broken_rule(rule) {
            return Err(refuse(rule.label.offset, why, evidence));
        }
    }
    if let Some((why, evidence)) = broken_signing(policy) {
        return Err(refuse(None, why, evidence));
    }
    let mut values = BTreeSet::new();
    for scenario in &policy.scenarios {
        if !values.insert(scenario.value) {
            let why = "two scenarios have one value";
            return Err(refuse(scenario.label.offset, why, Evidence::OneSource));
        }
    }
    references(document)?;
    hotpatches(policy).map_err(|(offset, why)| refuse(offset, why, Evidence::OneSource))
}

fn broken_rule(rule: &FileRule) -> Option<(&'static str, Evidence)> {
    let named = rule.names().into_iter().any(|(_, value)| value.is_some());
    if !rule.hash.is_empty() && named {
        return Some(("a rule with a hash has another condition", Evidence::OneSource));
    }
    // A maximum of zero is none.
    let maximum = rule.maximum_version;
    if maximum != Version::ZERO && rule.minimum_version > maximum {
        return Some(("the highest version is below the lowest", Evidence::OneSource));
    }
    None
}

/// Options and lists of signers that belong together.
fn broken_signing(policy: &CiPolicy) -> Option<(&'static str, Evidence)> {
    let unsigned = policy.has(OptionFlag::UNSIGNED_POLICY);
    let supplements = policy.has(OptionFlag::ALLOW_SUPPLEMENTAL);
    if !unsigned && policy.update_signers.is_empty() {
        let why = "without `Enabled:Unsigned System Integrity Policy` the policy must be signed, \
                   and `UpdatePolicySigners` must say by whom";
        return Some((why, Evidence::Documented));
    }
    if policy.kind == PolicyKind::Supplemental {
        if supplements || !policy.supplemental_signers.is_empty() {
            return Some((
                "a supplemental policy allows supplemental policies",
                Evidence::OneSource,
            ));
        }
        if policy.base_policy_id.is_none() {
            let why = "a supplemental policy names no base policy in `BasePolicyID`";
            return Some((why, Evidence::Documented));
        }
        if policy.policy_id.is_none() {
            let why = "a supplemental policy has no `PolicyID` of its own";
            return Some((why, Evidence::Documented));
        }
    } else if !unsigned && supplements && policy.supplemental_signers.is_empty() {
        let why = "a signed policy allows supplemental policies, and `SupplementalPolicySigners` \
                   does not say whose";
        return Some((why, Evidence::OneSource));
    }
    None
}

/// References to rules of the kind that the schema demands.
fn references(document: &Document<'_>) -> Result<(), XmlError> {
    let policy = &document.policy;
    let check = |label: &Label, of, indices: &[u32], kind: FileRuleKind, expected| {
        let wrong = indices.iter().filter_map(|index| at(&policy.file_rules, *index));
        let Some(rule) = wrong.into_iter().find(|rule| rule.kind != kind) else { return Ok(()) };
        let id = rule.label.id.as_deref().unwrap_or_default().to_owned();
        Err(document.error(label.offset, XmlReason::WrongKind { of, id, expected }))
    };
    for signer in &policy.signers {
        let kind = FileRuleKind::FILE_ATTRIB;
        check(&signer.label, "FileAttribRef", &signer.file_attribs, kind, "`FileAttrib`")?;
    }
    for scenario in &policy.scenarios {
        for (_, group) in scenario.groups() {
            let lists: [(&[SignerReference], _, _, _); 2] = [
                (&group.allowed, "ExceptDenyRule", FileRuleKind::DENY, "`Deny` rule"),
                (&group.denied, "ExceptAllowRule", FileRuleKind::ALLOW, "`Allow` rule"),
            ];
            for (list, of, kind, expected) in lists {
                for reference in list {
                    check(&scenario.label, of, &reference.except, kind, expected)?;
                }
            }
        }
    }
    Ok(())
}

type Broken = (Option<usize>, &'static str);

/// A hotpatch rule ties an allow rule to another one that needs no further one.
fn hotpatches(policy: &CiPolicy) -> Result<(), Broken> {
    let bases: BTreeSet<u32> = policy.hotpatches.iter().map(|hotpatch| hotpatch.base).collect();
    for hotpatch in &policy.hotpatches {
        let offset = at(&policy.file_rules, hotpatch.base).and_then(|rule| rule.label.offset);
        let target = at(&policy.file_rules, hotpatch.hotpatch);
        if target.is_none_or(|rule| rule.kind != FileRuleKind::ALLOW) {
            return Err((offset, "`RequireHotpatchID` names a rule that does not allow"));
        }
        if hotpatch.base == hotpatch.hotpatch {
            return Err((offset, "`RequireHotpatchID` names its own rule"));
        }
        if bases.contains(&hotpatch.hotpatch) {
            return Err((offset, "`RequireHotpatchID` names a rule that requires another one"));
        }
    }
    Ok(())
}
