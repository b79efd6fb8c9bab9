//! Reads the header and the base part, which all formats have.

use portcullis_wire::ci_policy::{
    self as wire, FileRuleKind, HashAlgId, RootKind, Scenario as ScenarioValue, SettingKind,
    WellknownRoot,
};

use super::cursor::Cursor;
use super::sections;
use crate::ci_policy::model::{
    CiPolicy, Eku, FileRule, PolicyKind, Root, Scenario, Setting, SettingValue, Signer,
    SignerGroup, SignerReference,
};
use crate::formats::{Input, ParseError, ParseErrorKind};
use crate::limits::CI_POLICY_SIZE_BYTES_MAX;

/// Sizes in bytes of the smallest element of each kind, in the part where it is counted.
mod size_min {
    pub(super) const EKU: usize = 4;
    pub(super) const FILE_RULE: usize = 24;
    pub(super) const SIGNER: usize = 40;
    pub(super) const SCENARIO: usize = 48;
    pub(super) const SIGNER_REFERENCE: usize = 8;
    pub(super) const SETTING: usize = 32;
}

/// Numbers of elements that the header announces.
struct Counts {
    ekus: usize,
    file_rules: usize,
    signers: usize,
    scenarios: usize,
}

/// True when the bytes begin as a policy does: a format and the platform of Windows. Writers may
/// leave the platform zero; such a file is recognised by [`read()`] alone.
#[must_use]
pub fn looks_like_policy(bytes: &[u8]) -> bool {
    let format = bytes.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let platform = bytes.get(wire::PLATFORM_OFFSET..wire::OPTIONS_OFFSET);
    (wire::FORMAT_MIN..=wire::FORMAT_MAX).contains(&format)
        && platform == Some(wire::PLATFORM.0.as_slice())
}

/// Reads an unsigned policy. `input` may be a part of a file, so that offsets in errors count
/// from the file's start.
///
/// # Errors
/// [`ParseError`] at the first field that does not fit.
pub fn read(input: Input<'_>) -> Result<CiPolicy, ParseError> {
    if input.len() > CI_POLICY_SIZE_BYTES_MAX {
        let (found, limit) = (input.len() as u64, CI_POLICY_SIZE_BYTES_MAX as u64);
        return Err(input.error(ParseErrorKind::OverLimit { found, limit }, "policy", input.len()));
    }
    let mut cursor = Cursor::new(input);
    let mut policy = CiPolicy::default();
    let counts = header(&mut cursor, &mut policy)?;
    body(&mut cursor, &mut policy, &counts)?;
    sections::read(&mut cursor, &mut policy)?;
    Ok(policy)
}

fn header(cursor: &mut Cursor<'_>, policy: &mut CiPolicy) -> Result<Counts, ParseError> {
    let known = wire::FORMAT_MIN..=wire::FORMAT_MAX;
    let format =
        cursor.one_of("formatVersion", |format| known.contains(&format).then_some(format))?;
    policy.format = Some(format);
    policy.type_id = Some(cursor.guid("policyType")?);
    policy.platform = cursor.guid("platform")?;
    policy.flags = cursor.u32("optionFlags")?;
    policy.kind = PolicyKind::of_binary(policy.is_supplemental(), format);
    let counts = Counts {
        ekus: cursor.count("ekuCount", size_min::EKU)?,
        file_rules: cursor.count("fileRuleCount", size_min::FILE_RULE)?,
        signers: cursor.count("signerCount", size_min::SIGNER)?,
        scenarios: cursor.count("signingScenarioCount", size_min::SCENARIO)?,
    };
    policy.version = cursor.version("versionEx")?;
    cursor.one_of("bodyOffset", |offset| (offset == wire::BODY_OFFSET).then_some(()))?;
    Ok(counts)
}

fn body(cursor: &mut Cursor<'_>, policy: &mut CiPolicy, counts: &Counts) -> Result<(), ParseError> {
    for _ in 0..counts.ekus {
        let value = cursor.blob("eku")?.to_vec();
        policy.ekus.push(Eku { label: Default::default(), value });
    }
    for _ in 0..counts.file_rules {
        policy.file_rules.push(file_rule(cursor)?);
    }
    for _ in 0..counts.signers {
        policy.signers.push(signer(cursor, counts)?);
    }
    policy.update_signers = cursor.indices("updatePolicySigner", counts.signers)?;
    policy.ci_signers = cursor.indices("ciSigner", counts.signers)?;
    for _ in 0..counts.scenarios {
        policy.scenarios.push(scenario(cursor, counts)?);
    }
    policy.hvci_options = cursor.u32("hvciOptions")?;
    policy.settings = cursor.list("settingCount", size_min::SETTING, setting)?;
    Ok(())
}

fn file_rule(cursor: &mut Cursor<'_>) -> Result<FileRule, ParseError> {
    let kind = cursor.one_of("fileRule.type", |kind| {
        Some(FileRuleKind(kind)).filter(|kind| FileRuleKind::NAMED.contains(kind))
    })?;
    let mut rule = FileRule::new(kind);
    rule.file_name = cursor.text("fileRule.fileName")?;
    rule.minimum_version = cursor.version("fileRule.minimumFileVersion")?;
    rule.hash = cursor.blob("fileRule.hash")?.to_vec();
    Ok(rule)
}

fn signer(cursor: &mut Cursor<'_>, counts: &Counts) -> Result<Signer, ParseError> {
    let kind = cursor.one_of("signer.rootType", |kind| {
        Some(RootKind(kind)).filter(|kind| RootKind::NAMED.contains(kind))
    })?;
    let root = match kind {
        RootKind::WELLKNOWN => Root::Wellknown(WellknownRoot(cursor.u32("signer.root")?)),
        _ => Root::Tbs(cursor.blob("signer.root")?.to_vec()),
    };
    let mut signer = Signer::new(root);
    signer.ekus = cursor.indices("signer.eku", counts.ekus)?;
    signer.issuer = cursor.text("signer.certIssuer")?;
    signer.publisher = cursor.text("signer.certPublisher")?;
    signer.oem_id = cursor.text("signer.certOemId")?;
    signer.file_attribs = cursor.indices("signer.fileAttribRef", counts.file_rules)?;
    Ok(signer)
}

fn scenario(cursor: &mut Cursor<'_>, counts: &Counts) -> Result<Scenario, ParseError> {
    let mut scenario = Scenario::new(ScenarioValue(cursor.u32("signingScenario.value")?));
    scenario.inherited = cursor.indices("signingScenario.inherited", counts.scenarios)?;
    scenario.minimum_hash = HashAlgId(cursor.u32("signingScenario.minimumHashAlgorithm")?);
    for group in scenario.groups_mut() {
        *group = signer_group(cursor, counts.signers, counts.file_rules)?;
    }
    Ok(scenario)
}

/// Signers that allow, signers that deny, rules; also of artifacts.
pub(super) fn signer_group(
    cursor: &mut Cursor<'_>,
    signers: usize,
    rules: usize,
) -> Result<SignerGroup, ParseError> {
    let reference = |cursor: &mut Cursor<'_>| {
        let signer = cursor.index("signerReference.signer", signers)?;
        let except = cursor.indices("signerReference.exceptRule", rules)?;
        Ok(SignerReference { signer, except })
    };
    Ok(SignerGroup {
        allowed: cursor.list("allowedSignerCount", size_min::SIGNER_REFERENCE, reference)?,
        denied: cursor.list("deniedSignerCount", size_min::SIGNER_REFERENCE, reference)?,
        rules: cursor.indices("fileRuleRef", rules)?,
    })
}

fn setting(cursor: &mut Cursor<'_>) -> Result<Setting, ParseError> {
    Ok(Setting {
        provider: cursor.text("setting.provider")?.unwrap_or_default(),
        key: cursor.text("setting.key")?.unwrap_or_default(),
        value_name: cursor.text("setting.valueName")?.unwrap_or_default(),
        value: setting_value(cursor)?,
    })
}

fn setting_value(cursor: &mut Cursor<'_>) -> Result<SettingValue, ParseError> {
    let kind = cursor.one_of("setting.type", |kind| {
        Some(SettingKind(kind)).filter(|kind| SettingKind::NAMED.contains(kind))
    })?;
    Ok(match kind {
        SettingKind::BOOLEAN => SettingValue::Boolean(
            cursor.one_of("setting.value", |value| (value < 2).then_some(value == 1))?,
        ),
        SettingKind::DWORD => SettingValue::DWord(cursor.u32("setting.value")?),
        SettingKind::BINARY => SettingValue::Binary(cursor.blob("setting.value")?.to_vec()),
        _ => SettingValue::String(cursor.text("setting.value")?.unwrap_or_default()),
    })
}
