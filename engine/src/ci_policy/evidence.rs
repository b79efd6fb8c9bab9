//! What speaks for a statement about Windows.

use core::fmt;

/// The mark that every user-visible statement about Windows carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// Found in files that Microsoft's tools made, byte for byte.
    RealFiles,
    /// Microsoft's documentation says so.
    Documented,
    /// Two or more independent sources say so.
    TwoSources,
    /// One public implementation says so.
    OneSource,
    /// Concluded from the above.
    Inferred,
}

impl Evidence {
    /// The mark as text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RealFiles => "real files",
            Self::Documented => "documented",
            Self::TwoSources => "two sources",
            Self::OneSource => "one source",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
