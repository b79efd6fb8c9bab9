//! `portcullis explain`: results, bundles and codes, in two languages, as text and as JSON.

use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_tests::corpus::capture;
use serde_json::Value;

use crate::tools::{baseline, portcullis, question, scratch};

fn bundle(name: &str) -> PathBuf {
    capture(&format!("{name}.bundle.json"))
}

fn explain(arguments: &[&str]) -> String {
    let outcome = portcullis(["explain"].iter().chain(arguments));
    assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

/// Stores what a command prints as JSON.
fn store(folder: &Path, arguments: &[&str]) -> PathBuf {
    let path = folder.join("stored.json");
    let outcome = portcullis(arguments.iter().chain(&["--json"]));
    std::fs::write(&path, outcome.stdout).unwrap();
    path
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

#[test]
fn a_stored_result_is_explained_in_the_language_that_is_asked_for_later() {
    let folder = scratch("explain-stored");
    let bundle = bundle("dbx-added");
    let stored = store(&folder, &["appraise", bundle.to_str().unwrap()]);
    for lang in ["en", "ja"] {
        let now = portcullis(["appraise", bundle.to_str().unwrap(), "--lang", lang]).stdout;
        let later = explain(&[stored.to_str().unwrap(), "--lang", lang]);
        assert_eq!(now, later, "{lang}");
        assert_eq!(is_japanese(&later), lang == "ja");
    }
}

#[test]
fn a_stored_assessment_is_explained_too() {
    let folder = scratch("explain-assessment");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let mut arguments = vec!["assess".to_owned()];
    arguments.extend(question(&capture("d1-dbx-added"), &baseline));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let stored = store(&folder, &arguments);
    let document: Value =
        serde_json::from_str(&explain(&[stored.to_str().unwrap(), "--json"])).unwrap();
    assert_eq!(document["about"], "assessment");
    assert_eq!(document["status"], "InsecureHostConfiguration");
    assert_eq!(document["sub_status"], "SecureBootSettings");
}

/// Both languages have the same facts in the same places.
#[test]
fn an_explanation_as_json_differs_between_languages_in_its_texts_alone() {
    let bundle = bundle("dbx-added");
    let [english, japanese] = ["en", "ja"].map(|lang| -> Value {
        let json = explain(&[bundle.to_str().unwrap(), "--lang", lang, "--json"]);
        serde_json::from_str(&json).unwrap()
    });
    assert_eq!(english["schema"], "portcullis.explanation/1");
    assert_eq!((&english["lang"], &japanese["lang"]), (&"en".into(), &"ja".into()));
    for field in ["about", "headline", "status", "sub_status", "profile"] {
        assert_eq!(english[field], japanese[field], "{field}");
    }
    let finding = &english["findings"][0];
    for field in ["code", "tier", "difference", "places", "rule", "status"] {
        assert_eq!(*finding.get(field).unwrap(), japanese["findings"][0][field], "{field}");
    }
    for field in ["subject", "meaning", "expected", "found", "consequence", "remedy"] {
        assert!(is_japanese(japanese["findings"][0][field].as_str().unwrap()), "{field}");
        assert!(finding[field].as_str().unwrap().is_ascii(), "{field}");
    }
    assert_eq!(finding["places"][0]["pcr"], 7);
    assert_eq!(finding["difference"]["added_count"], 1);
    assert_eq!(english["smallest_change"]["changes"][0]["action"], "register_baseline");
}

#[test]
fn a_code_is_explained_as_text_and_as_json() {
    let document: Value = serde_json::from_str(&explain(&["dbx-entries-added", "--json"])).unwrap();
    assert_eq!(document["about"], "code");
    assert_eq!(document["findings"][0]["code"], "DBX-ENTRIES-ADDED");
    assert_eq!(document["findings"][0]["status"], "InsecureHostConfiguration / SecureBootSettings");
    let text = explain(&["DBX-ENTRIES-ADDED", "--lang", "ja"]);
    assert!(text.starts_with("DBX-ENTRIES-ADDED: ") && is_japanese(&text), "{text}");
}

#[test]
fn the_environment_chooses_the_language_and_an_option_overrules_it() {
    let ask = |variable: &str, options: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["explain", "LOG-MISSING"])
            .args(options)
            .env("PORTCULLIS_LANG", variable)
            .output()
            .unwrap();
        (output.status.code(), is_japanese(&String::from_utf8(output.stdout).unwrap()))
    };
    assert_eq!(ask("ja", &[]), (Some(0), true));
    assert_eq!(ask("ja", &["--lang", "en"]), (Some(0), false));
    assert_eq!(ask("", &[]), (Some(0), false));
    assert_eq!(ask("tlh", &[]), (Some(2), false));
}

/// What a later version says is shown as it says it; what nobody says is refused.
#[test]
fn a_result_of_a_later_version_is_explained_by_its_own_words() {
    let folder = scratch("explain-later");
    let stored = store(&folder, &["appraise", bundle("dbx-added").to_str().unwrap()]);
    let mut result: Value = serde_json::from_slice(&std::fs::read(&stored).unwrap()).unwrap();
    result["headline"] = "QUANTUM-FLUX".into();
    let finding = &mut result["findings"][0];
    finding["code"] = "QUANTUM-FLUX".into();
    finding["text"] = "the flux \u{1b}[2J is off".into();
    finding["remedy"] = "wait".into();
    std::fs::write(&stored, result.to_string()).unwrap();
    let text = explain(&[stored.to_str().unwrap()]);
    assert!(text.starts_with("did not pass: the flux \\u{1b}[2J is off\n"), "{text}");
    assert!(text.contains("QUANTUM-FLUX") && text.contains("wait"), "{text}");

    result["schema"] = "portcullis.result/2".into();
    std::fs::write(&stored, result.to_string()).unwrap();
    let outcome = portcullis(["explain", stored.to_str().unwrap()]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("portcullis.result/2"), "{}", outcome.stderr);
}

#[test]
fn a_warning_about_a_policy_is_explained_with_what_speaks_for_it() {
    let text = explain(&["ci-audit-mode"]);
    assert!(text.starts_with("CI-AUDIT-MODE: the policy only logs"), "{text}");
    assert!(text.contains("documented") && text.contains("decides nothing about a host"), "{text}");
    assert!(is_japanese(&explain(&["CI-AUDIT-MODE", "--lang", "ja"])));
    let document: Value = serde_json::from_str(&explain(&["CI-ORDER-TIED", "--json"])).unwrap();
    assert_eq!(
        (&document["about"], &document["headline"]),
        (&"code".into(), &"CI-ORDER-TIED".into())
    );
    assert_eq!(document["status"], "", "no host is told anything");
    let outcome = portcullis(["explain", "CI-NOTHING"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("CI-AUDIT-MODE"), "{}", outcome.stderr);
}
