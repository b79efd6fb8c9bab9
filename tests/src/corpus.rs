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

/// An event log of the evidence.
pub struct LogFile {
    /// Its path below the root of the evidence: `captures/...` or `eventlogs/...`.
    pub path: String,
    /// Where it lies.
    pub file: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Every event log at hand, in the order of their paths: those of the captures, the tampered
/// ones, and those of the third-party corpus where it is.
///
/// # Panics
/// When a folder or file cannot be read, or the corpus is required and missing.
#[must_use]
pub fn event_logs() -> Vec<LogFile> {
    let mut found = Vec::new();
    collect_logs(&capture(""), "captures", &mut found);
    if let Some(folder) = third_party("eventlogs") {
        collect_logs(&folder, "eventlogs", &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect_logs(folder: &Path, name: &str, found: &mut Vec<LogFile>) {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{name}/{file}");
        if path.is_dir() {
            collect_logs(&path, &name, found);
        } else if is_event_log(&name) {
            found.push(LogFile { bytes: read(&path), path: name, file: path });
        }
    }
}

/// The third-party corpus holds nothing else with these extensions; a capture has one log.
fn is_event_log(name: &str) -> bool {
    let tampered = name.starts_with("captures/g-tampered/logs/") && name.ends_with(".bin");
    let corpus = name.starts_with("eventlogs/")
        && [".bin", ".tcglog", ".rimel"].iter().any(|extension| name.ends_with(extension));
    name.ends_with("/eventlog.bin") || tampered || corpus
}
