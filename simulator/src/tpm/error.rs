//! What a TPM answers instead of a result.

use std::fmt;

use portcullis_wire::tpm::Rc;

/// A response code, without the number of the parameter or handle that it is about: which one
/// that is, only the command interface knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TpmError {
    /// The code.
    pub rc: Rc,
    /// What was wrong.
    pub what: &'static str,
}

impl TpmError {
    /// An error of a code.
    #[must_use]
    pub const fn new(rc: Rc, what: &'static str) -> Self {
        Self { rc, what }
    }
}

impl fmt::Display for TpmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:#05x}): {}", self.rc, self.rc.0, self.what)
    }
}

impl std::error::Error for TpmError {}

/// The answer to a call.
pub type Result<T> = std::result::Result<T, TpmError>;

/// `Err` of a code.
pub(super) const fn fail<T>(rc: Rc, what: &'static str) -> Result<T> {
    Err(TpmError::new(rc, what))
}
