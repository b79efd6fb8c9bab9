//! Failures of a command, and exit codes.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
    File { path: PathBuf, reason: String, remedy: &'static str },
    /// The engine gave no answer that can be used.
    Engine(String),
    /// An argument cannot be used.
    Usage { reason: String, remedy: &'static str },
}

impl Failure {
    pub fn file(path: &Path, reason: impl fmt::Display, remedy: &'static str) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string(), remedy }
    }

    pub fn usage(reason: impl fmt::Display, remedy: &'static str) -> Self {
        Self::Usage { reason: reason.to_string(), remedy }
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
        let remedy = match self {
            Self::Io { verb, path, source } => {
                write!(f, "cannot {verb} `{}`: {source}", path.display())?;
                ""
            }
            Self::File { path, reason, remedy } => {
                write!(f, "`{}`: {reason}", path.display())?;
                remedy
            }
            Self::Engine(reason) => {
                write!(f, "{reason}; this is no verdict")?;
                ""
            }
            Self::Usage { reason, remedy } => {
                f.write_str(reason)?;
                remedy
            }
        };
        if remedy.is_empty() { Ok(()) } else { write!(f, "\n  try: {remedy}") }
    }
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
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    std::fs::write(&part, bytes).map_err(failed)?;
    std::fs::rename(&part, path).map_err(|source| {
        let _ = std::fs::remove_file(&part);
        failed(source)
    })
}
