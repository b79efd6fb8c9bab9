//! What people read, kept whole: a change of wording shows in the diff of these files.
//! `cargo xtask bless` rewrites them.

use std::path::{Path, PathBuf};

use portcullis_tests::corpus::capture;

use crate::tools::{baseline, portcullis, question, scratch};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/golden").join(name)
}

/// Compares with a golden file, or rewrites it.
fn check(path: &Path, actual: &str) {
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(expected == actual, "{} differs; got:\n{actual}", path.display());
}

#[test]
fn assessments_as_text() {
    let folder = scratch("golden-assess");
    for (name, level, more) in [
        ("a-sb-on-ms", "boot_chain", &[][..]),
        ("a-sb-on-ms", "secure_boot", &[]),
        ("b3-sb-disabled-by-user", "boot_chain", &[]),
        ("c1-cmdline", "strict", &["--pcrs", "0-9,11-14"]),
        ("c3-unsigned-app-denied-sb-on", "strict", &[]),
        ("d1-dbx-added", "boot_chain", &[]),
    ] {
        let baseline = baseline(&folder, level, more);
        for (lang, extension) in [("en", "txt"), ("ja", "ja.txt")] {
            let mut arguments = vec!["assess".to_owned(), "--lang".into(), lang.into()];
            arguments.extend(question(&capture(name), &baseline));
            let outcome = portcullis(&arguments);
            check(&golden(&format!("{name}.{level}.{extension}")), &outcome.stdout);
        }
    }
}

#[test]
fn explanations_as_text() {
    for lang in ["en", "ja"] {
        for what in ["DBX-ENTRIES-ADDED", "AK-NOT-BOUND", "EK-CHAIN-UNTRUSTED"] {
            let outcome = portcullis(["explain", what, "--lang", lang]);
            check(&golden(&format!("{what}.{lang}.txt")), &outcome.stdout);
        }
        let bundle = capture("dbx-added.bundle.json");
        let outcome = portcullis(["explain", bundle.to_str().unwrap(), "--lang", lang]);
        check(&golden(&format!("dbx-added.bundle.{lang}.txt")), &outcome.stdout);
    }
}

#[test]
fn a_log_as_text() {
    let log = capture("d3-own-keys-uki").join("eventlog.bin");
    let outcome = portcullis(["inspect", log.to_str().unwrap()]);
    let log_path = log.to_str().unwrap();
    check(
        &golden("d3-own-keys-uki.inspect.txt"),
        &outcome.stdout.replace(log_path, "eventlog.bin"),
    );
}

/// The bundle that the README appraises is what the program makes of the capture.
#[test]
fn the_bundle_of_the_readme_is_that_of_its_capture() {
    let folder = scratch("golden-bundle");
    let baseline = baseline(&folder, "boot_chain", &[]);
    for (bundle, name) in [("reboot", "e1-reboot"), ("dbx-added", "d1-dbx-added")] {
        let made = folder.join(format!("{bundle}.bundle.json"));
        let record = capture("a-sb-on-ms").join("ak-rsa.name");
        let mut arguments = vec!["bundle".to_owned(), "--name".into(), bundle.into()];
        arguments.extend(question(&capture(name), &baseline));
        arguments.extend(["-o", made.to_str().unwrap(), "--ak-record"].map(str::to_owned));
        arguments.push(record.to_str().unwrap().to_owned());
        assert_eq!(portcullis(&arguments).code, 0);
        let text = std::fs::read_to_string(&made).unwrap();
        check(&capture(&format!("{bundle}.bundle.json")), &text);
    }
}
