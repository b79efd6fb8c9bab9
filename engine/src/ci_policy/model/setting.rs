//! Secure settings, and settings of applications.

/// A secure setting: a value under three names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Provider.
    pub provider: String,
    /// Key.
    pub key: String,
    /// Name of the value.
    pub value_name: String,
    /// The value.
    pub value: SettingValue,
}

impl Setting {
    /// A setting that says `true`.
    #[must_use]
    pub fn boolean(provider: &str, key: &str, value_name: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            key: key.to_owned(),
            value_name: value_name.to_owned(),
            value: SettingValue::Boolean(true),
        }
    }

    /// True when it has these names, whatever their case: the order of settings ignores it, too.
    #[must_use]
    pub fn is(&self, provider: &str, key: &str, value_name: &str) -> bool {
        self.provider.eq_ignore_ascii_case(provider)
            && self.key.eq_ignore_ascii_case(key)
            && self.value_name.eq_ignore_ascii_case(value_name)
    }
}

/// Value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SettingValue {
    /// True or false.
    Boolean(bool),
    /// A number.
    DWord(u32),
    /// Bytes.
    Binary(Vec<u8>),
    /// Text.
    String(String),
}

/// The settings of one application. One source.
///
/// The XML refers to a manifest outside the policy, from which the writer takes names, types and
/// flags. No manifest, no binary: such XML is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppSettings {
    /// Id of the application's manifest.
    pub manifest: String,
    /// The settings.
    pub settings: Vec<AppSetting>,
}

/// One setting of an application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppSetting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: AppSettingValue,
    /// Bit 0: holds in audit mode, too.
    pub flags: u32,
}

/// Value of an application's setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AppSettingValue {
    /// One byte, 0 or 1.
    Bool(bool),
    /// Text.
    String(String),
    /// Several texts.
    StringSet(Vec<String>),
}
