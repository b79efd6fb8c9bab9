//! Settings, and what becomes a setting: AppID tags, and one option.

use std::collections::BTreeMap;

use portcullis_wire::ci_policy::{APP_ID_PROVIDER, REMAPPING_SETTING};

use super::super::error::{XmlError, XmlReason, quoted};
use super::super::tree::Element;
use super::context::Context;
use crate::ci_policy::model::{CiPolicy, Setting, SettingValue};

/// Values of macros by name.
pub(super) type Macros<'e> = BTreeMap<&'e str, &'e str>;

/// Reads `Macros`.
pub(super) fn macros<'e>(
    context: &mut Context<'_>,
    root: &'e Element<'_>,
) -> Result<Macros<'e>, XmlError> {
    let mut macros = Macros::new();
    let Some(list) = root.child("Macros") else { return Ok(macros) };
    context.known(list, &[], &["Macro"]);
    for element in list.children("Macro") {
        context.known(element, &["Id", "Value"], &[]);
        let (id, value) = (context.required(element, "Id")?, context.required(element, "Value")?);
        if macros.insert(id, value).is_some() {
            return Err(context.error(element, XmlReason::DuplicateId(quoted(id))));
        }
    }
    Ok(macros)
}

/// Reads `Settings`.
pub(super) fn settings(
    context: &mut Context<'_>,
    root: &Element<'_>,
    policy: &mut CiPolicy,
) -> Result<(), XmlError> {
    let Some(list) = root.child("Settings") else { return Ok(()) };
    context.known(list, &[], &["Setting"]);
    // The setting of an option comes behind those that are written out.
    let of_options = policy.settings.iter().position(|setting| {
        let [provider, key, value_name] = REMAPPING_SETTING;
        setting.is(provider, key, value_name)
    });
    let last = of_options.map(|at| policy.settings.remove(at));
    for element in list.children("Setting") {
        context.known(element, &["Provider", "Key", "ValueName"], &["Value"]);
        context.once(element, &["Value"])?;
        policy.settings.push(Setting {
            provider: context.required(element, "Provider")?.to_owned(),
            key: context.required(element, "Key")?.to_owned(),
            value_name: context.required(element, "ValueName")?.to_owned(),
            value: setting_value(context, context.required_child(element, "Value")?)?,
        });
    }
    policy.settings.extend(last);
    Ok(())
}

fn setting_value(
    context: &mut Context<'_>,
    element: &Element<'_>,
) -> Result<SettingValue, XmlError> {
    let kinds = ["Boolean", "DWord", "Binary", "String"];
    context.known(element, &[], &kinds);
    let [value] = element.children.as_slice() else {
        return Err(context.error(element, XmlReason::Missing("Boolean, DWord, Binary or String")));
    };
    context.known(value, &[], &[]);
    Ok(match value.name {
        "Boolean" => SettingValue::Boolean(context.boolean(value, "Boolean", &value.text)?),
        "DWord" => SettingValue::DWord(context.number(value, "DWord", &value.text)?),
        "Binary" => SettingValue::Binary(context.hex(value, "Binary", &value.text)?),
        "String" => SettingValue::String(value.text.clone().into_owned()),
        _ => {
            let expected = "`Boolean`, `DWord`, `Binary` or `String`";
            return Err(context.value_error(element, "Value", value.name, expected));
        }
    })
}

/// Adds the setting that stands for the one option without a bit. One source.
pub(super) fn no_remapping(policy: &mut CiPolicy) {
    let [provider, key, value_name] = REMAPPING_SETTING;
    policy.settings.push(Setting::boolean(provider, key, value_name));
}

/// Each tag of a scenario becomes a setting. One source.
pub(super) fn app_id_tags(
    context: &mut Context<'_>,
    tags: &Element<'_>,
    policy: &mut CiPolicy,
) -> Result<(), XmlError> {
    context.known(tags, &["EnforceDLL"], &["AppIDTag"]);
    if let Some(text) = tags.attribute("EnforceDLL")
        && context.boolean(tags, "EnforceDLL", text)?
    {
        let setting = Setting::boolean(APP_ID_PROVIDER, "TaggingSettings", "EnforceDLL");
        policy.settings.push(setting);
    }
    for tag in tags.children("AppIDTag") {
        context.known(tag, &["Key", "Value"], &[]);
        policy.settings.push(Setting {
            provider: APP_ID_PROVIDER.to_owned(),
            key: "Tagging".to_owned(),
            value_name: context.required(tag, "Key")?.to_owned(),
            value: SettingValue::String(context.required(tag, "Value")?.to_owned()),
        });
    }
    Ok(())
}

/// `AppSettings` refer to a manifest on a network, which names and types them: without it there
/// is nothing to write. An empty list is fine.
pub(super) fn app_settings(context: &mut Context<'_>, root: &Element<'_>) {
    let Some(list) = root.child("AppSettings") else { return };
    context.known(list, &[], &["App"]);
    for app in list.children("App") {
        let what = "`App`, whose manifest lies outside the policy,".to_owned();
        context.unsupported(app, what);
    }
}
