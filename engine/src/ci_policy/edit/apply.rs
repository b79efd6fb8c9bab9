//! What each edit does to the text.

use portcullis_wire::Guid;

use super::Edit;
use super::splice::Splices;
use crate::ci_policy::diff::describe::hex;
use crate::ci_policy::model::{PolicyKind, SettingValue};
use crate::ci_policy::xml::{Element, XmlError, escape, parse};

pub(super) fn apply(text: &str, edit: &Edit) -> Result<String, XmlError> {
    let tree = parse(text)?;
    let root = &tree.root;
    let mut splices = Splices::new(text);
    match edit {
        Edit::SetOption(name) => set_option(&mut splices, root, name),
        Edit::DeleteOption(name) => {
            options(root, name).for_each(|rule| splices.remove(rule));
        }
        Edit::Version(version) => {
            set_child(&mut splices, root, "VersionEx", &version.to_string());
        }
        Edit::ResetPolicyId(guid) => {
            root.children("PolicyTypeID").for_each(|element| splices.remove(element));
            set_guid(&mut splices, root, "BasePolicyID", *guid);
            set_guid(&mut splices, root, "PolicyID", *guid);
            if root.attribute("PolicyType").is_none() {
                set_kind(&mut splices, root, PolicyKind::Base);
            }
        }
        Edit::Supplement(base) => {
            set_guid(&mut splices, root, "BasePolicyID", *base);
            set_kind(&mut splices, root, PolicyKind::Supplemental);
        }
        Edit::Setting { provider, key, value_name, value } => {
            set_setting(&mut splices, root, [provider, key, value_name], value);
        }
        Edit::DeleteSetting { provider, key, value_name } => {
            let named = settings(root, [provider, key, value_name]);
            named.for_each(|setting| splices.remove(setting));
        }
        Edit::Hvci(options) => {
            set_child(&mut splices, root, "HvciOptions", &options.to_string());
        }
    }
    Ok(splices.finish())
}

/// The rules that set an option.
fn options<'e, 't>(root: &'e Element<'t>, name: &str) -> impl Iterator<Item = &'e Element<'t>> {
    root.children("Rules")
        .flat_map(|rules| rules.children("Rule"))
        .filter(move |rule| rule.child("Option").is_some_and(|option| option.text.trim() == name))
}

fn set_option(splices: &mut Splices<'_>, root: &Element<'_>, name: &str) {
    if options(root, name).next().is_some() {
        return;
    }
    if let Some(rules) = root.child("Rules") {
        let prefix = splices.prefix(rules);
        let lines = [
            (0, format!("<{prefix}Rule>")),
            (1, format!("<{prefix}Option>{name}</{prefix}Option>")),
            (0, format!("</{prefix}Rule>")),
        ];
        splices.append(rules, &lines);
    }
}

/// Sets the text of a child of the root, which is added when it is missing.
fn set_child(splices: &mut Splices<'_>, root: &Element<'_>, name: &'static str, text: &str) {
    match root.child(name) {
        Some(element) => splices.set_text(element, text),
        None => {
            let prefix = splices.prefix(root);
            splices.append(root, &[(0, format!("<{prefix}{name}>{text}</{prefix}{name}>"))]);
        }
    }
}

fn set_guid(splices: &mut Splices<'_>, root: &Element<'_>, name: &'static str, guid: Guid) {
    let text = format!("{{{guid}}}").to_uppercase();
    set_child(splices, root, name, &text);
}

fn set_kind(splices: &mut Splices<'_>, root: &Element<'_>, kind: PolicyKind) {
    if let Some(name) = kind.name() {
        splices.set_attribute(root, "PolicyType", name);
    }
}

/// The settings of three names, whatever their case.
fn settings<'e, 't>(
    root: &'e Element<'t>,
    [provider, key, value_name]: [&str; 3],
) -> impl Iterator<Item = &'e Element<'t>> {
    root.children("Settings").flat_map(|list| list.children("Setting")).filter(move |setting| {
        [("Provider", provider), ("Key", key), ("ValueName", value_name)].into_iter().all(
            |(name, value)| {
                setting.attribute(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
            },
        )
    })
}

fn set_setting(
    splices: &mut Splices<'_>,
    root: &Element<'_>,
    names: [&str; 3],
    value: &SettingValue,
) {
    let (kind, text) = match value {
        SettingValue::Boolean(value) => ("Boolean", value.to_string()),
        SettingValue::DWord(value) => ("DWord", value.to_string()),
        SettingValue::Binary(value) => ("Binary", hex(value)),
        SettingValue::String(value) => ("String", value.clone()),
    };
    let mut escaped = String::new();
    escape(&mut escaped, &text, false);
    let prefix = splices.prefix(root);
    let typed = format!("<{prefix}{kind}>{escaped}</{prefix}{kind}>");
    let existing = settings(root, names).next().and_then(|setting| setting.child("Value"));
    if let Some(element) = existing {
        match element.children.first() {
            Some(old) if old.name == kind => splices.set_text(old, &text),
            _ => splices.set_content(element, &typed),
        }
        return;
    }
    let mut attributes = String::new();
    for (name, value) in ["Provider", "Key", "ValueName"].into_iter().zip(names) {
        attributes.push_str(&format!(" {name}=\""));
        escape(&mut attributes, value, true);
        attributes.push('"');
    }
    let lines = [
        (0, format!("<{prefix}Setting{attributes}>")),
        (1, format!("<{prefix}Value>")),
        (2, typed),
        (1, format!("</{prefix}Value>")),
        (0, format!("</{prefix}Setting>")),
    ];
    match root.child("Settings") {
        Some(list) => splices.append(list, &lines),
        None => {
            let outer = |tag: String| (0_usize, tag);
            let inner = lines.into_iter().map(|(depth, line)| (depth.saturating_add(1), line));
            let mut all = vec![outer(format!("<{prefix}Settings>"))];
            all.extend(inner);
            all.push(outer(format!("</{prefix}Settings>")));
            splices.append(root, &all);
        }
    }
}
