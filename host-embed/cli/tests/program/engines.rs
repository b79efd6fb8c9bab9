//! One verdict everywhere: the program says the same in the sandbox and natively.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_api::call::{Operation, call};
use portcullis_host::{Build, Limits, Sandbox};
use portcullis_tests::corpus::{capture, read};

use crate::tools::{baseline, portcullis, question, scratch};

/// Folders of captures that hold a quote.
fn quoted_captures() -> Vec<PathBuf> {
    let folders = fs::read_dir(capture("")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        folders.filter(|folder| folder.join("quote-rsa-sel.attest").is_file()).collect();
    found.sort();
    found
}

fn bundle(folder: &Path, evidence: &Path) -> Option<PathBuf> {
    let baseline = baseline(folder, "boot_chain", &[]);
    let path = folder.join("host.bundle.json");
    let mut arguments = vec!["bundle".to_owned()];
    arguments.extend(question(evidence, &baseline));
    arguments.extend(["-o".to_owned(), path.to_str().unwrap().to_owned()]);
    (portcullis(&arguments).code == 0).then_some(path)
}

#[test]
fn every_capture_is_judged_alike_by_native_code_and_in_the_sandbox() {
    let folder = scratch("engines-captures");
    let sandbox = Sandbox::new(Limits::interactive()).unwrap();
    let mut judged = 0;
    for evidence in quoted_captures() {
        let Some(bundle) = bundle(&folder, &evidence) else { continue };
        let bundle = read(&bundle);
        for operation in [Operation::Appraise, Operation::Assess] {
            let about = format!("{}: {operation:?}", evidence.display());
            let sandboxed = sandbox.call(operation, &bundle);
            let sandboxed = sandboxed.unwrap_or_else(|error| panic!("{about}: {error}"));
            assert!(call(operation, &bundle).unwrap() == sandboxed, "{about} differs");
        }
        judged += 1;
    }
    assert!(judged >= 10, "only {judged} captures");
}

#[test]
fn every_command_that_touches_evidence_says_the_same_in_both_engines() {
    let folder = scratch("engines-commands");
    let evidence = capture("a-sb-on-ms");
    let bundle = bundle(&folder, &evidence).unwrap();
    let log = evidence.join("eventlog.bin");
    let other = capture("d1-dbx-added").join("eventlog.bin");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let derived = path(&folder.join("derived.json"));
    let mut assess = vec!["assess".to_owned()];
    assess.extend(question(&evidence, &folder.join("boot_chain.json")));
    let commands = [
        vec!["inspect".into(), path(&log), path(&evidence.join("ek-rsa.pub"))],
        vec!["diff".into(), path(&log), path(&other)],
        vec!["diff".into(), path(&log), path(&bundle)],
        vec!["baseline".into(), "derive".into(), path(&log), "-o".into(), derived],
        assess,
        vec!["appraise".into(), path(&bundle)],
        vec!["appraise".into(), path(&log)],
        vec!["explain".into(), path(&bundle)],
        vec!["explain".into(), path(&bundle), "--lang".into(), "ja".into()],
        vec!["explain".into(), path(&log)],
        vec!["ci-policy".into(), "show".into(), path(&log)],
        vec!["ci-policy".into(), "match".into(), path(&log), "--log".into(), path(&log)],
    ];
    for command in commands {
        let with = |more: &[&str]| {
            let more = more.iter().map(|argument| (*argument).to_owned());
            let outcome = portcullis(command.iter().cloned().chain(more));
            (outcome.code, outcome.stdout, outcome.stderr)
        };
        assert_eq!(with(&["--engine", "wasm"]), with(&["--engine", "native"]), "{command:?}");
        let native = with(&["--engine", "native", "--json"]);
        assert_eq!(with(&["--json"]), native, "{command:?}");
    }
}

#[test]
fn the_version_names_the_guests() {
    let long = portcullis(["--version"]).stdout;
    for build in Build::ALL {
        assert!(long.contains(&format!("guest {}: sha256 {}", build.name(), build.sha256())));
    }
    assert_eq!(portcullis(["-V"]).stdout.lines().count(), 1);
}

#[test]
#[cfg(unix)]
fn a_machine_that_refuses_the_sandbox_its_memory_is_told_as_such() {
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let key = capture("a-sb-on-ms").join("ek-rsa.pub");
    let output = std::process::Command::new("bash")
        .args(["-c", script, "bash", env!("CARGO_BIN_EXE_portcullis"), "inspect"])
        .arg(key)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b""[..]), "{stderr}");
    assert!(stderr.contains("ulimit -f") && stderr.contains("no verdict"), "{stderr}");
}
