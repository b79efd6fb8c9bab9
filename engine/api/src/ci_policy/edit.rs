//! Changes to the XML of a policy.

use portcullis_engine::ci_policy::edit::{self as engine, Edit, option_name};
use portcullis_engine::ci_policy::model::{SettingValue, Version};
use portcullis_engine::ci_policy::xml;
use portcullis_engine::wire::ci_policy::{HvciFlag, OPTION_NUMBERS, OptionFlag};

use super::{PolicyError, is_xml};
use crate::text::unhex;

/// A change, in the words of the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change<'a> {
    /// Sets or deletes an option, given by number or name.
    Option {
        /// Number or name.
        option: &'a str,
        /// True to delete it.
        delete: bool,
    },
    /// Sets the version.
    Version(&'a str),
    /// Sets the name that events show.
    Name(&'a str),
    /// Sets the id that events show: any text.
    IdText(&'a str),
    /// Gives a new policy id.
    PolicyId(&'a str),
    /// Makes a supplemental policy of this base policy.
    Supplements(&'a str),
    /// Sets a setting.
    Setting {
        /// Provider, key and name of the value.
        names: [&'a str; 3],
        /// `Boolean`, `DWord`, `Binary` or `String`.
        kind: &'a str,
        /// The value.
        value: &'a str,
    },
    /// Deletes a setting.
    DeleteSetting([&'a str; 3]),
    /// Sets `HvciOptions` to the sum of these, any of [`hvci_names`]; none for zero.
    Hvci(&'a [&'a str]),
}

/// The names of `HvciOptions`.
#[must_use]
pub fn hvci_names() -> Vec<&'static str> {
    HvciFlag::NAMED.iter().filter_map(|flag| flag.name()).collect()
}

/// Options with their numbers of `Set-RuleOption`; options that have none behind them.
#[must_use]
pub fn options() -> Vec<(Option<u8>, &'static str)> {
    let number = |option: OptionFlag| {
        OPTION_NUMBERS.iter().find(|(_, known)| *known == option).map(|(number, _)| *number)
    };
    let mut found: Vec<_> = OptionFlag::NAMED
        .iter()
        .filter_map(|option| Some((number(*option), option.name()?)))
        .collect();
    found.sort_by_key(|(number, _)| number.unwrap_or(u8::MAX));
    found
}

/// The change that words describe.
///
/// # Errors
/// [`PolicyError::Argument`] names the word.
pub fn parse_change(change: Change<'_>) -> Result<Edit, PolicyError> {
    let refuse = |what: String| PolicyError::Argument(what);
    Ok(match change {
        Change::Option { option, delete } => {
            let name = option_name(option)
                .ok_or_else(|| refuse(format!("`{option}` is no option that a policy can have")))?;
            if delete { Edit::DeleteOption(name) } else { Edit::SetOption(name) }
        }
        Change::Version(text) => Edit::Version(Version::parse_short(text).ok_or_else(|| {
            refuse(format!("`{text}` is no version of up to four numbers below 65536"))
        })?),
        Change::Name(text) => Edit::info("Name", text),
        Change::IdText(text) => Edit::info("Id", text),
        Change::PolicyId(text) => Edit::ResetPolicyId(guid(text)?),
        Change::Supplements(text) => Edit::Supplement(guid(text)?),
        Change::Setting { names, kind, value } => {
            let [provider, key, value_name] = names.map(str::to_owned);
            Edit::Setting { provider, key, value_name, value: setting_value(kind, value)? }
        }
        Change::DeleteSetting(names) => {
            let [provider, key, value_name] = names.map(str::to_owned);
            Edit::DeleteSetting { provider, key, value_name }
        }
        Change::Hvci(names) => Edit::Hvci(names.iter().try_fold(0, |sum, name| {
            let flag = HvciFlag::NAMED.iter().find(|flag| flag.name() == Some(name));
            flag.map(|flag| sum | flag.0)
                .ok_or_else(|| refuse(format!("`{name}` is no HVCI option")))
        })?),
    })
}

fn guid(text: &str) -> Result<portcullis_engine::wire::Guid, PolicyError> {
    xml::parse_guid(text).ok_or_else(|| PolicyError::Argument(format!("`{text}` is no GUID")))
}

fn setting_value(kind: &str, text: &str) -> Result<SettingValue, PolicyError> {
    let value = match kind {
        "Boolean" => text.to_lowercase().parse().ok().map(SettingValue::Boolean),
        "DWord" => text.parse().ok().map(SettingValue::DWord),
        "Binary" => unhex(text).map(SettingValue::Binary),
        "String" => Some(SettingValue::String(text.to_owned())),
        _ => None,
    };
    value.ok_or_else(|| PolicyError::Argument(format!("`{text}` is no value of type {kind}")))
}

/// Changes the XML of a policy; every other byte stays as it is.
///
/// # Errors
/// [`PolicyError`]: a binary is not edited, because nothing of its XML is left.
pub fn apply(bytes: &[u8], changes: &[Change<'_>]) -> Result<Vec<u8>, PolicyError> {
    if !is_xml(bytes) {
        portcullis_engine::ci_policy::read(bytes)?;
        return Err(PolicyError::Kind("is a binary, and only XML can be edited"));
    }
    let edits: Vec<Edit> =
        changes.iter().map(|change| parse_change(*change)).collect::<Result<_, _>>()?;
    let text = xml::decode(bytes)?;
    let edited = engine::edit(&text.text, &edits)?;
    Ok(text.encode(&edited))
}
