//! The contract of the commands: documents, exit codes, messages, files.

use portcullis_tests::corpus::{capture, read_json};
use serde_json::Value;

use crate::tools::{assess, baseline, portcullis, scratch};

fn inspect(paths: &[&str]) -> Vec<Value> {
    let arguments = ["inspect", "--json"].iter().chain(paths);
    let outcome = portcullis(arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn inspect_recognises_files_by_their_content() {
    let folder = scratch("kinds");
    let unknown = folder.join("unknown.bin");
    std::fs::write(&unknown, b"neither fish nor fowl").unwrap();
    let in_a = |name: &str| capture("a-sb-on-ms").join(name).to_str().unwrap().to_owned();
    let cases = [
        (in_a("eventlog.bin"), "event_log"),
        (in_a("nv-01c00002.bin"), "ek_certificate"),
        (capture("ca/root-ca.pem").to_str().unwrap().to_owned(), "ek_certificate"),
        (in_a("ek-rsa.pub"), "public_key"),
        (in_a("ak-ecc.pem"), "public_key"),
        (in_a("quote-rsa-sel.attest"), "quote"),
        (unknown.to_str().unwrap().to_owned(), "unknown"),
    ];
    let paths: Vec<&str> = cases.iter().map(|(path, _)| path.as_str()).collect();
    let documents = inspect(&paths);
    assert_eq!(documents.len(), cases.len(), "one object per file, one per line");
    for ((path, kind), document) in cases.iter().zip(&documents) {
        assert_eq!(document["kind"], *kind, "{path}: {document}");
        assert_eq!(document["file"], *path);
    }
}

#[test]
fn inspect_of_a_log_lists_events_and_registers() {
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    let document = inspect(&[log.to_str().unwrap()]).remove(0);
    let recorded = read_json(&capture("a-sb-on-ms/expected-pcrs.json"));
    for bank in ["sha1", "sha256", "sha384"] {
        for (pcr, value) in document["replay"][bank].as_object().unwrap() {
            assert_eq!(value, &recorded["pcrs"][bank][pcr], "{bank} {pcr}");
        }
        assert_eq!(document["replay"][bank].as_object().unwrap().len(), 11, "{bank}");
    }
    let events = document["events"].as_array().unwrap();
    assert_eq!(events.len(), 48);
    let event = &events[4];
    assert_eq!(event["index"], 4);
    assert_eq!(event["pcr"], 7);
    assert_eq!(event["type"], 0x8000_0001_u32);
    assert_eq!(event["type_name"], "EV_EFI_VARIABLE_DRIVER_CONFIG");
    assert_eq!((&event["offset"], &event["size"]), (&473.into(), &175.into()));
    assert_eq!(event["digests"].as_object().unwrap().len(), 3);
    assert!(document["findings"].as_array().unwrap().is_empty());
}

#[test]
fn inspect_shows_what_came_before_a_break_and_where_it_is() {
    let log = capture("g-tampered/logs/t09-truncated-mid-event.bin");
    let document = inspect(&[log.to_str().unwrap()]).remove(0);
    assert_eq!(document["kind"], "event_log");
    assert_eq!(document["events"].as_array().unwrap().len(), 47);
    let finding = &document["findings"][0];
    assert_eq!(finding["code"], "LOG-UNREADABLE", "{document}");
    assert!(finding["offset"].as_u64().unwrap() > 16_950, "{finding}");
}

#[test]
fn inspect_recognises_a_bundle() {
    let folder = scratch("inspect-bundle");
    let baseline = baseline(&folder, "secure_boot", &[]);
    let path = folder.join("a.bundle.json");
    let evidence = capture("a-sb-on-ms");
    let outcome = portcullis([
        "bundle",
        "--evidence",
        evidence.to_str().unwrap(),
        "--baseline",
        baseline.to_str().unwrap(),
        "-o",
        path.to_str().unwrap(),
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(inspect(&[path.to_str().unwrap()])[0]["kind"], "bundle");
}

#[test]
fn a_missing_file_is_named_and_exits_with_2() {
    for arguments in [
        vec!["inspect", "no-such-file.tcglog"],
        vec!["appraise", "no-such-file.json"],
        vec!["diff", "no-such-file.a", "no-such-file.b"],
        vec!["assess", "--evidence", "no-such-file-folder"],
        vec!["baseline", "derive", "no-such-file.tcglog", "-o", "never-written.json"],
    ] {
        let outcome = portcullis(&arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("no-such-file"), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn unusable_arguments_exit_with_2_and_say_what_to_do() {
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    let folder = log.parent().unwrap().to_str().unwrap().to_owned();
    let log = log.to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["baseline", "derive", log, "--pcrs", "0-7", "-o", "x"], "--level strict"),
        (&["baseline", "derive", log, "--level", "strict", "--pcrs", "7-30", "-o", "x"], "0 to 23"),
        (&["baseline", "derive", log, "--bank", "md5", "-o", "x"], "sha256"),
        (&["explain", "NO-SUCH-CODE"], "PCR-REPLAY-MISMATCH"),
        (&["appraise", log], "portcullis bundle"),
        (&["frobnicate"], "frobnicate"),
        (&["assess", "--evidence", &folder, "--nonce", "xyz"], "hexadecimal"),
    ];
    for (arguments, remedy) in cases {
        let outcome = portcullis(*arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(remedy), "{arguments:?}: {}", outcome.stderr);
    }
}

/// The limit of the log is the caller's to choose; that of a request is fixed.
#[test]
fn oversized_input_is_refused_with_the_limit_that_it_breaks() {
    let folder = scratch("oversized");
    let baseline = baseline(&folder, "secure_boot", &[]);
    let evidence = capture("a-sb-on-ms");
    let (code, document) = assess(&evidence, &baseline, &["--log-size-max", "17111"]);
    assert_eq!((code, &document["headline"]), (5, &"LOG-UNREADABLE".into()));
    let found = document["findings"][0]["found"].as_str().unwrap();
    assert_eq!(found, "`eventLog` at byte 0: 17112 is over the limit of 17111");
    let (code, _) = assess(&evidence, &baseline, &["--log-size-max", "17112"]);
    assert_eq!(code, 4);

    let bundle = folder.join("huge.bundle.json");
    std::fs::write(&bundle, vec![b' '; (16 << 20) + 1]).unwrap();
    let outcome = portcullis(["appraise", bundle.to_str().unwrap()]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("over the limit of 16777216"), "{}", outcome.stderr);
}

#[test]
fn diff_tells_what_was_measured_in_one_log_only() {
    let log = |name: &str| capture(name).join("eventlog.bin").to_str().unwrap().to_owned();
    let same = portcullis(["diff", &log("a-sb-on-ms"), &log("e1-reboot"), "--json"]);
    assert_eq!((same.code, &same.json()["equal"]), (0, &true.into()));
    let other = portcullis(["diff", &log("a-sb-on-ms"), &log("c1-cmdline"), "--json"]);
    assert_eq!(other.code, 1);
    let document = other.json();
    let pcrs: Vec<&Value> =
        document["pcrs"].as_array().unwrap().iter().map(|pcr| &pcr["pcr"]).collect();
    assert_eq!(pcrs, [8, 9]);
    assert!(document["pcrs"][0]["added"].to_string().contains("corpus.note=changed"));
}

#[test]
fn a_failed_write_leaves_the_old_file_untouched() {
    let folder = scratch("writes");
    let target = folder.join("baseline.json");
    std::fs::create_dir(&target).unwrap();
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    let outcome =
        portcullis(["baseline", "derive", log.to_str().unwrap(), "-o", target.to_str().unwrap()]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(target.is_dir());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "a part file was left behind");
}

#[test]
fn every_command_has_help_with_examples() {
    for command in [
        &["inspect"][..],
        &["diff"],
        &["baseline", "derive"],
        &["assess"],
        &["bundle"],
        &["appraise"],
        &["explain"],
        &["host", "add"],
        &["host", "capture"],
        &["host", "list"],
        &["host", "show"],
        &["host", "rename"],
        &["host", "remove"],
        &["host", "rebind"],
        &["host", "doctor"],
        &["trust", "add"],
        &["trust", "list"],
        &["trust", "show"],
        &["trust", "remove"],
        &["trust", "check"],
        &["baseline", "capture"],
        &["baseline", "add"],
        &["baseline", "diff"],
        &["baseline", "accept-delta"],
        &["baseline", "drop-delta"],
        &["baseline", "remove"],
        &["ci-policy", "add"],
        &["ci-policy", "remove"],
        &["dump-key", "add"],
        &["dump-key", "remove"],
        &["policy", "list"],
        &["policy", "enable"],
        &["policy", "disable"],
        &["mode"],
        &["server", "version"],
        &["server", "retention"],
        &["state", "export"],
        &["state", "import"],
        &["audit", "log"],
        &["audit", "verify"],
    ] {
        let outcome = portcullis(command.iter().chain(&["--help"]));
        assert_eq!(outcome.code, 0);
        assert!(outcome.stdout.contains("Example"), "{command:?}");
    }
}

#[test]
fn explain_knows_every_code_that_results_use() {
    for code in portcullis_api::explain::codes() {
        let outcome = portcullis(["explain", code]);
        assert_eq!(outcome.code, 0, "{code}");
        assert!(outcome.stdout.starts_with(code), "{code}");
    }
}
