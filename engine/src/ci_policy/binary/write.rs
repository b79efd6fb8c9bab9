//! Writes a policy as it stands in the model: every list in its order, every reference as it is.
//!
//! What order Microsoft's converter would choose is decided before, in `order`.

use core::fmt;

use portcullis_wire::ci_policy::{self as wire, AppSettingKind, RootKind, SettingKind, section};

use super::sink::Sink;
use crate::ci_policy::model::{
    AppSetting, AppSettingValue, ArtifactRule, CiPolicy, FileRule, References, Root, Scenario,
    Setting, SettingValue, Signer, SignerGroup, Version,
};

/// Something in a policy that needs a newer format than the one asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// The oldest format that has a place for it.
    pub format: u32,
    /// What it is, as the XML names it.
    pub what: &'static str,
    /// Index of the rule or signer that needs it, where it is one.
    pub index: Option<usize>,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` needs format {}", self.what, self.format)
    }
}

/// What in a policy needs a format above 2, in the order of the formats.
#[must_use]
pub fn needs(policy: &CiPolicy) -> Vec<Need> {
    let mut found = Vec::new();
    for (index, rule) in policy.file_rules.iter().enumerate() {
        needs_of_rule(rule, index, &mut found);
    }
    for (index, signer) in policy.signers.iter().enumerate() {
        if signer.sign_time_after.0 != 0 {
            let what = "SignTimeAfter";
            found.push(Need { format: section::VERSIONS, what, index: Some(index) });
        }
    }
    let ids = policy.policy_id.is_some() || policy.base_policy_id.is_some();
    let artifacts = policy.scenarios.iter().any(|scenario| !scenario.artifacts.is_empty());
    for (needed, format, what) in [
        (ids, section::POLICY_IDS, "PolicyID"),
        (!policy.supplemental_signers.is_empty(), section::POLICY_IDS, "SupplementalPolicySigners"),
        (!policy.app_settings.is_empty(), section::APP_SETTINGS, "AppSettings"),
        (!policy.hotpatches.is_empty(), section::HOTPATCHES, "RequireHotpatchID"),
        (!policy.artifact_rules.is_empty(), section::ARTIFACTS, "ArtifactRules"),
        (!policy.signer_artifacts.is_empty(), section::ARTIFACTS, "ArtifactRuleRef"),
        (artifacts, section::ARTIFACTS, "ArtifactSigners"),
        (!policy.eku_exceptions.is_empty(), section::EKU_CONDITIONS, "CertEKU Condition"),
    ] {
        if needed {
            found.push(Need { format, what, index: None });
        }
    }
    found.sort_by_key(|need| need.format);
    found
}

/// Empty text is stored as absent text is.
fn given(text: &Option<String>) -> bool {
    text.as_ref().is_some_and(|text| !text.is_empty())
}

fn needs_of_rule(rule: &FileRule, index: usize, found: &mut Vec<Need>) {
    for (needed, format, what) in [
        (rule.maximum_version != Version::ZERO, section::VERSIONS, "MaximumFileVersion"),
        (!rule.app_ids.is_empty(), section::VERSIONS, "AppIDs"),
        (given(&rule.internal_name), section::NAMES, "InternalName"),
        (given(&rule.file_description), section::NAMES, "FileDescription"),
        (given(&rule.product_name), section::NAMES, "ProductName"),
        (given(&rule.package_family_name), section::PACKAGES, "PackageFamilyName"),
        (rule.package_version != Version::ZERO, section::PACKAGES, "PackageVersion"),
        (given(&rule.file_path), section::FILE_PATHS, "FilePath"),
    ] {
        if needed {
            found.push(Need { format, what, index: Some(index) });
        }
    }
}

/// Writes a policy in a format.
///
/// # Errors
/// The [`Need`] that the format does not meet: nothing is dropped silently. A policy with
/// sections that have no names here can only be written in its own format.
pub fn write(policy: &CiPolicy, format: u32) -> Result<Vec<u8>, Need> {
    if let Some(need) = needs(policy).into_iter().find(|need| need.format > format) {
        return Err(need);
    }
    let later = !policy.later_sections.is_empty();
    if (later || format > wire::FORMAT_NAMED_MAX) && policy.format != Some(format) {
        let format = policy.format.unwrap_or(format);
        return Err(Need { format, what: "sections without a name", index: None });
    }
    let mut sink = Sink::default();
    header(&mut sink, policy, format);
    body(&mut sink, policy);
    for tag in section::VERSIONS..=format.min(wire::FORMAT_NAMED_MAX) {
        sink.u32(tag);
        section(&mut sink, policy, tag);
    }
    if later {
        sink.raw(&policy.later_sections);
    } else {
        sink.u32(format.saturating_add(1));
    }
    Ok(sink.into_bytes())
}

fn header(sink: &mut Sink, policy: &CiPolicy, format: u32) {
    sink.u32(format);
    sink.guid(policy.type_id.unwrap_or(wire::ENTERPRISE));
    sink.guid(policy.platform);
    sink.u32(policy.flags);
    sink.count(policy.ekus.len());
    sink.count(policy.file_rules.len());
    sink.count(policy.signers.len());
    sink.count(policy.scenarios.len());
    sink.version(policy.version);
    sink.u32(wire::BODY_OFFSET);
}

fn body(sink: &mut Sink, policy: &CiPolicy) {
    policy.ekus.iter().for_each(|eku| sink.blob(&eku.value));
    for rule in &policy.file_rules {
        sink.u32(rule.kind.0);
        sink.optional_text(rule.file_name.as_deref());
        sink.version(rule.minimum_version);
        sink.blob(&rule.hash);
    }
    policy.signers.iter().for_each(|signer| write_signer(sink, signer));
    sink.indices(&policy.update_signers);
    sink.indices(&policy.ci_signers);
    policy.scenarios.iter().for_each(|scenario| write_scenario(sink, scenario));
    sink.u32(policy.hvci_options);
    sink.count(policy.settings.len());
    policy.settings.iter().for_each(|setting| write_setting(sink, setting));
}

fn write_signer(sink: &mut Sink, signer: &Signer) {
    match &signer.root {
        Root::Tbs(digest) => {
            sink.u32(RootKind::TBS.0);
            sink.blob(digest);
        }
        Root::Wellknown(root) => {
            sink.u32(RootKind::WELLKNOWN.0);
            sink.u32(root.0);
        }
    }
    sink.indices(&signer.ekus);
    sink.optional_text(signer.issuer.as_deref());
    sink.optional_text(signer.publisher.as_deref());
    sink.optional_text(signer.oem_id.as_deref());
    sink.indices(&signer.file_attribs);
}

fn write_scenario(sink: &mut Sink, scenario: &Scenario) {
    sink.u32(scenario.value.0);
    sink.indices(&scenario.inherited);
    sink.u32(scenario.minimum_hash.0);
    for (_, group) in scenario.groups() {
        write_group(sink, group);
    }
}

fn write_group(sink: &mut Sink, group: &SignerGroup) {
    for references in [&group.allowed, &group.denied] {
        sink.count(references.len());
        for reference in references {
            sink.u32(reference.signer);
            sink.indices(&reference.except);
        }
    }
    sink.indices(&group.rules);
}

fn write_setting(sink: &mut Sink, setting: &Setting) {
    sink.text(&setting.provider);
    sink.text(&setting.key);
    sink.text(&setting.value_name);
    match &setting.value {
        SettingValue::Boolean(value) => {
            sink.u32(SettingKind::BOOLEAN.0);
            sink.u32(u32::from(*value));
        }
        SettingValue::DWord(value) => {
            sink.u32(SettingKind::DWORD.0);
            sink.u32(*value);
        }
        SettingValue::Binary(value) => {
            sink.u32(SettingKind::BINARY.0);
            sink.blob(value);
        }
        SettingValue::String(value) => {
            sink.u32(SettingKind::STRING.0);
            sink.text(value);
        }
    }
}

fn section(sink: &mut Sink, policy: &CiPolicy, tag: u32) {
    match tag {
        section::VERSIONS => {
            for rule in &policy.file_rules {
                sink.version(rule.maximum_version);
                sink.count(rule.app_ids.len());
                rule.app_ids.iter().for_each(|app_id| sink.text(app_id));
            }
            for signer in &policy.signers {
                sink.raw(&signer.sign_time_after.0.to_le_bytes());
            }
        }
        section::NAMES => policy.file_rules.iter().for_each(|rule| {
            sink.optional_text(rule.internal_name.as_deref());
            sink.optional_text(rule.file_description.as_deref());
            sink.optional_text(rule.product_name.as_deref());
        }),
        section::PACKAGES => policy.file_rules.iter().for_each(|rule| {
            sink.optional_text(rule.package_family_name.as_deref());
            sink.version(rule.package_version);
        }),
        section::POLICY_IDS => {
            sink.guid(policy.policy_id.unwrap_or(wire::ENTERPRISE));
            sink.guid(policy.base_policy_id.unwrap_or(wire::ENTERPRISE));
            sink.indices(&policy.supplemental_signers);
        }
        section::FILE_PATHS => {
            policy.file_rules.iter().for_each(|rule| sink.optional_text(rule.file_path.as_deref()));
        }
        section::APP_SETTINGS => app_settings(sink, policy),
        section::HOTPATCHES => {
            sink.count(policy.hotpatches.len());
            for hotpatch in &policy.hotpatches {
                sink.u32(hotpatch.base);
                sink.u32(hotpatch.hotpatch);
                sink.u32(hotpatch.minimum_sequence);
                sink.u32(hotpatch.maximum_sequence);
            }
        }
        section::ARTIFACTS => {
            sink.count(policy.artifact_rules.len());
            policy.artifact_rules.iter().for_each(|rule| write_artifact(sink, rule));
            write_references(sink, &policy.signer_artifacts);
            policy.scenarios.iter().for_each(|scenario| write_group(sink, &scenario.artifacts));
        }
        _ => write_references(sink, &policy.eku_exceptions),
    }
}

fn app_settings(sink: &mut Sink, policy: &CiPolicy) {
    sink.count(policy.app_settings.len());
    for app in &policy.app_settings {
        sink.text(&app.manifest);
        sink.count(app.settings.len());
        app.settings.iter().for_each(|setting| write_app_setting(sink, setting));
    }
}

fn write_app_setting(sink: &mut Sink, setting: &AppSetting) {
    sink.text(&setting.name);
    match &setting.value {
        AppSettingValue::Bool(value) => {
            sink.byte(AppSettingKind::BOOL.0);
            sink.byte(u8::from(*value));
        }
        AppSettingValue::String(value) => {
            sink.byte(AppSettingKind::STRING.0);
            sink.text(value);
        }
        AppSettingValue::StringSet(values) => {
            sink.byte(AppSettingKind::STRING_SET.0);
            sink.count(values.len());
            values.iter().for_each(|value| sink.text(value));
        }
    }
    sink.u32(setting.flags);
}

fn write_artifact(sink: &mut Sink, rule: &ArtifactRule) {
    sink.u32(rule.kind.0);
    sink.u32(rule.action.0);
    sink.optional_text(rule.name.as_deref());
    sink.optional_text(rule.description.as_deref());
    sink.version(rule.minimum_version);
    sink.version(rule.maximum_version);
    sink.blob(&rule.hash);
}

fn write_references(sink: &mut Sink, references: &[References]) {
    sink.count(references.len());
    for reference in references {
        sink.u32(reference.signer);
        sink.indices(&reference.to);
    }
}
