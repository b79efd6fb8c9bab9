//! The simulator as WebAssembly: nothing is imported, and the bytes are those of any target.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_tests::corpus::repository;

use crate::fixture::{run, text_of};

/// Number of the section of imports.
const SECTION_IMPORT: u8 = 2;
/// Magic and version.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// Builds the example, which reaches every part of the simulator; `None` with a note without the
/// target.
fn build() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--offline", "-p", "portcullis-simulator"])
        .args(["--example", "everywhere", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .current_dir(repository())
        .output()
        .unwrap();
    let text = text_of(&output);
    if text.contains("can't find crate for `std`") || text.contains("can't find crate for `core`") {
        eprintln!("SKIPPED: there is no target `wasm32-unknown-unknown`");
        return None;
    }
    assert!(output.status.success(), "{text}");
    Some(target.join("wasm32-unknown-unknown/debug/examples/everywhere.wasm"))
}

/// An unsigned LEB128 number of 32 bits (WebAssembly core specification 2.0, section 5.2.2).
fn number(bytes: &mut &[u8]) -> usize {
    let mut number = 0;
    for shift in (0..35).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        number |= usize::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    number
}

/// How many imports a module has, and how many sections.
fn imports_and_sections(module: &[u8]) -> (usize, usize) {
    let mut rest = module.strip_prefix(HEADER).unwrap();
    let (mut imports, mut sections) = (0, 0);
    while let Some((id, behind)) = rest.split_first() {
        rest = behind;
        let size = number(&mut rest);
        let (mut content, behind) = rest.split_at(size);
        if *id == SECTION_IMPORT {
            imports += number(&mut content);
        }
        (rest, sections) = (behind, sections + 1);
    }
    (imports, sections)
}

#[test]
fn imports_are_counted_where_there_are_some() {
    // A module that imports the function `a.b` of type 0.
    let types = [1, 4, 1, 0x60, 0, 0];
    let import = [2, 7, 1, 1, b'a', 1, b'b', 0, 0];
    let module = [HEADER, &types, &import].concat();
    assert_eq!(imports_and_sections(&module), (1, 2));
    assert_eq!(imports_and_sections(&[HEADER, &types].concat()), (0, 1));
}

#[test]
fn the_simulator_imports_nothing_and_makes_the_same_bytes_in_webassembly() {
    let Some(path) = build() else { return };
    let module = std::fs::read(&path).unwrap();
    let (imports, sections) = imports_and_sections(&module);
    assert!(sections > 5, "{sections} sections are no program");
    assert_eq!(imports, 0);
    // `main` panics when a byte differs, which traps.
    const SCRIPT: &str = "
        const module = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));
        process.exit(new WebAssembly.Instance(module, {}).exports.main(0, 0));";
    let arguments = [OsStr::new("-e"), OsStr::new(SCRIPT), path.as_os_str()];
    let Some(output) = run("node", "nodejs", &arguments) else { return };
    assert!(output.status.success(), "{}", text_of(&output));
}
