//! What a code integrity policy says, whatever it is written in.
//!
//! One model for the binary and the XML: lists in the order of their source, references as
//! indices into them. The binary has neither ids nor names of rules, so [`Label`]s are empty
//! there; the XML cannot hold every binary, and its writer says what it cannot.
//!
//! What the model does **not** establish: that Windows would load the policy, nor what it allows.

mod label;
mod rule;
mod scenario;
mod setting;
mod signer;
mod version;

use portcullis_wire::{Guid, ci_policy as wire};

pub use label::Label;
pub use rule::{ArtifactRule, FileRule, Hotpatch};
pub use scenario::{Scenario, SignerGroup, SignerReference};
pub use setting::{AppSetting, AppSettingValue, AppSettings, Setting, SettingValue};
pub use signer::{Eku, FileTime, References, Root, Signer};
pub use version::Version;

/// What a policy is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PolicyKind {
    /// The only policy of a machine: the form before Windows 10 1903 and of Server 2016 and 2019.
    #[default]
    Single,
    /// One of several base policies, each of which must allow.
    Base,
    /// Widens a base policy.
    Supplemental,
    /// Marks processes instead of blocking them.
    AppIdTagging,
}

impl PolicyKind {
    /// The spelling of the XML's `PolicyType`; the single policy has none.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Single => None,
            Self::Base => Some("Base Policy"),
            Self::Supplemental => Some("Supplemental Policy"),
            Self::AppIdTagging => Some("AppID Tagging Policy"),
        }
    }

    /// What a binary says of its kind, which is not all that the XML said.
    #[must_use]
    pub const fn of_binary(is_supplemental: bool, format: u32) -> Self {
        match (is_supplemental, format >= wire::FORMAT_MULTIPLE) {
            (true, _) => Self::Supplemental,
            (false, true) => Self::Base,
            (false, false) => Self::Single,
        }
    }

    /// The kind of a `PolicyType`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Base, Self::Supplemental, Self::AppIdTagging]
            .into_iter()
            .find(|kind| kind.name() == Some(name))
    }
}

/// A code integrity policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiPolicy {
    /// Format of the binary that it was read from, or that an XML was once decoded from.
    pub format: Option<u32>,
    /// What it is for.
    pub kind: PolicyKind,
    /// Name of the XML's root.
    pub friendly_name: Option<String>,
    /// Type; in the header of a binary.
    pub type_id: Option<Guid>,
    /// Platform; zero where the XML has none.
    pub platform: Guid,
    /// Id, from format 6.
    pub policy_id: Option<Guid>,
    /// Id of the base policy, from format 6.
    pub base_policy_id: Option<Guid>,
    /// Version; called `VersionEx` in the XML.
    pub version: Version,
    /// Option flags as the binary stores them, see [`wire::OptionFlag`].
    pub flags: u32,
    /// EKUs that signers name.
    pub ekus: Vec<Eku>,
    /// File rules.
    pub file_rules: Vec<FileRule>,
    /// Signers.
    pub signers: Vec<Signer>,
    /// Signers that may sign the next version of this policy.
    pub update_signers: Vec<u32>,
    /// Signers that user-mode signing levels are measured against.
    pub ci_signers: Vec<u32>,
    /// Signers that may sign supplemental policies.
    pub supplemental_signers: Vec<u32>,
    /// What is checked against what.
    pub scenarios: Vec<Scenario>,
    /// Bits of [`wire::HvciFlag`].
    pub hvci_options: u32,
    /// Secure settings.
    pub settings: Vec<Setting>,
    /// Settings of applications, from format 8.
    pub app_settings: Vec<AppSettings>,
    /// Hotpatch rules, from format 9.
    pub hotpatches: Vec<Hotpatch>,
    /// Artifact rules, from format 10.
    pub artifact_rules: Vec<ArtifactRule>,
    /// Artifact rules of signers, from format 10.
    pub signer_artifacts: Vec<References>,
    /// EKUs that signers must *not* have, from format 11.
    pub eku_exceptions: Vec<References>,
    /// Sections of formats that have no names here, from their tag to the end of the file.
    pub later_sections: Vec<u8>,
}

impl Default for CiPolicy {
    fn default() -> Self {
        Self {
            format: None,
            kind: PolicyKind::default(),
            friendly_name: None,
            type_id: None,
            platform: Guid([0; 16]),
            policy_id: None,
            base_policy_id: None,
            version: Version::default(),
            flags: wire::FLAG_ALWAYS,
            ekus: Vec::new(),
            file_rules: Vec::new(),
            signers: Vec::new(),
            update_signers: Vec::new(),
            ci_signers: Vec::new(),
            supplemental_signers: Vec::new(),
            scenarios: Vec::new(),
            hvci_options: 0,
            settings: Vec::new(),
            app_settings: Vec::new(),
            hotpatches: Vec::new(),
            artifact_rules: Vec::new(),
            signer_artifacts: Vec::new(),
            eku_exceptions: Vec::new(),
            later_sections: Vec::new(),
        }
    }
}

/// The element at an index of a binary.
pub(super) fn at<T>(list: &[T], index: u32) -> Option<&T> {
    usize::try_from(index).ok().and_then(|index| list.get(index))
}

impl CiPolicy {
    /// True when the option is set.
    #[must_use]
    pub const fn has(&self, option: wire::OptionFlag) -> bool {
        self.flags & option.0 != 0
    }

    /// The options that are set, in the order of their bits.
    pub fn options(&self) -> impl Iterator<Item = wire::OptionFlag> {
        let flags = self.flags;
        wire::OptionFlag::NAMED.iter().copied().filter(move |option| flags & option.0 != 0)
    }

    /// Bits of the option flags that have no name.
    #[must_use]
    pub fn unnamed_flags(&self) -> u32 {
        let derived = wire::FLAG_ALWAYS | wire::FLAG_SUPPLEMENTAL;
        wire::OptionFlag::NAMED.iter().fold(self.flags & !derived, |left, named| left & !named.0)
    }

    /// True for a supplemental policy.
    #[must_use]
    pub const fn is_supplemental(&self) -> bool {
        self.flags & wire::FLAG_SUPPLEMENTAL != 0
    }

    /// The text of a setting such as `PolicyInfo`, `Information`, `Name`.
    #[must_use]
    pub fn setting_text(&self, provider: &str, key: &str, value_name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|setting| setting.is(provider, key, value_name))?;
        match &found.value {
            SettingValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The name that an administrator gave it: the setting of `Set-CIPolicyIdInfo -PolicyName`.
    #[must_use]
    pub fn info_name(&self) -> Option<&str> {
        self.setting_text("PolicyInfo", "Information", "Name")
    }

    /// The id that an administrator gave it: the setting of `Set-CIPolicyIdInfo -PolicyId`.
    #[must_use]
    pub fn info_id(&self) -> Option<&str> {
        self.setting_text("PolicyInfo", "Information", "Id")
    }
}
