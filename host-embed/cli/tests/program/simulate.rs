//! `simulate`: what it writes is what `assess` reads, and what it refuses it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::policy_set::RegisteredBaselineDoc;
use portcullis_api::{BaselineDoc, PolicySetDoc};
use portcullis_tests::npm_simulated as npm;
use serde_json::Value;

use crate::tools::{Outcome, portcullis, scratch};

/// The certificates of simulated vendors are valid at this time.
const NOW: &str = "1788220800";

fn simulate(out: &Path, more: &[&str]) -> Outcome {
    let mut arguments = vec!["simulate", "host", "--out", out.to_str().unwrap()];
    arguments.extend(more);
    portcullis(&arguments)
}

/// A host with an elliptic curve EK, which is quickly made.
fn simulated(test: &str, more: &[&str]) -> PathBuf {
    let out = scratch(test).join("host");
    let outcome = simulate(&out, &[more, &["--set", "tpm.ek=p256"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    out
}

/// Assesses a host under the rules that were written with it.
fn assess(out: &Path, more: &[&str]) -> (i32, Value) {
    let path = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let (rules, now) = (path("policy-set.json"), NOW.to_owned());
    let mut arguments = vec!["assess".to_owned(), "--json".into(), "--policy-set".into(), rules];
    arguments.extend(["--now".into(), now]);
    if more.is_empty() {
        arguments.extend(["--evidence".into(), out.to_str().unwrap().into()]);
    }
    arguments.extend(more.iter().map(|argument| match argument.strip_prefix('@') {
        Some(name) => path(name),
        None => (*argument).to_owned(),
    }));
    let outcome = portcullis(&arguments);
    (outcome.code, outcome.json())
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

/// Two programs write the rules of a simulated host, because one of them must not link the engine.
#[test]
fn the_npm_package_makes_the_same_host_with_the_same_rules() {
    const SEED: u32 = 4;
    for preset in ["dell-r740-ws2022", "fails-ci-policy", "fails-dump-encryption-key"] {
        let out = simulated(
            &format!("simulate-npm-{preset}"),
            &["--preset", preset, "--seed", &SEED.to_string()],
        );
        let host = npm::simulate(&npm::doc::SimulateCallDoc {
            preset: preset.to_owned(),
            set: BTreeMap::from([("tpm.ek".to_owned(), "p256".to_owned())]),
            seed: SEED,
            now: NOW.to_owned(),
            rules_of_preset: false,
        })
        .unwrap();
        let mut rules = host.bundle.policy_set;
        let log = host.baseline_log.unwrap().0;
        let baseline = derive(&host.class, &[&log], "boot_chain", HashAlg::Sha256, 0).unwrap();
        rules.baselines = ["v2", "v1"].map(|version| registered(version, &baseline)).into();
        let file = std::fs::read(out.join("policy-set.json")).unwrap();
        assert_eq!(PolicySetDoc::parse(&file).unwrap(), rules, "{preset}");
        let evidence = host.bundle.request.evidence;
        let log = std::fs::read(out.join("eventlog.bin")).unwrap();
        assert_eq!(evidence.event_log.unwrap().0, log, "{preset}");
    }
}

fn registered(version: &str, baseline: &BaselineDoc) -> RegisteredBaselineDoc {
    serde_json::from_value(serde_json::json!({ "policy_version": version, "baseline": baseline }))
        .unwrap()
}

#[test]
fn a_healthy_host_would_pass_its_own_rules_in_both_versions() {
    for kind in ["rsa2048", "p256", "p384"] {
        let out = scratch(&format!("simulate-healthy-{kind}")).join("host");
        let kind = format!("tpm.ek={kind}");
        let preset = ["--preset", "dell-r740-ws2022", "--seed", "7", "--set", &kind];
        assert_eq!(simulate(&out, &preset).code, 0);
        let (code, document) = assess(&out, &[]);
        assert_eq!((code, &document["assurance"]), (4, &"quoted".into()), "{document}");
        assert_eq!(document["hardware"], "endorsed", "{kind}");
        assert_eq!(document["ak_binding"], "activation", "{kind}");
        let tracks = document["tracks"].as_array().unwrap();
        assert!(tracks.iter().all(|track| track["outcome"] == "holds"), "{kind}: {tracks:?}");
        // What an administrator captures does as well, without anything of the TPM.
        let captured = ["--identifier", "@identifier.xml", "--log", "@host.tcglog"];
        let (code, document) = assess(&out, &captured);
        assert_eq!((code, &document["assurance"]), (4, &"self_consistent".into()), "{document}");
        assert_eq!(document["hardware"], "endorsed", "{kind}");
    }
}

#[test]
fn a_host_that_is_made_to_fail_would_fail_its_rules_for_that_alone() {
    for (preset, headline) in [
        ("fails-iommu-enabled", "IOMMU-NOT-REQUIRED"),
        ("fails-ci-policy", "CI-POLICY-NOT-REGISTERED"),
        ("fails-secure-boot-settings", "DBX-ENTRIES-ADDED"),
        ("fails-bitlocker-enabled", "BITLOCKER-OFF"),
        ("fails-dump-encryption-key", "DUMP-KEY-NOT-REGISTERED"),
        ("fails-full-boot", "NOT-FULL-BOOT"),
    ] {
        let out = simulated(&format!("simulate-{preset}"), &["--preset", preset]);
        let (code, document) = assess(&out, &[]);
        assert_eq!((code, document["headline"].as_str()), (5, Some(headline)), "{preset}");
    }
}

#[test]
fn a_bundle_of_a_simulated_host_passes_in_earnest() {
    let out = simulated("simulate-bundle", &["--preset", "linux-debian"]);
    let path = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let mut arguments = vec!["bundle".to_owned(), "--evidence".into(), path("")];
    arguments.extend(["--policy-set".into(), path("policy-set.json"), "-o".into()]);
    arguments.extend([path("bundle.json"), "--now".into(), NOW.into()]);
    let outcome = portcullis(&arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let outcome = portcullis(["appraise", &path("bundle.json"), "--json"]);
    let result = outcome.json();
    assert_eq!((outcome.code, &result["status"]), (0, &"Passed".into()));
    assert_eq!(result["hardware"], "endorsed", "registered in both versions, v2 decides");
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_others() {
    let folder = scratch("simulate-seeds");
    let written = |name: &str, seed: &str| {
        let out = folder.join(name);
        let more = ["--preset", "azure-like-vm", "--seed", seed, "--set", "tpm.ek=p256"];
        assert_eq!(simulate(&out, &more).code, 0);
        let files = contents(&out).into_iter();
        files
            .map(|(path, bytes)| (path.strip_prefix(&out).unwrap().to_owned(), bytes))
            .collect::<BTreeMap<_, _>>()
    };
    let (one, again, other) = (written("one", "1"), written("again", "1"), written("other", "2"));
    assert_eq!(one, again);
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for name in ["eventlog.bin", "ek-ecc.pub", "nonce.bin", "identifier.xml", "truth.json"] {
        assert_ne!(one[Path::new(name)], other[Path::new(name)], "{name}");
    }
}

#[test]
fn the_folder_holds_what_a_host_hands_over_and_the_truth() {
    let out = simulated("simulate-folder", &["--preset", "dell-r740-ws2022", "--seed", "5"]);
    for name in [
        "ak-ecc.name",
        "ak-ecc.pub",
        "ca/issuer-0.cer",
        "ca/root-0.cer",
        "ci/SiPolicy.p7b",
        "cred-ecc.activated",
        "cred-ecc.blob",
        "cred-ecc.secret",
        "ek-ecc.pub",
        "eventlog.bin",
        "host.tcglog",
        "identifier.xml",
        "nonce.bin",
        "nv-01c0000a.bin",
        "nv-01c00100.bin",
        "pcrs-sha256.bin",
        "policy-set.json",
        "quote-ecc-all.attest",
        "quote-ecc-all.pcrs",
        "quote-ecc-all.sig",
        "truth.json",
    ] {
        assert!(out.join(name).metadata().is_ok_and(|file| file.len() > 0), "{name}");
    }
    let truth = std::fs::read(out.join("truth.json")).unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    assert_eq!((&truth["seed"], &truth["spec"]["tpm.ek"]), (&5.into(), &"p256".into()));
    assert_eq!(truth["policies"]["Hgs_NoDumps"], "satisfied");
}

#[test]
fn a_challenge_that_is_given_is_answered() {
    let out = simulated("simulate-nonce", &["--preset", "azure-like-vm", "--nonce", "00ff00ff"]);
    assert_eq!(std::fs::read(out.join("nonce.bin")).unwrap(), [0, 255, 0, 255]);
    let evidence = ["--evidence", "@", "--nonce"];
    assert_eq!(assess(&out, &[&evidence[..], &["00ff00ff"]].concat()).0, 4);
    assert_eq!(assess(&out, &[&evidence[..], &["00ff00fe"]].concat()).0, 5);
}

#[test]
fn a_flaw_of_the_endorsement_fails_v2_and_leaves_v1() {
    let flaw = ["--preset", "dell-r740-ws2022", "--set", "tpm.ek_flaws=[\"untrusted-root\"]"];
    let out = simulated("simulate-flaw", &flaw);
    let (code, document) = assess(&out, &[]);
    assert_eq!((code, &document["hardware"]), (4, &"unproven".into()));
    let outcomes: Vec<_> = document["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|track| (track["version"].as_str().unwrap(), track["headline"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes, [("v2", "EK-CHAIN-UNTRUSTED"), ("v1", "ALL-CHECKS-HOLD")]);
}

#[test]
fn a_wrong_specification_is_refused_with_file_line_field_and_allowed_values() {
    let folder = scratch("simulate-wrong");
    let spec = folder.join("host.toml");
    for (text, complaint) in [
        ("[windows]\n\nhvci = 1\n", ":3: `windows.hvci`: found 1, allowed: true, false"),
        ("preset = \"hp\"\n", ":1: `preset`: found \"hp\", allowed: dell-r740-ws2022, "),
        ("[tpm]\nek = \"rsa1024\"\n", ":2: `tpm.ek`: found \"rsa1024\", allowed: \"rsa2048\", "),
        ("[firmware]\nstile = \"dell\"\n", ":2: `firmware.stile`: no such field; "),
        ("[tpm]\nbanks = []\n", ":2: `tpm.banks`: is empty"),
        ("[windows\n", ":1: "),
    ] {
        std::fs::write(&spec, text).unwrap();
        let out = folder.join("host");
        let outcome = simulate(&out, &[spec.to_str().unwrap()]);
        let complaint = format!("{}{complaint}", spec.display());
        assert_eq!(outcome.code, 2, "{text}");
        assert!(outcome.stderr.contains(&complaint), "{complaint} in {}", outcome.stderr);
        assert!(outcome.stderr.contains("try: "), "{}", outcome.stderr);
        assert!(!out.exists(), "{text}");
    }
}

#[test]
fn a_wrong_override_names_the_field_and_what_is_allowed() {
    let out = scratch("simulate-override").join("host");
    for (change, complaint) in [
        ("windows.dumps=off", "`windows.dumps`: found \"off\", allowed: \"disabled\", "),
        ("windows.hcvi=true", "`windows.hcvi`: no such field; fields near it: "),
        ("tpm.ek_flaws=[\"rusty\"]", "allowed: a list of up to 256, each of \"missing\", "),
        ("windows.hypervisor=false", "`windows.vsm`: VSM needs windows.hypervisor = true"),
        ("windows.hvci", "`--set windows.hvci` has no `=`"),
    ] {
        let outcome = simulate(&out, &["--preset", "dell-r740-ws2022", "--set", change]);
        assert_eq!(outcome.code, 2, "{change}");
        assert!(outcome.stderr.contains(complaint), "{complaint} in {}", outcome.stderr);
    }
    let outcome = simulate(&out, &["--preset", "hp"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("`hp` is no preset"), "{}", outcome.stderr);
    assert!(!out.exists());
}

#[test]
fn a_folder_is_written_whole_or_not_at_all_and_nobodys_is_touched() {
    let folder = scratch("simulate-whole");
    let preset = ["--preset", "linux-uki", "--set", "tpm.ek=p256"];
    std::fs::write(folder.join("mine"), "kept").unwrap();
    let outcome = simulate(&folder, &preset);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("exists already"), "{}", outcome.stderr);
    assert_eq!(std::fs::read(folder.join("mine")).unwrap(), b"kept");
    // Below a file nothing can be written; nothing is left of the attempt.
    let outcome = simulate(&folder.join("mine").join("host"), &preset);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_host_whose_tpm_is_not_ready_writes_nothing() {
    let out = scratch("simulate-unready").join("host");
    let unready = ["--preset", "dell-r740-ws2022", "--set", "tpm.present=false"];
    let outcome = simulate(&out, &unready);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("the TPM is not ready"), "{}", outcome.stderr);
    assert!(!out.exists());
}

#[test]
fn every_field_and_every_preset_is_explained() {
    let list = portcullis(["simulate", "host", "--list"]);
    assert_eq!(list.code, 0);
    for part in ["tpm.ek = \"rsa2048\"", "allowed: true, false", "ci.policy.N.mode", "nv-header"] {
        assert!(list.stdout.contains(part), "{part}");
    }
    let presets = portcullis(["simulate", "host", "--presets"]);
    assert_eq!(presets.code, 0);
    assert_eq!(presets.stdout.matches("\n    fails Hgs_").count(), 15);
    let outcome = portcullis(["simulate", "host", "--seed", "1"]);
    assert_eq!(outcome.code, 2, "neither a specification nor a preset");
    let outcome = portcullis(["simulate", "host", "--preset", "linux-uki"]);
    assert_eq!(outcome.code, 2, "nowhere to write to");
}

/// Beside a policy set the file registers nothing: it says what the host measured.
#[test]
fn a_ci_policy_at_hand_names_what_a_host_measured() {
    let out = simulated("simulate-ci-at-hand", &["--preset", "fails-ci-policy"]);
    let log = ["--identifier", "@identifier.xml", "--log", "@host.tcglog"];
    let found = |document: &Value| {
        let findings = document["findings"].as_array().unwrap();
        let mut findings = findings.iter().filter(|doc| doc["code"] == "CI-POLICY-NOT-REGISTERED");
        findings.find(|doc| doc["subject"] == "CI policy SiPolicy.p7b").unwrap()["found"].clone()
    };
    let (code, document) = assess(&out, &log);
    assert_eq!(code, 5);
    assert!(!found(&document).as_str().unwrap().contains("which is"), "{document}");
    let file = ["--ci-policy", "@ci/SiPolicy.p7b"];
    let (code, document) = assess(&out, &[&log[..], &file].concat());
    assert_eq!(code, 5, "it registers nothing");
    let text = found(&document);
    assert!(text.as_str().unwrap().ends_with(", which is `SiPolicy.p7b` (enforced)"), "{text}");
    let unbound = document["unbound"].as_array().unwrap();
    assert!(unbound.iter().any(|doc| doc["artefact"] == "ci_policies[0]"), "{document}");
}

#[test]
fn a_file_that_is_no_ci_policy_is_refused_by_its_name() {
    let out = simulated("simulate-ci-no-policy", &["--preset", "azure-like-vm"]);
    let rules = out.join("policy-set.json");
    let outcome = portcullis([
        "assess",
        "--policy-set",
        rules.to_str().unwrap(),
        "--evidence",
        out.to_str().unwrap(),
        "--ci-policy",
        out.join("eventlog.bin").to_str().unwrap(),
    ]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("eventlog.bin"), "{}", outcome.stderr);
}
