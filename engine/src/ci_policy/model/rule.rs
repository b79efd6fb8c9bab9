//! Rules about files and artifacts.

use portcullis_wire::ci_policy::{ArtifactAction, ArtifactKind, FileRuleKind};

use super::{Label, Version};

/// Allows or denies files, or describes files for a signer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRule {
    /// Its label.
    pub label: Label,
    /// What it does.
    pub kind: FileRuleKind,
    /// Original file name; `*` for every file.
    pub file_name: Option<String>,
    /// Lowest version, as stored: a deny rule without versions has the largest.
    pub minimum_version: Version,
    /// Highest version, as stored: zero where there is none.
    pub maximum_version: Version,
    /// Digest of the file or of its first page; empty where there is none.
    pub hash: Vec<u8>,
    /// Applications that the rule holds for; all when empty.
    pub app_ids: Vec<String>,
    /// Internal name.
    pub internal_name: Option<String>,
    /// Description.
    pub file_description: Option<String>,
    /// Product name.
    pub product_name: Option<String>,
    /// Package family name.
    pub package_family_name: Option<String>,
    /// Package version.
    pub package_version: Version,
    /// Path.
    pub file_path: Option<String>,
}

impl FileRule {
    /// A rule without conditions.
    #[must_use]
    pub fn new(kind: FileRuleKind) -> Self {
        Self {
            label: Label::default(),
            kind,
            file_name: None,
            minimum_version: Self::default_minimum(kind, false),
            maximum_version: Version::ZERO,
            hash: Vec::new(),
            app_ids: Vec::new(),
            internal_name: None,
            file_description: None,
            product_name: None,
            package_family_name: None,
            package_version: Version::ZERO,
            file_path: None,
        }
    }

    /// What is stored where the XML gives no lowest version: zero, except for a deny rule that
    /// has no highest version either. Real files.
    #[must_use]
    pub fn default_minimum(kind: FileRuleKind, has_maximum: bool) -> Version {
        if kind == FileRuleKind::DENY && !has_maximum { Version::MAX } else { Version::ZERO }
    }

    /// The attributes that a file is compared with, as the XML names them.
    #[must_use]
    pub fn names(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("FileName", self.file_name.as_deref()),
            ("InternalName", self.internal_name.as_deref()),
            ("FileDescription", self.file_description.as_deref()),
            ("ProductName", self.product_name.as_deref()),
            ("PackageFamilyName", self.package_family_name.as_deref()),
            ("FilePath", self.file_path.as_deref()),
        ]
    }

    /// True for a rule that matches every file: `*` as its name or path, and no other condition.
    #[must_use]
    pub fn matches_everything(&self) -> bool {
        let mut given = self.names().into_iter().filter_map(|(_, value)| value).peekable();
        given.peek().is_some()
            && given.all(|value| value == "*")
            && self.hash.is_empty()
            && self.app_ids.is_empty()
            && self.minimum_version == Self::default_minimum(self.kind, false)
            && self.maximum_version == Version::ZERO
    }
}

/// Ties an allow rule to a hotpatched file. One source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hotpatch {
    /// Index of the rule for the unpatched file.
    pub base: u32,
    /// Index of the rule for the patched file.
    pub hotpatch: u32,
    /// Lowest sequence number.
    pub minimum_sequence: u32,
    /// Highest sequence number.
    pub maximum_sequence: u32,
}

/// Allows or denies a container image or a catalog. One source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArtifactRule {
    /// Its label.
    pub label: Label,
    /// What it is about.
    pub kind: ArtifactKind,
    /// What it does.
    pub action: ArtifactAction,
    /// Name of the artifact.
    pub name: Option<String>,
    /// Description of the artifact.
    pub description: Option<String>,
    /// Lowest version.
    pub minimum_version: Version,
    /// Highest version.
    pub maximum_version: Version,
    /// Digest of the artifact; empty where there is none.
    pub hash: Vec<u8>,
}
