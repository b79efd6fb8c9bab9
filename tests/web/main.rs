//! The npm package and the page, in node and in a browser.
//!
//! They are built first, as `cargo xtask page` builds them. The tests themselves are programs of
//! node below `wasm-pkg/tests`; each prints its own cases. Without npm they say so and pass, unless
//! `PORTCULLIS_TOOLS=required` is set.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod native;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};

use portcullis_tests::corpus::repository;
use portcullis_tests::tools;

/// Builds everything once; false with a note where there is no npm.
fn built() -> bool {
    static BUILT: OnceLock<bool> = OnceLock::new();
    *BUILT.get_or_init(|| {
        if tools::run("npm", "npm", &["--version".as_ref()]).is_none() {
            return false;
        }
        // Only CI installs what the lock file names without being asked.
        let required =
            std::env::var_os("PORTCULLIS_TOOLS").is_some_and(|value| value == "required");
        if !required && !repository().join("wasm-pkg/node_modules").is_dir() {
            eprintln!("SKIPPED: run `cargo xtask page` once, which installs what npm must");
            return false;
        }
        let mut xtask = Command::new(env!("CARGO"));
        let output = xtask.args(["xtask", "page"]).current_dir(repository()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        print!("{}", lines_with(&output, "brotli"));
        true
    })
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

fn lines_with(output: &Output, word: &str) -> String {
    let text = text(output);
    let lines = text.lines().filter(|line| line.contains(word));
    lines.map(|line| line.to_owned() + "\n").collect()
}

/// Runs a program of `wasm-pkg/tests`, which ends with the number of its cases.
fn node(script: &str, arguments: &[&Path]) {
    if !built() {
        return;
    }
    // One at a time: the page is measured, and two browsers would measure each other. A test that
    // failed before does not matter to the next.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut command = Command::new("node");
    command.arg(Path::new("wasm-pkg/tests").join(script)).args(arguments);
    let output = command.current_dir(repository()).output().unwrap();
    println!("{}", text(&output));
    assert!(output.status.success(), "{script} failed:\n{}", text(&output));
}

#[test]
fn the_package_gives_the_bytes_of_the_native_engine() {
    let cases = native::write_cases();
    node("native.mjs", &[&cases]);
}

#[test]
fn the_packed_package_works_where_it_is_used() {
    node("package.mjs", &[]);
}

#[test]
fn the_page_does_what_an_administrator_asks_of_it() {
    node("page.mjs", &[]);
}
