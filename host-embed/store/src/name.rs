//! Names that administrators give, and the versions of artefacts.

use std::fmt;

use crate::error::{Result, StoreError};

/// Characters of a name. Names of hosts have at most 63, names of hardware classes are longer.
pub const NAME_CHARS_MAX: usize = 128;

/// A checked name. Two names that differ only in case are one: hosts are Windows machines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    shown: String,
    key: String,
}

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a name that is empty or too long, or that would not look like
    /// itself when it is shown: control characters, invisible or direction-changing ones, white
    /// space at an end.
    pub fn new(field: &'static str, text: &str) -> Result<Self> {
        let refused = |reason: String| {
            let remedy = format!(
                "use 1 to {NAME_CHARS_MAX} visible characters, such as `host-1` or `Dell R340`"
            );
            Err(StoreError::refused(field, reason, remedy))
        };
        let count = text.chars().count();
        if count == 0 {
            return refused("is empty".into());
        }
        if count > NAME_CHARS_MAX {
            return refused(format!("has {count} characters"));
        }
        if let Some(bad) = text.chars().find(|c| is_invisible(*c)) {
            return refused(format!("holds the character U+{:04X}", u32::from(bad)));
        }
        if text.trim() != text {
            return refused(format!("`{text}` begins or ends with white space"));
        }
        if text.starts_with('-') {
            return refused(format!("`{text}` begins with `-`, as options do"));
        }
        Ok(Self { shown: text.to_owned(), key: text.to_lowercase() })
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Control and format characters, separators other than the space, and what Unicode leaves
/// invisible: a name that holds one can look like another name.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(u32::from(c),
            0x00ad | 0x034f | 0x061c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f
            | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
}

/// Version of an artefact. Identifier, baseline and CI policy of a host must be of one version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    /// An administrator vouches for the TPM.
    V1,
    /// A trusted chain vouches for the TPM.
    V2,
}

impl Version {
    /// `v1` or `v2`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::V1 => Self::V2,
            Self::V2 => Self::V1,
        }
    }

    pub(crate) fn read(text: &str) -> Result<Self> {
        match text {
            "v1" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            _ => Err(StoreError::damaged(format_args!("`{text}` is no version"))),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_that_could_pass_for_others_are_refused() {
        for good in ["host-1", "Dell PowerEdge R740 (2. Rev, BIOS 2.19)", "サーバー1", "é"] {
            assert!(Name::new("--name", good).is_ok(), "{good}");
        }
        let long = "x".repeat(129);
        for bad in
            ["", " a", "a ", "a\tb", "a\nb", "a\u{200b}", "a\u{202e}b", "-a", "\u{a0}", &long]
        {
            let error = Name::new("--name", bad).unwrap_err();
            assert!(error.to_string().starts_with("`--name`"), "{error}");
            assert!(error.remedy().contains("1 to 128"), "{bad:?}");
        }
    }

    #[test]
    fn case_does_not_tell_names_apart() {
        let key = |text| Name::new("--name", text).unwrap().key().to_owned();
        assert_eq!(key("HOST-1"), key("host-1"));
    }
}
