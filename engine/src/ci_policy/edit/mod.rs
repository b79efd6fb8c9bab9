//! Changes to the XML that leave every other byte as it is: comments, unknown elements, white
//! space, line ends, encoding.
//!
//! What `Set-RuleOption`, `Set-CIPolicyVersion`, `Set-CIPolicyIdInfo`, `Set-CIPolicySetting` and
//! `Set-HVCIOptions` do. An edit is a splice of the text at the places that the reader found; the
//! result is read again, so that no edit leaves a file that cannot be read.

mod apply;
mod splice;

use portcullis_wire::Guid;
use portcullis_wire::ci_policy::{OPTION_NO_REMAPPING, OPTION_NUMBERS, OptionFlag};

use super::model::{SettingValue, Version};
use super::xml::{self, XmlError};

/// A change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// Sets an option, by the name that the XML gives it.
    SetOption(&'static str),
    /// Deletes an option.
    DeleteOption(&'static str),
    /// Sets the version.
    Version(Version),
    /// Gives a new policy id, which is its base policy's id, too, and drops the type of a single
    /// policy: `-ResetPolicyID`.
    ResetPolicyId(Guid),
    /// Makes a supplemental policy for a base policy: `-SupplementsBasePolicyID`.
    Supplement(Guid),
    /// Sets a setting.
    Setting {
        /// Provider.
        provider: String,
        /// Key.
        key: String,
        /// Name of the value.
        value_name: String,
        /// The value.
        value: SettingValue,
    },
    /// Deletes a setting.
    DeleteSetting {
        /// Provider.
        provider: String,
        /// Key.
        key: String,
        /// Name of the value.
        value_name: String,
    },
    /// Sets `HvciOptions`.
    Hvci(u32),
}

impl Edit {
    /// Sets the name that events and `show` give the policy: `-PolicyName`.
    #[must_use]
    pub fn info(value_name: &'static str, text: &str) -> Self {
        Self::Setting {
            provider: "PolicyInfo".to_owned(),
            key: "Information".to_owned(),
            value_name: value_name.to_owned(),
            value: SettingValue::String(text.to_owned()),
        }
    }
}

/// The name of an option, given by its number of `Set-RuleOption` or by its name in any case, with
/// or without the word before the colon.
#[must_use]
pub fn option_name(text: &str) -> Option<&'static str> {
    if let Ok(number) = text.parse::<u8>() {
        let found = OPTION_NUMBERS.iter().find(|(known, _)| *known == number);
        return found.and_then(|(_, option)| option.name());
    }
    let names = OptionFlag::NAMED.iter().filter_map(|option| option.name());
    names.chain([OPTION_NO_REMAPPING]).find(|name| {
        let short = name.split_once(':').map_or(*name, |(_, short)| short);
        name.eq_ignore_ascii_case(text) || short.eq_ignore_ascii_case(text)
    })
}

/// Applies changes to the text of an XML, one after the other.
///
/// # Errors
/// [`XmlError`] when the text, or what an edit made of it, is no policy that can be read.
pub fn edit(text: &str, edits: &[Edit]) -> Result<String, XmlError> {
    xml::read(text)?;
    let mut text = text.to_owned();
    for edit in edits {
        text = apply::apply(&text, edit)?;
        xml::read(&text)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
