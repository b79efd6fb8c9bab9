//! Failures of a command, and exit codes.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use portcullis_store::StoreError;

/// Passed, or nothing to complain about.
pub const EXIT_OK: u8 = 0;
/// Did not pass; for `diff`, the inputs differ.
pub const EXIT_NOT_PASSED: u8 = 1;
/// The command line or a document cannot be used.
pub const EXIT_USAGE: u8 = 2;
/// Our fault.
pub const EXIT_BUG: i32 = 3;
/// The same, of the engine: the evidence was not judged.
pub const EXIT_NO_ANSWER: u8 = 3;
/// An assessment says that the host would pass.
pub const EXIT_WOULD_PASS: u8 = 4;
/// An assessment says that the host would fail.
pub const EXIT_WOULD_FAIL: u8 = 5;

/// Why a command could not do its work. Evidence that does not hold is no failure.
#[derive(Debug)]
pub enum Failure {
    /// A file or folder cannot be read or written.
    Io { verb: &'static str, path: PathBuf, source: io::Error },
    /// A file does not hold what it should.
    File { path: PathBuf, reason: String, remedy: Cow<'static, str> },
    /// The engine gave no answer that can be used.
    Engine(String),
    /// An argument cannot be used.
    Usage { reason: String, remedy: &'static str },
    /// The store refused or failed.
    Store(StoreError),
}

impl Failure {
    pub fn file(
        path: &Path,
        reason: impl fmt::Display,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string(), remedy: remedy.into() }
    }

    pub fn usage(reason: impl fmt::Display, remedy: &'static str) -> Self {
        Self::Usage { reason: reason.to_string(), remedy }
    }

    /// The failure without its remedy.
    pub fn reason(&self) -> String {
        let text = self.to_string();
        text.split("\n  try: ").next().unwrap_or_default().to_owned()
    }

    /// What can be done about it; empty when nobody knows.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Io { .. } | Self::Engine(_) => "",
            Self::File { remedy, .. } => remedy,
            Self::Usage { remedy, .. } => remedy,
            Self::Store(error) => error.remedy(),
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Engine(_) => ExitCode::from(EXIT_NO_ANSWER),
            _ => ExitCode::from(EXIT_USAGE),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { verb, path, source } => {
                write!(f, "cannot {verb} `{}`: {source}", path.display())?;
            }
            Self::File { path, reason, .. } => write!(f, "`{}`: {reason}", path.display())?,
            Self::Engine(reason) => write!(f, "{reason}; this is no verdict")?,
            Self::Usage { reason, .. } => f.write_str(reason)?,
            Self::Store(error) => write!(f, "{error}")?,
        }
        let remedy = self.remedy();
        if remedy.is_empty() { Ok(()) } else { write!(f, "\n  try: {remedy}") }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Reads a whole file of at most `limit_bytes`.
pub fn read_limited(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::Io { verb: "read", path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // Files of the kernel say that they have no bytes: what is read counts, not what is said.
    file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit_bytes {
        let reason = format!("is larger than the limit of {limit_bytes} bytes");
        return Err(Failure::file(path, reason, "name the right file"));
    }
    Ok(bytes)
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::Io {
        verb: "read",
        path: path.to_owned(),
        source,
    })
}

/// Writes a whole file, or leaves the old one untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |source| Failure::Io { verb: "write", path: path.to_owned(), source };
    let part = part_of(path);
    std::fs::write(&part, bytes).map_err(failed)?;
    std::fs::rename(&part, path).map_err(|source| {
        let _ = std::fs::remove_file(&part);
        failed(source)
    })
}

/// Where a file grows: beside its place, so that it can be moved there in one step.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}
