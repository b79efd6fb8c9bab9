//! The lints that keep panics and `unsafe` out. That nothing breaks them is Clippy's job; that
//! they stand, and stand everywhere, is checked here.

use crate::source::{files, read};

/// Crates that read hostile input; the simulator's TPM takes commands from anybody.
const WALLED: [&str; 8] = [
    "engine/src/lib.rs",
    "engine/api/src/lib.rs",
    "simulator/src/lib.rs",
    "wasm-pkg/src/lib.rs",
    "wasm-pkg/simulated/src/lib.rs",
    "host-embed/tpm/src/lib.rs",
    "host-embed/agent/src/lib.rs",
    "host-embed/service/src/lib.rs",
];

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

/// Crates that need one `unsafe`, each with its reason: they deny it and allow it by name.
const SHIMS: [(&str, &str); 2] = [
    ("host-embed/Cargo.toml", "loads the guest that was compiled into the program"),
    ("host-embed/guest/Cargo.toml", "exchanges bytes with its host"),
];

/// Lines of the guest: a shim that is read in one go.
const GUEST_LINES_MAX: usize = 120;

#[test]
fn unsafe_code_is_forbidden_and_every_crate_takes_the_lints_of_the_workspace() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for path in files().iter().filter(|path| path.ends_with("Cargo.toml")) {
        let text = read(path);
        // A workspace of its own (the libFuzzer targets) is not part of the product.
        if SHIMS.iter().any(|(shim, _)| path.ends_with(shim)) {
            assert!(text.contains("unsafe_code = \"deny\""), "{}", path.display());
        } else if text.contains("[package]") && !text.contains("[workspace]") {
            assert!(text.contains("[lints]\nworkspace = true"), "{}", path.display());
        }
    }
}

#[test]
fn unsafe_code_is_allowed_in_the_guest_and_in_the_loader_alone() {
    let attribute = concat!("allow(", "unsafe_code");
    for file in crate::source::rust_files() {
        let allowed = file.text.contains(attribute);
        let path = file.path.to_string_lossy();
        let shim = ["host-embed/guest/src/lib.rs", "host-embed/src/guest.rs"];
        assert_eq!(allowed, shim.contains(&path.as_ref()), "{path}");
    }
    assert!(read("host-embed/guest/src/lib.rs").lines().count() <= GUEST_LINES_MAX);
}
