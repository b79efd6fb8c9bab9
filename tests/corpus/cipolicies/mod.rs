//! Real code integrity policies: pairs of XML and binary that Microsoft's converter made, signed
//! ones, and XML that touches every element.
//!
//! The corpus is not part of the repository; without it these tests say so and pass.

mod binaries;
mod features;
mod generated;
mod pairs;
mod signed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis_engine::ci_policy::author::{Authored, Choice, author};
use portcullis_engine::ci_policy::order::TieOrder;
use portcullis_engine::ci_policy::xml::{self, XmlError};
use portcullis_engine::crypto::{HashAlg, digest};
use portcullis_tests::corpus::{read, third_party};

/// The folder of policies, or `None` with a loud note.
fn corpus() -> Option<PathBuf> {
    third_party("cipolicies")
}

/// Files of the corpus with one of these extensions, by path in the corpus.
fn files(folder: &Path, extensions: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let sub = entry.expect("an entry").path();
        if !sub.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&sub).expect("a folder") {
            let path = entry.expect("an entry").path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if extension.is_some_and(|extension| extensions.contains(&extension)) {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, read(&path));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Unsigned binaries of the corpus.
fn binaries(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(folder, &["p7b", "cip", "bin"])
}

fn convert(bytes: &[u8], format: u32, order: TieOrder) -> Result<Authored, XmlError> {
    let text = xml::decode(bytes)?;
    let choice = Choice { format: Some(format), order: Some(order) };
    author(&xml::read(&text.text)?, choice)
}

fn sha256(bytes: &[u8]) -> String {
    digest(HashAlg::Sha256, &[bytes]).to_string()
}

/// The rows of the manifest: path, format, signed, content, SHA-256 of the file and of the policy
/// inside.
fn manifest(folder: &Path) -> Vec<Vec<String>> {
    let text = String::from_utf8(read(&folder.join("MANIFEST.md"))).expect("UTF-8");
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains('/'));
    rows.map(|line| line.split('|').skip(1).map(|cell| cell.trim().to_owned()).collect()).collect()
}
