//! Programs of others that serve as referees.
//!
//! Where one is missing, its tests say so and pass, unless `PORTCULLIS_TOOLS=required` is set.

use std::process::{Command, Output};

/// Runs a program, or returns `None` with a loud note when it is not installed.
///
/// # Panics
/// When it is required and missing, or cannot be run.
#[must_use]
pub fn run(program: &str, package: &str, arguments: &[&std::ffi::OsStr]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(
                std::env::var_os("PORTCULLIS_TOOLS").is_none_or(|value| value != "required"),
                "`{program}` is required, and missing (Debian package {package})"
            );
            eprintln!("SKIPPED: `{program}` is missing (Debian package {package})");
            None
        }
        Err(error) => panic!("`{program}`: {error}"),
    }
}
