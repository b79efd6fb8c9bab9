//! File rules, hotpatch rules, artifact rules.

use portcullis_wire::ci_policy::{ArtifactAction, ArtifactKind, FileRuleKind};

use super::super::error::{XmlError, XmlReason, quoted};
use super::super::tree::Element;
use super::context::{Context, Ids};
use super::settings::Macros;
use crate::ci_policy::model::{ArtifactRule, CiPolicy, FileRule, Hotpatch, Version};

/// Attributes of every file rule.
const ATTRIBUTES: [&str; 13] = [
    "ID",
    "FriendlyName",
    "FileName",
    "InternalName",
    "FileDescription",
    "ProductName",
    "PackageFamilyName",
    "PackageVersion",
    "MinimumFileVersion",
    "MaximumFileVersion",
    "Hash",
    "AppIDs",
    "FilePath",
];
const HOTPATCH_ATTRIBUTES: [&str; 3] =
    ["RequireHotpatchID", "MinimumHotpatchSequence", "MaximumHotpatchSequence"];

/// Reads `FileRules`; returns the rules' indices by id.
pub(super) fn file_rules<'e>(
    context: &mut Context<'_>,
    root: &'e Element<'_>,
    macros: &Macros<'_>,
    policy: &mut CiPolicy,
) -> Result<Ids<'e>, XmlError> {
    let mut ids = Ids::new();
    let Some(list) = root.child("FileRules") else { return Ok(ids) };
    context.known(list, &[], &["Allow", "Deny", "FileAttrib", "FileRule"]);
    let mut elements = Vec::new();
    for element in list.children.iter().filter(|element| element.is_ours) {
        let Some(kind) = rule_kind(context, element)? else { continue };
        let label = context.label(element, "FriendlyName", &mut ids, policy.file_rules.len())?;
        let mut rule = file_rule(context, element, kind, macros)?;
        rule.label = label;
        policy.file_rules.push(rule);
        elements.push(element);
    }
    hotpatches(context, &elements, &ids, policy)?;
    Ok(ids)
}

/// The kind of a rule; `None` for an element that is none, which is listed already.
fn rule_kind(
    context: &mut Context<'_>,
    element: &Element<'_>,
) -> Result<Option<FileRuleKind>, XmlError> {
    let mut attributes = ATTRIBUTES.to_vec();
    let kind = match element.name {
        "Allow" => {
            attributes.extend(HOTPATCH_ATTRIBUTES);
            FileRuleKind::ALLOW
        }
        "Deny" => FileRuleKind::DENY,
        "FileAttrib" => FileRuleKind::FILE_ATTRIB,
        "FileRule" => {
            attributes.push("Type");
            generic_kind(context, element)?
        }
        _ => return Ok(None),
    };
    context.known(element, &attributes, &[]);
    Ok(Some(kind))
}

/// What a `FileRule` becomes. One source.
fn generic_kind(context: &Context<'_>, element: &Element<'_>) -> Result<FileRuleKind, XmlError> {
    match context.required(element, "Type")? {
        "Match" => Ok(FileRuleKind::ALLOW),
        "Exclude" => Ok(FileRuleKind::DENY),
        "Attribute" => Ok(FileRuleKind::FILE_ATTRIB),
        other => {
            let expected = "`Match`, `Exclude` or `Attribute`";
            Err(context.value_error(element, "Type", other, expected))
        }
    }
}

fn file_rule(
    context: &Context<'_>,
    element: &Element<'_>,
    kind: FileRuleKind,
    macros: &Macros<'_>,
) -> Result<FileRule, XmlError> {
    let text = |name| element.attribute(name).map(str::to_owned);
    let minimum = context.optional_version(element, "MinimumFileVersion")?;
    let maximum = context.optional_version(element, "MaximumFileVersion")?;
    let default = FileRule::default_minimum(kind, maximum.is_some());
    Ok(FileRule {
        file_name: text("FileName"),
        minimum_version: minimum.unwrap_or(default),
        maximum_version: maximum.unwrap_or(Version::ZERO),
        hash: match element.attribute("Hash") {
            Some(hash) => context.hex(element, "Hash", hash)?,
            None => Vec::new(),
        },
        app_ids: match element.attribute("AppIDs") {
            Some(ids) => app_ids(context, element, ids, macros)?,
            None => Vec::new(),
        },
        internal_name: text("InternalName"),
        file_description: text("FileDescription"),
        product_name: text("ProductName"),
        package_family_name: text("PackageFamilyName"),
        package_version: context.optional_version(element, "PackageVersion")?.unwrap_or_default(),
        file_path: text("FilePath"),
        ..FileRule::new(kind)
    })
}

/// One literal, or nothing but macros `$(name)`, each of which is an item of its own.
fn app_ids(
    context: &Context<'_>,
    element: &Element<'_>,
    text: &str,
    macros: &Macros<'_>,
) -> Result<Vec<String>, XmlError> {
    if !text.starts_with('$') {
        return Ok(vec![text.to_owned()]);
    }
    let mut items = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let parts = rest.strip_prefix("$(").and_then(|rest| rest.split_once(')'));
        let Some((name, behind)) = parts else {
            let expected = "one text, or nothing but macros such as $(name)";
            return Err(context.value_error(element, "AppIDs", text, expected));
        };
        let Some(value) = macros.get(name) else {
            let reason = XmlReason::Dangling { of: "AppIDs", id: quoted(name) };
            return Err(context.error(element, reason));
        };
        items.push((*value).to_owned());
        rest = behind;
    }
    Ok(items)
}

/// `RequireHotpatchID` ties its rule to another one, whose sequence numbers bound it. One source.
fn hotpatches(
    context: &mut Context<'_>,
    elements: &[&Element<'_>],
    ids: &Ids<'_>,
    policy: &mut CiPolicy,
) -> Result<(), XmlError> {
    let at = |index: u32| usize::try_from(index).ok().and_then(|index| elements.get(index));
    let mut is_target = vec![false; elements.len()];
    for (base, element) in (0_u32..).zip(elements) {
        if element.attribute("RequireHotpatchID").is_none() {
            continue;
        }
        let hotpatch = context.reference(element, "RequireHotpatchID", ids)?;
        let Some(target) = at(hotpatch) else { continue };
        let sequence = |name: &'static str, default| match target.attribute(name) {
            Some(text) => context.number(target, name, text),
            None => Ok(default),
        };
        policy.hotpatches.push(Hotpatch {
            base,
            hotpatch,
            minimum_sequence: sequence("MinimumHotpatchSequence", 0)?,
            maximum_sequence: sequence("MaximumHotpatchSequence", u32::MAX)?,
        });
        if let Some(flag) = usize::try_from(hotpatch).ok().and_then(|at| is_target.get_mut(at)) {
            *flag = true;
        }
    }
    for (element, is_target) in elements.iter().zip(is_target) {
        for name in ["MinimumHotpatchSequence", "MaximumHotpatchSequence"] {
            if element.attribute(name).is_some() && !is_target {
                context.unsupported(element, format!("`{name}` of a rule that no other requires"));
            }
        }
    }
    Ok(())
}

/// Reads `ArtifactRules`; returns the rules' indices by id.
pub(super) fn artifact_rules<'e>(
    context: &mut Context<'_>,
    root: &'e Element<'_>,
    policy: &mut CiPolicy,
) -> Result<Ids<'e>, XmlError> {
    let mut ids = Ids::new();
    let Some(list) = root.child("ArtifactRules") else { return Ok(ids) };
    context.known(list, &[], &["ArtifactRule"]);
    for element in list.children("ArtifactRule") {
        let label =
            context.label(element, "FriendlyName", &mut ids, policy.artifact_rules.len())?;
        let rule = artifact_rule(context, element)?;
        policy.artifact_rules.push(ArtifactRule { label, ..rule });
    }
    Ok(ids)
}

fn artifact_rule(
    context: &mut Context<'_>,
    element: &Element<'_>,
) -> Result<ArtifactRule, XmlError> {
    let attributes = [
        "ID",
        "FriendlyName",
        "ArtifactType",
        "Action",
        "ArtifactName",
        "ArtifactDescription",
        "MinimumVersion",
        "MaximumVersion",
    ];
    context.known(element, &attributes, &["ArtifactHash"]);
    let (kind, action) =
        (context.required(element, "ArtifactType")?, context.required(element, "Action")?);
    let text = |name| element.attribute(name).map(str::to_owned);
    Ok(ArtifactRule {
        label: Default::default(),
        kind: ArtifactKind::NAMED
            .iter()
            .copied()
            .find(|known| known.name() == Some(kind))
            .ok_or_else(|| {
                context.value_error(element, "ArtifactType", kind, "`CIM` or `Catalog`")
            })?,
        action: ArtifactAction::NAMED
            .iter()
            .copied()
            .find(|known| known.name() == Some(action))
            .ok_or_else(|| context.value_error(element, "Action", action, "`Deny` or `Allow`"))?,
        name: text("ArtifactName"),
        description: text("ArtifactDescription"),
        minimum_version: context
            .optional_version(element, "MinimumVersion")?
            .unwrap_or(Version::ZERO),
        maximum_version: context
            .optional_version(element, "MaximumVersion")?
            .unwrap_or(Version::MAX),
        hash: artifact_hash(context, element)?,
    })
}

fn artifact_hash(context: &mut Context<'_>, element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    let Some(outer) = element.child("ArtifactHash") else { return Ok(Vec::new()) };
    context.once(element, &["ArtifactHash"])?;
    context.known(outer, &[], &["Hash"]);
    let hash = context.required_child(outer, "Hash")?;
    context.known(hash, &[], &["sha256", "sha384", "sha512"]);
    let [digest] = hash.children.as_slice() else {
        return Err(context.error(hash, XmlReason::Missing("sha256, sha384 or sha512")));
    };
    let (name, size) = match digest.name {
        "sha384" => ("sha384", 48),
        "sha512" => ("sha512", 64),
        _ => ("sha256", 32),
    };
    let bytes = context.hex(digest, name, &digest.text)?;
    if bytes.len() == size {
        return Ok(bytes);
    }
    Err(context.value_error(digest, name, &digest.text, "a digest of this algorithm"))
}
