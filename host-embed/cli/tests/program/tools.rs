//! What the tests of the program share: a scratch folder, and one call of the program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_tests::corpus::capture;
use serde_json::Value;

/// What a call of the program left.
pub struct Outcome {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Outcome {
    /// The JSON that it printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {:?}; {}", self.stdout, self.stderr))
    }
}

/// Runs the program.
pub fn portcullis<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .output()
        .expect("the program starts");
    Outcome {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A folder of its own for one test, empty at its start.
pub fn scratch(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the old scratch folder goes");
    }
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

/// Derives a baseline from the reference boot.
pub fn baseline(folder: &Path, level: &str, more: &[&str]) -> PathBuf {
    let path = folder.join(format!("{level}.json"));
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    let mut arguments = vec!["baseline", "derive", log.to_str().unwrap(), "--level", level];
    arguments.extend(["-o", path.to_str().unwrap()]);
    arguments.extend(more);
    let outcome = portcullis(&arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    path
}

/// The options that name an evidence folder and its rules.
pub fn question(evidence: &Path, baseline: &Path) -> Vec<String> {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut arguments = vec!["--evidence".into(), text(evidence), "--baseline".into()];
    arguments.extend([text(baseline), "--trust".into(), text(&capture("ca"))]);
    // The certificates of the captures are valid at this time.
    arguments.extend(["--profile", "linux", "--now", "1795600000"].map(Into::into));
    arguments
}

/// Assesses an evidence folder and returns exit code and document.
pub fn assess(evidence: &Path, baseline: &Path, more: &[&str]) -> (i32, Value) {
    let mut arguments = vec!["assess".to_owned(), "--json".into()];
    arguments.extend(question(evidence, baseline));
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    let outcome = portcullis(&arguments);
    (outcome.code, outcome.json())
}

/// A copy of a capture that a test may change.
pub fn copy_of(name: &str, folder: &Path) -> PathBuf {
    let copy = folder.join(name);
    std::fs::create_dir_all(&copy).expect("a folder");
    for entry in std::fs::read_dir(capture(name)).expect("a capture") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, copy.join(path.file_name().unwrap())).expect("a copy");
    }
    copy
}

/// The codes of the findings of one tier.
pub fn codes<'v>(document: &'v Value, tier: &str) -> Vec<&'v str> {
    let findings = document["findings"].as_array().expect("findings");
    let of_tier = findings.iter().filter(|finding| finding["tier"] == tier);
    of_tier.map(|finding| finding["code"].as_str().expect("a code")).collect()
}
