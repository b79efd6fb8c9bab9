//! The lints that keep panics and `unsafe` out. That nothing breaks them is Clippy's job; that
//! they stand, and stand everywhere, is checked here.

use crate::source::{files, read};

/// Crates that read hostile input; the simulator's TPM takes commands from anybody.
const WALLED: [&str; 3] = ["engine/src/lib.rs", "engine/api/src/lib.rs", "simulator/src/lib.rs"];

const DENIED: [&str; 5] = [
    "clippy::unwrap_used",
    "clippy::expect_used",
    "clippy::panic",
    "clippy::indexing_slicing",
    "clippy::arithmetic_side_effects",
];

#[test]
fn crates_that_read_hostile_input_deny_every_way_to_panic() {
    for path in WALLED {
        let text = read(path);
        let (_, denied) = text.split_once("#![cfg_attr(\n    not(test),\n    deny(").unwrap();
        let (denied, _) = denied.split_once(")\n)]").unwrap();
        for lint in DENIED {
            assert!(denied.contains(lint), "{path} does not deny {lint}");
        }
    }
}

#[test]
fn unsafe_code_is_forbidden_and_every_crate_takes_the_lints_of_the_workspace() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for path in files().iter().filter(|path| path.ends_with("Cargo.toml")) {
        let text = read(path);
        // A workspace of its own (the libFuzzer targets) is not part of the product.
        if text.contains("[package]") && !text.contains("[workspace]") {
            assert!(text.contains("[lints]\nworkspace = true"), "{}", path.display());
        }
    }
}
