//! Bundles: only evidence whose AK is proven to live beside the EK can pass.

use std::path::{Path, PathBuf};

use portcullis_tests::corpus::capture;
use serde_json::Value;

use crate::tools::{Outcome, baseline, codes, portcullis, question, scratch};

fn bundle(folder: &Path, evidence: &Path, more: &[&str]) -> PathBuf {
    let baseline = baseline(folder, "boot_chain", &[]);
    let path = folder.join("host.bundle.json");
    let mut arguments = vec!["bundle".to_owned()];
    arguments.extend(question(evidence, &baseline));
    arguments.extend(["-o".to_owned(), path.to_str().unwrap().to_owned()]);
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    let outcome = portcullis(&arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    path
}

fn appraise(bundle: &Path) -> (i32, Value) {
    let outcome: Outcome = portcullis(["appraise", "--json", bundle.to_str().unwrap()]);
    (outcome.code, outcome.json())
}

#[test]
fn a_recorded_activation_proves_the_ak() {
    for name in ["a-sb-on-ms", "e1-reboot", "i1-ecc-ek-crb-sha256", "j1-four-banks"] {
        let folder = scratch(&format!("activation-{name}"));
        let (code, document) = appraise(&bundle(&folder, &capture(name), &[]));
        assert_eq!((code, &document["status"]), (0, &"Passed".into()), "{name}: {document}");
        assert_eq!(document["ak_binding"], "activation", "{name}");
        assert_eq!(document["hardware"], "endorsed", "{name}");
    }
}

#[test]
fn a_stored_name_proves_the_ak_of_a_reboot() {
    let record = capture("a-sb-on-ms").join("ak-rsa.name");
    for name in ["e2-reboot", "e3-power-pulled", "e4-after-power-pulled"] {
        let folder = scratch(&format!("stored-{name}"));
        let options = ["--ak-record", record.to_str().unwrap()];
        let (code, document) = appraise(&bundle(&folder, &capture(name), &options));
        assert_eq!((code, &document["status"]), (0, &"Passed".into()), "{name}: {document}");
        assert_eq!(document["ak_binding"], "stored_name", "{name}");
    }
}

#[test]
fn an_ak_that_is_merely_named_never_passes() {
    for name in ["e2-reboot", "e3-power-pulled", "e4-after-power-pulled"] {
        let folder = scratch(&format!("named-{name}"));
        let (code, document) = appraise(&bundle(&folder, &capture(name), &[]));
        assert_eq!(code, 1, "{name}: {document}");
        assert_eq!(document["headline"], "AK-NOT-BOUND", "{name}: {document}");
        assert_ne!(document["status"], "Passed", "{name}");
    }
}

#[test]
fn the_name_of_another_ak_is_no_proof() {
    let folder = scratch("other-name");
    let record = capture("a-sb-on-ms").join("ak-ecc.name");
    let options = ["--ak-record", record.to_str().unwrap()];
    let (code, document) = appraise(&bundle(&folder, &capture("e2-reboot"), &options));
    assert_eq!((code, &document["headline"]), (1, &"AK-NAME-MISMATCH".into()), "{document}");
}

#[test]
fn boots_that_must_fail_fail_as_bundles_too() {
    let record = capture("a-sb-on-ms").join("ak-rsa.name");
    let cases = [
        ("d1-dbx-added", "DBX-ENTRIES-ADDED"),
        ("b1-sb-off-setup-mode", "SECURE-BOOT-OFF"),
        ("b3-sb-disabled-by-user", "SECURE-BOOT-OFF"),
    ];
    for (name, headline) in cases {
        let folder = scratch(&format!("fail-{name}"));
        let options = ["--ak-record", record.to_str().unwrap()];
        let (code, document) = appraise(&bundle(&folder, &capture(name), &options));
        assert_eq!((code, &document["headline"]), (1, &headline.into()), "{name}: {document}");
        assert_eq!(document["status"], "InsecureHostConfiguration", "{name}");
    }
}

/// Every family of keys that a full capture has: P-256 with its certificate, P-384, RSA-PSS.
#[test]
fn every_kind_of_key_can_pass() {
    for (key, capture_name) in [
        ("rsa", "i1-ecc-ek-crb-sha256"),
        ("ecc", "i1-ecc-ek-crb-sha256"),
        ("ecc384", "i1-ecc-ek-crb-sha256"),
        ("ecc384", "a-sb-on-ms"),
    ] {
        let folder = scratch(&format!("key-{key}-{capture_name}"));
        let (code, document) = appraise(&bundle(&folder, &capture(capture_name), &["--key", key]));
        assert_eq!((code, &document["status"]), (0, &"Passed".into()), "{key}: {document}");
    }
}

#[test]
fn changing_one_thing_in_a_bundle_takes_the_pass_away() {
    let folder = scratch("changed-bundle");
    let path = bundle(&folder, &capture("e1-reboot"), &[]);
    let passing: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 9] = [
        ("NONCE-MISMATCH", |bundle| bundle["request"]["nonce"] = "AAAA".into()),
        ("NONCE-NOT-CHECKED", |bundle| {
            bundle["request"].as_object_mut().unwrap().remove("nonce");
        }),
        ("EK-NOT-REGISTERED", |bundle| {
            bundle.as_object_mut().unwrap().remove("host");
        }),
        ("EK-NOT-REGISTERED", |bundle| {
            bundle["host"]["registrations"][0]["policy_version"] = "v1".into();
        }),
        ("EK-CHAIN-UNTRUSTED", |bundle| bundle["policy_set"]["trust"] = Value::Array(vec![])),
        ("AK-ACTIVATION-MISMATCH", |bundle| {
            bundle["request"]["credential"]["secret"] = "AAAA".into();
        }),
        ("QUOTE-MISSING", |bundle| {
            bundle["request"]["evidence"]["quotes"] = Value::Array(vec![]);
        }),
        ("LOG-MISSING", |bundle| {
            bundle["request"]["evidence"].as_object_mut().unwrap().remove("event_log");
        }),
        ("BASELINE-MISSING", |bundle| bundle["policy_set"]["baselines"] = Value::Array(vec![])),
    ];
    for (code, change) in cases {
        let mut changed = passing.clone();
        change(&mut changed);
        let path = folder.join("changed.bundle.json");
        std::fs::write(&path, changed.to_string()).unwrap();
        let (exit, document) = appraise(&path);
        assert_eq!(exit, 1, "{code}: {document}");
        assert!(codes(&document, "failure").contains(&code), "{code}: {document}");
    }
}

#[test]
fn a_reset_counter_that_goes_back_is_refused() {
    let folder = scratch("clock");
    let path = bundle(&folder, &capture("e1-reboot"), &[]);
    let mut bundle: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    bundle["host"]["reset_count"] = 4_000_000.into();
    std::fs::write(&path, bundle.to_string()).unwrap();
    let (code, document) = appraise(&path);
    assert_eq!((code, &document["headline"]), (1, &"CLOCK-WENT-BACK".into()), "{document}");
}
