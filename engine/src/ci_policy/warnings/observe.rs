//! Finds what there is to warn about.

use portcullis_wire::ci_policy::{
    self as wire, FileRuleKind, OptionFlag, SUPPLEMENTAL_OPTIONS, Scenario as ScenarioValue,
};

use super::{Warning, WarningCode};
use crate::ci_policy::author::{Authored, Target};
use crate::ci_policy::file::PolicyFile;
use crate::ci_policy::model::{CiPolicy, PolicyKind, Root, Scenario, at};
use crate::ci_policy::signature::{self, SignatureState};
use crate::ci_policy::unwrap::Wrapper;
use crate::ci_policy::xml::Document;
use crate::ci_policy::{order, wellknown};

/// Version of CMS that Windows takes.
const CMS_VERSION: u8 = 1;

/// Warnings about a policy file, in the order of the table.
#[must_use]
pub fn of_file(file: &PolicyFile<'_>) -> Vec<Warning> {
    let policy = &file.policy;
    let mut found = Vec::new();
    of_policy(policy, &mut found);
    if file.raw.is_some() {
        of_signing(policy, file.wrapper.is_some(), &mut found);
        if !order::is_sorted(policy) {
            found.push(Warning::new(WarningCode::OrderUnusual, ""));
        }
    }
    if let Some(wrapper) = &file.wrapper {
        of_wrapper(wrapper, &mut found);
    }
    found.extend(file.unsupported.iter().map(|unsupported| {
        let detail = format!("{} at {}", unsupported.what, unsupported.place);
        Warning::new(WarningCode::Unsupported, detail)
    }));
    found.sort_by_key(|warning| warning.code);
    found
}

/// Warnings about a conversion, in the order of the table.
#[must_use]
pub fn of_conversion(
    document: &Document<'_>,
    authored: &Authored,
    target: Option<Target>,
) -> Vec<Warning> {
    let mut found = Vec::new();
    let decoded = document.origin.is_some();
    if authored.ties_count > 0 && !decoded {
        let detail =
            format!("{} times, in the order `{}`", authored.ties_count, authored.order.name());
        found.push(Warning::new(WarningCode::OrderTied, detail));
    }
    if !authored.is_proven() {
        found
            .push(Warning::new(WarningCode::FormatUnproven, format!("format {}", authored.format)));
    }
    let unproven = unproven(&document.policy);
    if !unproven.is_empty() && !decoded {
        found.push(Warning::new(WarningCode::ContentUnproven, unproven.join(", ")));
    }
    let single = document.policy.policy_id.is_none() && document.policy.type_id.is_some();
    if single && !decoded {
        found.push(Warning::new(WarningCode::PolicyTypeId, ""));
    }
    if let Some(target) = target {
        found.extend(target.ignores(&document.policy).into_iter().map(|ignored| {
            let times = match ignored.count {
                0 => String::new(),
                count => format!(" ({count} times)"),
            };
            let detail = format!("`{}`{times} on {}", ignored.what, target.name());
            let evidence = ignored.evidence;
            Warning { evidence, ..Warning::new(WarningCode::IgnoredByTarget, detail) }
        }));
    }
    if !order::is_sorted(&authored.policy) {
        found.push(Warning::new(WarningCode::OrderUnusual, ""));
    }
    found.sort_by_key(|warning| warning.code);
    found
}

/// Content that no real binary shows.
fn unproven(policy: &CiPolicy) -> Vec<&'static str> {
    let [provider, key, value_name] = wire::REMAPPING_SETTING;
    let remapping = policy.settings.iter().any(|setting| setting.is(provider, key, value_name));
    let tagging = policy.settings.iter().any(|setting| setting.provider == wire::APP_ID_PROVIDER);
    let times = policy.signers.iter().any(|signer| signer.sign_time_after.0 != 0);
    [
        (tagging || policy.kind == PolicyKind::AppIdTagging, "AppID tagging"),
        (remapping, wire::OPTION_NO_REMAPPING),
        (times, "SignTimeAfter"),
        (!policy.hotpatches.is_empty(), "hotpatch rules"),
        (!policy.artifact_rules.is_empty(), "artifact rules"),
        (!policy.eku_exceptions.is_empty(), "EKU conditions"),
        (policy.file_rules.iter().any(|rule| rule.app_ids.len() > 1), "several AppIDs of one rule"),
        (policy.file_rules.iter().any(|rule| rule.package_version.0 != 0), "PackageVersion"),
    ]
    .into_iter()
    .filter_map(|(found, what)| found.then_some(what))
    .collect()
}

fn of_policy(policy: &CiPolicy, found: &mut Vec<Warning>) {
    let mut warn = |code, detail: String| found.push(Warning::new(code, detail));
    for (option, code) in [
        (OptionFlag::AUDIT_MODE, WarningCode::AuditMode),
        (OptionFlag::UPDATE_NO_REBOOT, WarningCode::UpdateNoReboot),
        (OptionFlag::UNSIGNED_POLICY, WarningCode::UnsignedAllowed),
        (OptionFlag::ALLOW_SUPPLEMENTAL, WarningCode::SupplementalAllowed),
    ] {
        if policy.has(option) {
            warn(code, String::new());
        }
    }
    if policy.is_supplemental() {
        return of_supplemental(policy, found);
    }
    if !policy.has(OptionFlag::UMCI) {
        warn(WarningCode::UserModeUnchecked, String::new());
    }
    for scenario in &policy.scenarios {
        if allows_everything(policy, scenario) {
            warn(WarningCode::AllowAll, scenario.value.to_string());
        }
        let checked = scenario.value != ScenarioValue::USER || policy.has(OptionFlag::UMCI);
        if checked && allows_nothing(policy, scenario) {
            warn(WarningCode::BlocksAll, scenario.value.to_string());
        }
    }
    let roots = wellknown::TEST_ROOTS.iter().filter(|root| trusts(policy, **root));
    let names: Vec<String> = roots.map(|root| format!("{root} ({:02X})", root.0)).collect();
    if !names.is_empty() {
        warn(WarningCode::TestRoot, names.join(", "));
    }
    if policy.unnamed_flags() != 0 {
        warn(WarningCode::UnnamedFlags, format!("0x{:08x}", policy.unnamed_flags()));
    }
}

fn of_supplemental(policy: &CiPolicy, found: &mut Vec<Warning>) {
    let denies = policy.scenarios.iter().flat_map(Scenario::groups).any(|(_, group)| {
        let rules = group.rules.iter().filter_map(|index| at(&policy.file_rules, *index));
        !group.denied.is_empty() || rules.into_iter().any(|rule| rule.kind == FileRuleKind::DENY)
    });
    if denies {
        found.push(Warning::new(WarningCode::SupplementalDeny, ""));
    }
    let idle = policy.options().filter(|option| !SUPPLEMENTAL_OPTIONS.contains(option));
    let names: Vec<_> = idle.map(|option| format!("`{option}`")).collect();
    if !names.is_empty() {
        found.push(Warning::new(WarningCode::SupplementalOption, names.join(", ")));
    }
}

fn allows_everything(policy: &CiPolicy, scenario: &Scenario) -> bool {
    let mut rules =
        scenario.product.rules.iter().filter_map(|index| at(&policy.file_rules, *index));
    rules.any(|rule| rule.kind == FileRuleKind::ALLOW && rule.matches_everything())
}

fn allows_nothing(policy: &CiPolicy, scenario: &Scenario) -> bool {
    let mut rules =
        scenario.product.rules.iter().filter_map(|index| at(&policy.file_rules, *index));
    scenario.product.allowed.is_empty()
        && scenario.inherited.is_empty()
        && !rules.any(|rule| rule.kind == FileRuleKind::ALLOW)
}

/// True when a signer with this root allows something.
fn trusts(policy: &CiPolicy, root: wire::WellknownRoot) -> bool {
    let allowed = policy.scenarios.iter().flat_map(|scenario| &scenario.product.allowed);
    allowed
        .filter_map(|reference| at(&policy.signers, reference.signer))
        .any(|signer| signer.root == Root::Wellknown(root))
}

fn of_signing(policy: &CiPolicy, signed: bool, found: &mut Vec<Warning>) {
    if signed {
        found.push(Warning::new(WarningCode::SignedCopy, ""));
    }
    if policy.has(OptionFlag::UNSIGNED_POLICY) {
        return;
    }
    if !signed {
        found.push(Warning::new(WarningCode::NotSigned, ""));
    }
    if policy.update_signers.is_empty() {
        found.push(Warning::new(WarningCode::UpdateSignersMissing, ""));
    }
}

fn of_wrapper(wrapper: &Wrapper<'_>, found: &mut Vec<Warning>) {
    if wrapper.version != CMS_VERSION {
        found.push(Warning::new(WarningCode::CmsVersion, ""));
    }
    let signatures = signature::check(wrapper);
    if signatures.is_empty() {
        found.push(Warning::new(WarningCode::SignatureUnchecked, "there is none"));
    }
    for signature in signatures {
        let (code, why) = match signature.state {
            SignatureState::Holds => continue,
            SignatureState::Broken(why) => (WarningCode::SignatureBroken, why),
            SignatureState::Unchecked(why) => (WarningCode::SignatureUnchecked, why),
        };
        let signer = signature.signer.map(|name| format!(" (signer {name})")).unwrap_or_default();
        found.push(Warning::new(code, format!("{why}{signer}")));
    }
}
