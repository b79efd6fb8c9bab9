//! Known differences between the engine and its referees, each with a reason.
//!
//! They stand in `tests/corpus/exceptions.json`, in one section for each comparison. A difference
//! that is not there fails its test, and so does one that is there and no longer occurs: an
//! unexpected success means that somebody fixed something, and the list must say so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::corpus::{read_json, repository, third_party};

/// A difference: the log, and for the comparison of registers the bank and the register.
pub type Difference = String;

/// Names a difference in one register.
#[must_use]
pub fn register(path: &str, bank: impl std::fmt::Display, pcr: u8) -> Difference {
    format!("{path} {bank} PCR {pcr}")
}

/// Holds the differences that a test found against the known ones of a section.
///
/// # Panics
/// When they are not the same. Differences of logs that are not at hand are left alone.
pub fn assert_known(section: &str, found: &BTreeSet<Difference>) {
    assert_listed(section, found);
    let known = known(section);
    let gone: Vec<_> =
        known.iter().filter(|(difference, _)| !found.contains(*difference)).collect();
    assert!(gone.is_empty(), "unexpected success, `{section}` still lists: {gone:#?}");
}

/// The same, for a referee of another version than the one whose differences are listed: it may
/// have fewer.
///
/// # Panics
/// When there are others.
pub fn assert_listed(section: &str, found: &BTreeSet<Difference>) {
    let known = known(section);
    let new: Vec<_> = found.iter().filter(|difference| !known.contains_key(*difference)).collect();
    assert!(new.is_empty(), "differences that `{section}` does not list: {new:#?}");
}

fn known(section: &str) -> BTreeMap<Difference, String> {
    let file = repository().join("tests/corpus/exceptions.json");
    let document = read_json(&file);
    let entries = document[section].as_array();
    let entries = entries.unwrap_or_else(|| panic!("{} has no `{section}`", file.display()));
    let corpus = third_party("eventlogs").is_some();
    let mut known = BTreeMap::new();
    for entry in entries {
        let reason = entry["reason"].as_str().unwrap_or_default();
        assert!(!reason.is_empty(), "{entry} has no reason");
        for difference in differences(entry) {
            if corpus || !difference.starts_with("eventlogs/") {
                let earlier = known.insert(difference, reason.to_owned());
                assert!(earlier.is_none(), "{entry} is listed twice");
            }
        }
    }
    known
}

/// An entry stands for one log, one bank of it, or registers of one bank.
fn differences(entry: &Value) -> Vec<Difference> {
    let text = |key: &str| entry[key].as_str();
    let path = text("path").unwrap_or_else(|| panic!("{entry} has no path"));
    match (text("bank"), entry["pcrs"].as_array()) {
        (Some(bank), Some(pcrs)) => {
            let pcrs = pcrs.iter().map(|pcr| pcr.as_u64().and_then(|pcr| pcr.try_into().ok()));
            pcrs.map(|pcr| register(path, bank, pcr.expect("a register"))).collect()
        }
        (Some(bank), None) => vec![format!("{path} {bank}")],
        (None, _) => vec![path.to_owned()],
    }
}
