//! The folders of recorded evidence.
//!
//! `captures` holds what may be published and is part of the repository. The larger corpus lies
//! beside it (`../shared/corpus`) and is third-party: where it is missing, tests say so and pass,
//! unless `PORTCULLIS_CORPUS=required` is set.

use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of the captures in the repository.
#[must_use]
pub fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name)
}

/// A folder of the third-party corpus, or `None` with a loud note.
///
/// # Panics
/// When the corpus is required and missing.
#[must_use]
pub fn third_party(folder: &str) -> Option<PathBuf> {
    let path = repository().join("../shared/corpus").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var_os("PORTCULLIS_CORPUS").is_none_or(|value| value != "required"),
        "the corpus is required, and ../shared/corpus/{folder} is missing"
    );
    eprintln!("SKIPPED: ../shared/corpus/{folder} is missing; nothing in it was checked");
    None
}

/// Reads a whole file.
///
/// # Panics
/// When it cannot be read, with its path.
#[must_use]
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a JSON file.
///
/// # Panics
/// When it cannot be read or is no JSON, with its path.
#[must_use]
pub fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&read(path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
