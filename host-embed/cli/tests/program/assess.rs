//! Assessments of recorded boots against the baseline of one of them.

use std::collections::BTreeSet;

use portcullis_tests::corpus::{capture, read_json};

use crate::tools::{assess, baseline, codes, scratch};

const LEVELS: [&str; 3] = ["secure_boot", "boot_chain", "strict"];

/// Headlines by level: `secure_boot`, `boot_chain`, `strict`. An empty one would pass.
const BOOTS: &[(&str, [&str; 3])] = &[
    ("a-sb-on-ms", ["", "", ""]),
    ("e1-reboot", ["", "", ""]),
    ("e2-reboot", ["", "", ""]),
    ("e3-power-pulled", ["", "", ""]),
    ("e4-after-power-pulled", ["", "", ""]),
    ("d1-dbx-added", ["DBX-ENTRIES-ADDED"; 3]),
    ("b1-sb-off-setup-mode", ["SECURE-BOOT-OFF"; 3]),
    ("b2-sb-off-plain-firmware", ["SECURE-BOOT-OFF"; 3]),
    ("b3-sb-disabled-by-user", ["SECURE-BOOT-OFF"; 3]),
    ("b4-sb-off-grub-linux-no-log", ["LOG-MISSING"; 3]),
    ("b5-sb-off-second-boot", ["SECURE-BOOT-OFF"; 3]),
    // The command line is in PCR 8 and 9, which `strict` leaves out by default.
    ("c1-cmdline", ["", "", ""]),
    // The firmware refused the unsigned option; the images that ran are the baseline's.
    ("c3-unsigned-app-denied-sb-on", ["", "", "BOOT-ACTION-CHANGED"]),
    ("c4-option-rom-sb-off", ["SECURE-BOOT-OFF"; 3]),
    ("c6-direct-kernel-sb-off", ["SECURE-BOOT-OFF"; 3]),
    ("c7-ima-policy-tcb", ["", "", ""]),
    ("c8-ima-own-policy", ["SECURE-BOOT-OFF"; 3]),
    ("d3-own-keys-uki", ["SECURE-BOOT-VARIABLE-CHANGED"; 3]),
    ("d5-uki-sb-off", ["SECURE-BOOT-OFF"; 3]),
    // Another TPM with other banks, but the same measurements.
    ("i1-ecc-ek-crb-sha256", ["", "", ""]),
    ("j1-four-banks", ["", "", ""]),
    ("k1-fallback-then-installed", ["", "", "BOOT-VARIABLE-CHANGED"]),
];

#[test]
fn every_recorded_boot_is_judged_by_its_true_cause_at_every_level() {
    let folder = scratch("levels");
    for (level_index, level) in LEVELS.into_iter().enumerate() {
        let baseline = baseline(&folder, level, &[]);
        for (name, headlines) in BOOTS {
            let headline = headlines[level_index];
            let (code, document) = assess(&capture(name), &baseline, &[]);
            let context = format!("{name} at {level}: {document}");
            match headline {
                "" => {
                    assert_eq!(code, 4, "{context}");
                    assert_eq!(document["outcome"], "WouldPass", "{context}");
                    assert_eq!(document["headline"], "ALL-CHECKS-HOLD", "{context}");
                    assert_eq!(codes(&document, "failure"), [""; 0], "{context}");
                }
                _ => {
                    assert_eq!(code, 5, "{context}");
                    assert_eq!(document["outcome"], "WouldFail", "{context}");
                    assert_eq!(document["headline"], headline, "{context}");
                    assert!(codes(&document, "failure").contains(&headline), "{context}");
                }
            }
            let assurance =
                if *name == "b4-sb-off-grub-linux-no-log" { "self_consistent" } else { "quoted" };
            assert_eq!(document["assurance"], assurance, "{context}");
        }
    }
}

#[test]
fn every_capture_with_a_quote_in_the_required_bank_is_judged() {
    let judged: BTreeSet<&str> = BOOTS.iter().map(|(name, _)| *name).collect();
    let other_banks = ["f1-sha1-only-tpm2", "f2-tpm12-ovmf", "f4-seabios-tpm12"];
    for entry in std::fs::read_dir(capture("")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_boot = entry.path().join("expected-pcrs.json").exists();
        assert!(
            !is_boot || judged.contains(name.as_str()) || other_banks.contains(&name.as_str()),
            "{name} is judged by no test"
        );
    }
}

#[test]
fn a_changed_command_line_is_the_headline_where_its_registers_are_demanded() {
    let folder = scratch("command-line");
    let baseline = baseline(&folder, "strict", &["--pcrs", "0-9,11-14"]);
    let (code, document) = assess(&capture("c1-cmdline"), &baseline, &[]);
    assert_eq!((code, &document["headline"]), (5, &"KERNEL-COMMAND-LINE-CHANGED".into()));
    let finding = &document["findings"][0];
    assert!(finding["found"].as_str().unwrap().contains("corpus.note=changed"), "{finding}");
    assert!(!finding["expected"].as_str().unwrap().contains("corpus.note"), "{finding}");
    assert_eq!(finding["because"][0]["artefact"], "event_log", "{finding}");
    let (code, _) = assess(&capture("e1-reboot"), &baseline, &[]);
    assert_eq!(code, 4);
}

#[test]
fn a_refused_boot_option_names_its_event_under_a_strict_baseline() {
    let folder = scratch("refused-option");
    let baseline = baseline(&folder, "strict", &[]);
    let (_, document) = assess(&capture("c3-unsigned-app-denied-sb-on"), &baseline, &[]);
    let finding = &document["findings"][0];
    assert_eq!(finding["subject"], "event 25 (pcr 4)", "{finding}");
    assert!(finding["found"].as_str().unwrap().contains("Returning from EFI Application"));
    assert_eq!(finding["because"][0]["event"], 25, "{finding}");
}

#[test]
fn a_strict_baseline_of_all_registers_names_exactly_those_that_differ() {
    let folder = scratch("differing-registers");
    // PCR 10 belongs to the kernel's own list, which is in no event log.
    let baseline = baseline(&folder, "strict", &["--pcrs", "0-9,11-14"]);
    let recorded = read_json(&capture("pcr-diff-vs-a.json"));
    for (name, differing) in recorded.as_object().unwrap() {
        // No log, or no bank that the baseline is in: nothing to compare.
        if !capture(name).join("quote-rsa-sel.attest").exists()
            || name.starts_with("b4")
            || name.starts_with('f')
        {
            continue;
        }
        let (_, document) = assess(&capture(name), &baseline, &[]);
        let mut found: Vec<u64> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["code"] == "PCR-DIFFERS-FROM-BASELINE")
            .map(|finding| {
                let subject = finding["subject"].as_str().unwrap();
                subject.trim_start_matches("pcr ").split(' ').next().unwrap().parse().unwrap()
            })
            .collect();
        found.sort_unstable();
        let expected = differing.as_array().unwrap().iter().map(|pcr| pcr.as_u64().unwrap());
        assert_eq!(found, expected.filter(|pcr| *pcr != 10).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_bank_that_the_log_lacks_fails_instead_of_being_skipped() {
    let folder = scratch("other-bank");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let (code, document) = assess(&capture("f1-sha1-only-tpm2"), &baseline, &[]);
    assert_eq!(code, 5, "{document}");
    assert!(codes(&document, "failure").contains(&"LOG-BANK-MISSING"), "{document}");
    assert!(codes(&document, "failure").contains(&"QUOTE-PCR-NOT-SELECTED"), "{document}");
}

#[test]
fn without_a_baseline_nothing_would_pass() {
    let evidence = capture("a-sb-on-ms");
    let outcome = crate::tools::portcullis(
        ["assess", "--json", "--profile", "linux", "--evidence"]
            .into_iter()
            .chain([evidence.to_str().unwrap()]),
    );
    assert_eq!(outcome.code, 5);
    assert_eq!(outcome.json()["headline"], "BASELINE-MISSING");
}

#[test]
fn windows_policies_fail_a_host_that_measures_nothing_for_them() {
    let folder = scratch("hyper-v");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let arguments = ["assess", "--json", "--baseline", baseline.to_str().unwrap(), "--evidence"];
    let evidence = capture("a-sb-on-ms");
    let outcome =
        crate::tools::portcullis(arguments.into_iter().chain([evidence.to_str().unwrap()]));
    assert_eq!(outcome.code, 5);
    let document = outcome.json();
    assert_eq!(document["profile"], "hyper-v");
    let satisfied = |policy: &serde_json::Value| policy["outcome"] == "satisfied";
    let policies = document["policies"].as_array().unwrap();
    assert_eq!(policies.iter().filter(|policy| satisfied(policy)).count(), 2, "{document}");
}
