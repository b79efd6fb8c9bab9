//! What the guests want of a host: nothing.

use std::collections::BTreeMap;

use portcullis_host::Build;
use wasmparser::{ExternalKind, Parser, Payload};

/// Largest guest in bytes, before any other optimiser than the compiler's; `cargo xtask guests`
/// measures it behind one. It may only become less.
const SIZE_BYTES_MAX: usize = 1_900_000;

fn sections(build: Build) -> (Vec<String>, BTreeMap<String, ExternalKind>) {
    let (mut imports, mut exports) = (Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(build.wasm()) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                imports.extend(section.into_iter().map(|import| format!("{:?}", import.unwrap())));
            }
            Payload::ExportSection(section) => {
                let section = section.into_iter().map(Result::unwrap);
                exports.extend(section.map(|export| (export.name.to_owned(), export.kind)));
            }
            _ => {}
        }
    }
    (imports, exports)
}

#[test]
fn no_build_of_the_guest_imports_anything() {
    for build in Build::ALL {
        assert_eq!(sections(build).0, Vec::<String>::new(), "{}", build.name());
    }
}

#[test]
fn every_build_exports_the_calling_convention() {
    for build in Build::ALL {
        let exports = sections(build).1;
        assert_eq!(exports.get("memory"), Some(&ExternalKind::Memory), "{}", build.name());
        for function in ["abi_version", "alloc", "call", "free"] {
            assert_eq!(exports.get(function), Some(&ExternalKind::Func), "{function}");
        }
    }
}

#[test]
fn no_build_of_the_guest_tells_where_it_was_built() {
    let home = env!("CARGO_MANIFEST_DIR").trim_end_matches("/host-embed").as_bytes();
    for build in Build::ALL {
        let found = |needle: &[u8]| build.wasm().windows(needle.len()).any(|at| at == needle);
        assert!(!found(home), "{}", build.name());
        assert!(!found(b"/registry/src/index.crates.io-") || found(b"/cargo/registry"), "cargo");
    }
}

#[test]
fn guests_stay_small() {
    for build in Build::ALL {
        let size_bytes = build.wasm().len();
        assert!(size_bytes <= SIZE_BYTES_MAX, "{}: {size_bytes} bytes", build.name());
    }
}
