//! Reads the tagged sections behind the settings, one for each format from 3 on.

use portcullis_wire::ci_policy::{
    self as wire, AppSettingKind, ArtifactAction, ArtifactKind, section,
};

use super::cursor::Cursor;
use super::read::signer_group;
use crate::ci_policy::model::{
    AppSetting, AppSettingValue, AppSettings, ArtifactRule, CiPolicy, FileTime, Hotpatch, Label,
    References,
};
use crate::formats::{ParseError, ParseErrorKind};

/// Reads the sections of the policy's format, the tag that ends them, and the end of the file.
pub(super) fn read(cursor: &mut Cursor<'_>, policy: &mut CiPolicy) -> Result<(), ParseError> {
    let format = policy.format.unwrap_or(wire::FORMAT_MIN);
    for tag in section::VERSIONS..=format.min(wire::FORMAT_NAMED_MAX) {
        expect_tag(cursor, tag)?;
        named(cursor, policy, tag)?;
    }
    if format > wire::FORMAT_NAMED_MAX {
        policy.later_sections = cursor.rest().bytes().to_vec();
        return expect_tag(cursor, wire::FORMAT_NAMED_MAX.saturating_add(1));
    }
    // No public file has the formats 1 and 2; that they end as the others do is inferred.
    expect_tag(cursor, format.saturating_add(1))?;
    let rest = cursor.rest();
    if rest.is_empty() {
        return Ok(());
    }
    let kind = ParseErrorKind::Trailing { size_bytes: rest.len() as u64 };
    Err(rest.error(kind, "policy", rest.len()))
}

fn expect_tag(cursor: &mut Cursor<'_>, expected: u32) -> Result<(), ParseError> {
    let before = cursor.rest();
    let found = cursor.u32("sectionTag")?;
    if found == expected {
        return Ok(());
    }
    let kind =
        ParseErrorKind::Unexpected { found: u64::from(found), expected: u64::from(expected) };
    Err(before.error(kind, "sectionTag", 4))
}

fn named(cursor: &mut Cursor<'_>, policy: &mut CiPolicy, tag: u32) -> Result<(), ParseError> {
    match tag {
        section::VERSIONS => versions(cursor, policy),
        section::NAMES => policy.file_rules.iter_mut().try_for_each(|rule| {
            rule.internal_name = cursor.text("fileRule.internalName")?;
            rule.file_description = cursor.text("fileRule.fileDescription")?;
            rule.product_name = cursor.text("fileRule.productName")?;
            Ok(())
        }),
        section::PACKAGES => policy.file_rules.iter_mut().try_for_each(|rule| {
            rule.package_family_name = cursor.text("fileRule.packageFamilyName")?;
            rule.package_version = cursor.version("fileRule.packageVersion")?;
            Ok(())
        }),
        section::POLICY_IDS => {
            policy.policy_id = Some(cursor.guid("policyId")?);
            policy.base_policy_id = Some(cursor.guid("basePolicyId")?);
            let signers = policy.signers.len();
            policy.supplemental_signers = cursor.indices("supplementalPolicySigner", signers)?;
            Ok(())
        }
        section::FILE_PATHS => policy.file_rules.iter_mut().try_for_each(|rule| {
            rule.file_path = cursor.text("fileRule.filePath")?;
            Ok(())
        }),
        section::APP_SETTINGS => {
            policy.app_settings = cursor.list("appCount", 12, app_settings)?;
            Ok(())
        }
        section::HOTPATCHES => {
            let rules = policy.file_rules.len();
            policy.hotpatches =
                cursor.list("hotpatchCount", 16, |cursor| hotpatch(cursor, rules))?;
            Ok(())
        }
        section::ARTIFACTS => artifacts(cursor, policy),
        _ => {
            let (signers, ekus) = (policy.signers.len(), policy.ekus.len());
            policy.eku_exceptions = references(cursor, "ekuConditionCount", signers, ekus)?;
            Ok(())
        }
    }
}

fn versions(cursor: &mut Cursor<'_>, policy: &mut CiPolicy) -> Result<(), ParseError> {
    for rule in &mut policy.file_rules {
        rule.maximum_version = cursor.version("fileRule.maximumFileVersion")?;
        rule.app_ids = cursor.list("fileRule.appIdCount", 8, |cursor| {
            Ok(cursor.text("fileRule.appId")?.unwrap_or_default())
        })?;
    }
    for signer in &mut policy.signers {
        let time = cursor.u64("signer.signTimeAfter")?;
        signer.sign_time_after = FileTime(time.cast_signed());
    }
    Ok(())
}

fn app_settings(cursor: &mut Cursor<'_>) -> Result<AppSettings, ParseError> {
    Ok(AppSettings {
        manifest: cursor.text("app.manifest")?.unwrap_or_default(),
        settings: cursor.list("appSettingCount", 14, app_setting)?,
    })
}

fn app_setting(cursor: &mut Cursor<'_>) -> Result<AppSetting, ParseError> {
    let name = cursor.text("appSetting.name")?.unwrap_or_default();
    let before = cursor.rest();
    let kind = AppSettingKind(cursor.byte("appSetting.type")?);
    let value = match kind {
        AppSettingKind::BOOL => {
            let before = cursor.rest();
            let value = cursor.byte("appSetting.value")?;
            if value > 1 {
                let kind = ParseErrorKind::Unsupported(u64::from(value));
                return Err(before.error(kind, "appSetting.value", 1));
            }
            AppSettingValue::Bool(value == 1)
        }
        AppSettingKind::STRING => {
            AppSettingValue::String(cursor.text("appSetting.value")?.unwrap_or_default())
        }
        AppSettingKind::STRING_SET => {
            AppSettingValue::StringSet(cursor.list("appSetting.valueCount", 8, |cursor| {
                Ok(cursor.text("appSetting.value")?.unwrap_or_default())
            })?)
        }
        AppSettingKind(other) => {
            let kind = ParseErrorKind::Unsupported(u64::from(other));
            return Err(before.error(kind, "appSetting.type", 1));
        }
    };
    Ok(AppSetting { name, value, flags: cursor.u32("appSetting.flags")? })
}

fn hotpatch(cursor: &mut Cursor<'_>, rules: usize) -> Result<Hotpatch, ParseError> {
    Ok(Hotpatch {
        base: cursor.index("hotpatch.base", rules)?,
        hotpatch: cursor.index("hotpatch.hotpatch", rules)?,
        minimum_sequence: cursor.u32("hotpatch.minimumSequence")?,
        maximum_sequence: cursor.u32("hotpatch.maximumSequence")?,
    })
}

fn artifacts(cursor: &mut Cursor<'_>, policy: &mut CiPolicy) -> Result<(), ParseError> {
    policy.artifact_rules = cursor.list("artifactRuleCount", 44, artifact_rule)?;
    let (signers, rules) = (policy.signers.len(), policy.artifact_rules.len());
    policy.signer_artifacts = references(cursor, "signerArtifactCount", signers, rules)?;
    for scenario in &mut policy.scenarios {
        scenario.artifacts = signer_group(cursor, signers, rules)?;
    }
    Ok(())
}

fn artifact_rule(cursor: &mut Cursor<'_>) -> Result<ArtifactRule, ParseError> {
    Ok(ArtifactRule {
        label: Label::default(),
        kind: cursor.one_of("artifactRule.type", |kind| {
            Some(ArtifactKind(kind)).filter(|kind| ArtifactKind::NAMED.contains(kind))
        })?,
        action: cursor.one_of("artifactRule.action", |action| {
            Some(ArtifactAction(action)).filter(|action| ArtifactAction::NAMED.contains(action))
        })?,
        name: cursor.text("artifactRule.name")?,
        description: cursor.text("artifactRule.description")?,
        minimum_version: cursor.version("artifactRule.minimumVersion")?,
        maximum_version: cursor.version("artifactRule.maximumVersion")?,
        hash: cursor.blob("artifactRule.hash")?.to_vec(),
    })
}

fn references(
    cursor: &mut Cursor<'_>,
    field: &'static str,
    signers: usize,
    targets: usize,
) -> Result<Vec<References>, ParseError> {
    cursor.list(field, 8, |cursor| {
        Ok(References {
            signer: cursor.index("signerReference.signer", signers)?,
            to: cursor.indices("signerReference.target", targets)?,
        })
    })
}
