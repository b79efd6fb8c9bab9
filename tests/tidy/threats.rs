//! The table of threats names tests that exist.

use crate::source::{files, read};

#[test]
fn every_threat_names_tests_that_exist() {
    let rust = files().into_iter().filter(|path| path.extension().is_some_and(|rs| rs == "rs"));
    let sources: String = rust.map(read).collect();
    let document = read("engine/docs/threats.md");
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 20, "only {} rows", rows.len());
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test in: {row}");
        for name in names {
            let test = format!("#[test]\nfn {name}()");
            let nested = format!("#[test]\n    fn {name}()");
            assert!(
                sources.contains(&test) || sources.contains(&nested),
                "`{name}` is no test, in: {row}"
            );
        }
    }
}
