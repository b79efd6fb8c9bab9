//! What no file may say, and what every module must.

use std::path::Path;

use crate::source::{files, read, rust_files};

/// Entries of the root that are not hidden.
const TOP_LEVEL: [&str; 13] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "engine",
    "host-embed",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "simulator",
    "tests",
    "wasm-pkg",
];

/// Written in two halves, so that this file does not find itself.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("TO", "DO"), "work that is not done"),
    (concat!("FIX", "ME"), "work that is not done"),
    (concat!("todo", "!("), "work that is not done"),
    (concat!("unimplemented", "!("), "work that is not done"),
    (concat!("#[igno", "re]"), "a test that is skipped without a reason"),
];

#[test]
fn the_visible_top_level_is_fixed() {
    let mut found: Vec<String> = files()
        .iter()
        .map(|path| path.iter().next().unwrap().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    found.dedup();
    let unknown: Vec<_> = found.iter().filter(|name| !TOP_LEVEL.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for name in TOP_LEVEL {
        assert!(found.iter().any(|known| known == name), "{name} is missing");
    }
}

#[test]
fn no_file_names_a_machine_or_leaves_work_behind() {
    for path in files() {
        let Ok(text) = std::fs::read_to_string(portcullis_tests::corpus::repository().join(&path))
        else {
            continue;
        };
        for (word, why) in FORBIDDEN {
            if let Some(number) = text.lines().position(|line| line.contains(word)) {
                panic!("{}:{}: `{word}` is {why}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for file in rust_files() {
        // A main file of cargo-fuzz is one macro call.
        if file.path.starts_with("tests/fuzz/libfuzzer") {
            continue;
        }
        assert!(file.text.starts_with("//!"), "{} has no module docs", file.path.display());
    }
}

#[test]
fn the_changelog_has_an_entry_for_the_version_in_the_manifest() {
    let manifest = read(Path::new("Cargo.toml"));
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
    let heading = format!("## {}", version.trim_matches('"'));
    assert!(read("CHANGELOG.md").contains(&heading), "no `{heading}` in CHANGELOG.md");
}
