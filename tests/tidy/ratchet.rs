//! The ratio of test lines to source lines of the engine: it may only go up.
//!
//! Counted are lines that are neither empty nor comment. Tests are those inside the engine, the
//! referees in `tests` and the tests of the program, which have little else to test. Fuzz targets,
//! benchmarks, commands and these rules are none.

use portcullis_tests::corpus::repository;
use portcullis_tests::golden;

use crate::source::{RustFile, read, rust_files};

/// Percent of test lines that must not be lost. `cargo xtask bless` raises it.
const RATCHET: &str = "tests/tidy/engine-test-percent.txt";
/// What we are after.
const GOAL_PERCENT: usize = 100;

const REFEREES: [&str; 2] = ["tests", "host-embed/cli/tests"];
const NO_REFEREES: [&str; 4] = ["tests/bench", "tests/fuzz", "tests/tidy", "tests/xtask"];

#[test]
fn golden_share_of_tests_in_the_engine_never_falls() {
    let (mut source, mut tests) = (0, 0);
    for file in rust_files() {
        let (product, test) = file.code_lines();
        if file.path.starts_with("engine/src") {
            source += product;
            tests += test;
        } else if is_in(&file, &REFEREES) && !is_in(&file, &NO_REFEREES) {
            tests += test;
        }
    }
    let percent = tests * 100 / source;
    println!("{tests} test lines for {source} source lines: {percent} %, goal {GOAL_PERCENT} %");
    let kept = read(RATCHET).trim().parse::<usize>().unwrap();
    assert!(percent >= kept, "{percent} % of test lines, and it was {kept} % before");
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        golden::check(&repository().join(RATCHET), &format!("{percent}\n"));
    }
}

fn is_in(file: &RustFile, folders: &[&str]) -> bool {
    folders.iter().any(|folder| file.path.starts_with(folder))
}
