//! Hosts: W3 to W9, and the rules of names and keys.

use portcullis_tests::corpus::capture;

use super::fabric::Fabric;

#[test]
fn w01_a_host_needs_all_three_artefacts() {
    let (fabric, host) = Fabric::trusting("w01");
    let headline = || {
        let outcome =
            fabric.run(&["assess", "--host", "host-1", "--evidence", host.evidence(), "--json"]);
        (outcome.code, outcome.json()["outcome"].as_str().unwrap().to_owned())
    };
    fabric.refused(
        &["assess", "--host", "host-1", "--evidence", host.evidence()],
        &["there is no host `host-1`", "host add"],
    );
    fabric.done(&["host", "add", &host.path("identifier.xml")]);
    assert_eq!(headline(), (5, "WouldFail".into()), "no baseline, no CI policy");
    fabric.done(&["baseline", "add", &host.path("host.tcglog"), "--name", "R740"]);
    assert_eq!(headline(), (5, "WouldFail".into()), "no CI policy");
    fabric.done(&["ci-policy", "add", &host.path("ci/SiPolicy.p7b"), "--name", "site"]);
    assert_eq!(headline(), (4, "WouldPass".into()));
    let verdict = fabric.run(&["appraise", "--host", "host-1", "--evidence", host.evidence()]);
    assert_eq!(verdict.code, 0, "{}", verdict.stdout);
    // Without files, the evidence of the latest verdict is judged again.
    fabric.done(&["appraise", "--host", "HOST-1"]);
}

#[test]
fn w03_v2_needs_a_trusted_certificate_and_force_changes_nothing() {
    let fabric = Fabric::new("w03");
    fabric.done(&["server", "version", "both"]);
    let missing = fabric.simulate("missing", 2, &["tpm.ek_flaws=[\"missing\"]"]);
    let untrusted = fabric.simulate("untrusted", 3, &[]);
    for force in [&[][..], &["--force"]] {
        let with = |path: &str| {
            let path = path.to_owned();
            let add = vec!["host".to_owned(), "add".into(), path];
            add.into_iter().chain(force.iter().map(|f| (*f).to_owned())).collect::<Vec<_>>()
        };
        for (path, code) in [
            (missing.path("identifier.xml"), "EK-CERTIFICATE-MISSING"),
            (untrusted.path("identifier.xml"), "EK-CHAIN-UNTRUSTED"),
        ] {
            let arguments = with(&path);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            fabric.refused(&arguments, &[code, "--policy-version v1 --force"]);
        }
    }
    let outcome = fabric.run(&["host", "add", &missing.path("identifier.xml"), "--force"]);
    assert!(outcome.stderr.contains("`--force` changes nothing for v2"), "{}", outcome.stderr);
}

#[test]
fn w03_v1_takes_an_untrusted_or_missing_certificate_only_with_force() {
    let fabric = Fabric::new("w03-v1");
    fabric.done(&["server", "version", "both"]);
    let missing = fabric.simulate("missing", 2, &["tpm.ek_flaws=[\"missing\"]"]);
    let untrusted = fabric.simulate("untrusted", 3, &[]);
    for (host, state, code) in [
        (&missing, "missing", "EK-CERTIFICATE-MISSING"),
        (&untrusted, "untrusted", "EK-CHAIN-UNTRUSTED"),
    ] {
        let path = host.path("identifier.xml");
        let v1 = ["host", "add", &path, "--policy-version", "v1"];
        fabric.refused(&v1, &[code, "--force"]);
        let added = fabric.json(&[&v1[..], &["--force"]].concat());
        assert_eq!(added["hosts"][0]["certificate"], state, "{added}");
        assert_eq!(added["hosts"][0]["policy_version"], "v1");
    }
}

#[test]
fn w03_v1_takes_a_trusted_certificate_without_force() {
    let (fabric, host) = Fabric::trusting("w03-trusted");
    let path = host.path("identifier.xml");
    fabric.done(&["host", "add", &path, "--policy-version", "v1"]);
    let both = fabric.json(&["host", "add", &path]);
    assert_eq!(both["hosts"][0]["registered"], "other_version", "the same host, in both versions");
    let shown = fabric.json(&["host", "show", "host-1"]);
    assert_eq!(shown["policy_versions"], serde_json::json!(["v2", "v1"]));
}

#[test]
fn w04_all_artefacts_of_a_host_must_be_of_one_version() {
    let (fabric, host) = Fabric::trusting("w04");
    let assess = || {
        let outcome =
            fabric.run(&["assess", "--host", "host-1", "--evidence", host.evidence(), "--json"]);
        outcome.json()
    };
    let path = host.path("identifier.xml");
    fabric.done(&["host", "add", &path, "--policy-version", "v1"]);
    fabric.done(&["baseline", "add", &host.path("host.tcglog"), "--name", "R740"]);
    fabric.done(&["ci-policy", "add", &host.path("ci/SiPolicy.p7b"), "--name", "site"]);
    let mixed = assess();
    assert_eq!(mixed["outcome"], "WouldFail");
    let codes = mixed["findings"].to_string();
    assert!(codes.contains("BASELINE-VERSION-MIXED"), "{codes}");
    assert!(codes.contains("CI-POLICY-VERSION-MIXED"), "{codes}");
    // The same artefacts again, as v1, under the same names.
    let v1 = ["--policy-version", "v1"];
    fabric.done(
        &[&["baseline", "add", &host.path("host.tcglog"), "--name", "R740"][..], &v1].concat(),
    );
    let policy = host.path("ci/SiPolicy.p7b");
    fabric.done(&[&["ci-policy", "add", &policy, "--name", "site"][..], &v1].concat());
    let passed = assess();
    assert_eq!(passed["outcome"], "WouldPass", "{passed}");
    assert_eq!(passed["tracks"][0]["version"], "v2", "v2 is tried first");
    assert_eq!(passed["tracks"][1]["outcome"], "holds");
    fabric.done(&["server", "version", "v2"]);
    assert_eq!(assess()["outcome"], "WouldFail", "v1 is switched off as a whole");
}

#[test]
fn w07_a_folder_of_identifiers_is_registered_with_a_summary() {
    let (fabric, _) = Fabric::trusting("w07");
    for number in 1..=4_u32 {
        let name = format!("node-{number}");
        let flaw: &[&str] = if number == 3 { &["tpm.ek_flaws=[\"missing\"]"] } else { &[] };
        let host = fabric.simulate(&name, 10 + number, flaw);
        let bytes = std::fs::read(host.folder.join("identifier.xml")).unwrap();
        fabric.write(&format!("identifiers/{number}.xml"), &bytes);
    }
    let folder = fabric.folder.join("identifiers");
    let outcome = fabric.run(&["host", "add", folder.to_str().unwrap(), "--json"]);
    assert_eq!(outcome.code, 2, "one was refused");
    let summary = outcome.json();
    let names: Vec<&str> =
        summary["hosts"].as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["node-1", "node-2", "node-4"], "the others are registered");
    assert!(summary["refused"][0]["file"].as_str().unwrap().ends_with("3.xml"), "{summary}");
    assert!(summary["refused"][0]["reason"].as_str().unwrap().contains("EK-CERTIFICATE-MISSING"));
    let again = fabric.run(&["host", "add", folder.to_str().unwrap()]);
    assert!(again.stdout.contains("0 registered, 4 refused"), "{}", again.stdout);
}

#[test]
fn w08_names_come_from_the_option_the_file_or_its_name() {
    let (fabric, host) = Fabric::trusting("w08");
    let path = host.path("identifier.xml");
    fabric.done(&["host", "add", &path, "--name", "Rack 3, node 1"]);
    assert_eq!(fabric.json(&["host", "show", "rack 3, NODE 1"])["name"], "Rack 3, node 1");
    fabric.done(&["host", "remove", "Rack 3, node 1"]);
    fabric.done(&["host", "add", &path]);
    fabric.done(&["host", "show", "host-1"]);
    for bad in ["", " x", "a\u{202e}b", "-x"] {
        fabric.refused(&["host", "add", &path, &format!("--name={bad}")], &["--name", "1 to 128"]);
    }
}

#[test]
fn w08_one_name_has_one_ek_and_one_ek_has_one_name() {
    let (fabric, host) = Fabric::trusting("w08-conflicts");
    let other = fabric.simulate("host-2", 2, &[]);
    let (path, other) = (host.path("identifier.xml"), other.path("identifier.xml"));
    fabric.done(&["host", "add", &path]);
    let ek = fabric.json(&["host", "show", "host-1"])["ek_sha256"].as_str().unwrap().to_owned();
    fabric.refused(&["host", "add", &path], &["already", &ek]);
    fabric.refused(&["host", "add", &path, "--name", "twin"], &["`host-1`", "`twin`", &ek]);
    fabric.refused(&["host", "add", &other, "--name", "HOST-1"], &["`host-1`", &ek, "rebind"]);
    fabric.done(&["host", "add", &other]);
    fabric.refused(&["host", "rename", "host-2", "host-1"], &["`host-1`", "`host-2`", &ek]);
    fabric.refused(&["host", "rebind", "host-2", &path], &["`host-1`", &ek]);
    fabric.done(&["host", "rename", "host-2", "Host-Two"]);
    fabric.done(&["host", "rename", "Host-Two", "host-two"]);
    assert_eq!(fabric.json(&["host", "show", "HOST-TWO"])["name"], "host-two");
}

#[test]
fn w09_trusting_the_vendor_makes_the_host_registrable() {
    let fabric = Fabric::new("w09");
    fabric.done(&["server", "version", "both"]);
    let host = fabric.simulate("host-1", 1, &[]);
    let path = host.path("identifier.xml");
    fabric.refused(&["host", "add", &path], &["EK-CHAIN-UNTRUSTED", "trust add"]);
    let doctor = fabric.run(&["host", "doctor", &path]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.stdout.contains("missing: the certificate of the issuer"), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("http://pki.portcullis"), "where: {}", doctor.stdout);
    fabric.done(&["trust", "add", &host.path("ca")]);
    fabric.done(&["host", "doctor", &path]);
    fabric.done(&["host", "add", &path]);
}

#[test]
fn w09_the_message_in_the_certificates_place_is_shown() {
    let (fabric, _) = Fabric::trusting("w09-message");
    let host = fabric.simulate("bare", 5, &["tpm.ek_flaws=[\"missing\"]"]);
    let path = host.path("identifier.xml");
    let xml = std::fs::read_to_string(&path).unwrap();
    let doctor = fabric.run(&["host", "doctor", &path, "--json"]);
    let document = doctor.json();
    assert_eq!(
        (&document["certificate"], &document["v1"]),
        (&"missing".into(), &"with --force".into())
    );
    let note = document["notes"][0]["text"].as_str().unwrap();
    let message = note.split('`').nth(1).unwrap();
    assert!(xml.contains(message), "`{message}` of the file is not in {note}");
    let urls = document["fetch"][0]["urls"].as_array().unwrap();
    assert!(urls.iter().any(|url| url.as_str().unwrap().contains("intel")), "{document}");
}

#[test]
fn an_ek_that_can_never_attest_is_refused_in_every_version() {
    let (fabric, _) = Fabric::trusting("never");
    let other = fabric.simulate("other", 6, &["tpm.ek_flaws=[\"other-key\"]"]);
    let path = other.path("identifier.xml");
    for more in [&[][..], &["--policy-version", "v1", "--force"]] {
        fabric.refused(&[&["host", "add", &path][..], more].concat(), &["EK-KEY-MISMATCH"]);
    }
    let doctor = fabric.run(&["host", "doctor", &path, "--json"]).json();
    assert_eq!((&doctor["v2"], &doctor["v1"]), (&false.into(), &"no".into()));
}

#[test]
fn a_file_of_an_unknown_layout_lists_its_blobs_and_takes_the_key_apart() {
    let (fabric, host) = Fabric::trusting("layout");
    let digits = "0123456789abcdef".repeat(8);
    let file = fabric.write("new.xml", format!("<Id><Blob>{digits}</Blob></Id>").as_bytes());
    fabric.refused(&["host", "add", &file], &["Id/Blob: 64 bytes", "--ek-pub", "new.xml"]);
    let (public, certificate) = (host.path("ek-rsa.pub"), host.path("nv-01c00002.bin"));
    let issuer = host.path("nv-01c00100.bin");
    let mut arguments = vec!["host", "add", &file, "--ek-pub", &public, "--ek-cert", &certificate];
    if std::path::Path::new(&issuer).exists() {
        arguments.extend(["--intermediate", &issuer]);
    }
    let added = fabric.json(&arguments);
    assert_eq!(added["hosts"][0]["name"], "new");
    assert_eq!(added["hosts"][0]["certificate"], "trusted");
    let large = fabric.write("large.xml", &vec![b'x'; (1 << 20) + 1]);
    fabric.refused(&["host", "add", &large], &["large.xml", "1048576"]);
    let text = fabric.write("text.xml", b"no identifier at all");
    fabric.refused(&["host", "add", &text], &["text.xml", "Get-PlatformIdentifier"]);
}

#[test]
fn a_cleared_tpm_is_rebound_with_both_keys_shown() {
    let (fabric, host) = Fabric::ready("rebind");
    fabric.run(&["assess", "--host", "host-1", "--evidence", host.evidence()]);
    let new = fabric.simulate("host-1b", 77, &[]);
    let path = new.path("identifier.xml");
    let before = fabric.json(&["host", "show", "host-1"])["ek_sha256"].as_str().unwrap().to_owned();
    let rehearsed = fabric.run(&["host", "rebind", "host-1", &path, "--dry-run"]);
    assert_eq!(rehearsed.code, 5, "the old evidence is of the old key: {}", rehearsed.stdout);
    assert!(rehearsed.stdout.contains(&before), "{}", rehearsed.stdout);
    assert_eq!(fabric.json(&["host", "show", "host-1"])["ek_sha256"], *before, "nothing changed");
    let done = fabric.json(&["host", "rebind", "host-1", &path]);
    assert_eq!(done["before"], *before);
    assert_eq!(fabric.json(&["host", "show", "host-1"])["ek_sha256"], done["after"]);
    fabric.refused(&["host", "rebind", "host-1", &path], &["has this EK"]);
}

/// Recorded captures of a virtual machine, under the profile of Linux.
#[test]
fn a_recorded_machine_is_registered_and_passes_under_the_profile_linux() {
    let fabric = Fabric::new("linux");
    let evidence = capture("a-sb-on-ms");
    let evidence = evidence.to_str().unwrap();
    let log = format!("{evidence}/eventlog.bin");
    fabric.done(&["mode", "--profile", "linux"]);
    fabric.done(&["trust", "add", capture("ca").to_str().unwrap()]);
    fabric.done(&["host", "add", evidence, "--name", "vm"]);
    fabric.done(&["baseline", "add", &log, "--name", "vm"]);
    let assessed = fabric.run(&["assess", "--host", "vm", "--evidence", evidence]);
    assert_eq!(assessed.code, 4, "{}", assessed.stdout);
    fabric.done(&["appraise", "--host", "vm", "--evidence", evidence]);
    let changed = capture("d1-dbx-added");
    let failed = fabric.run(&["appraise", "--host", "vm", "--evidence", changed.to_str().unwrap()]);
    assert_eq!(failed.code, 1, "{}", failed.stdout);
    let results = fabric.json(&["host", "show", "vm"])["results"].clone();
    assert_eq!(results.as_array().unwrap().len(), 3, "every change is kept: {results}");
    let id = results[0]["id"].to_string();
    let bundle = fabric.done(&["host", "show", "vm", "--bundle", &id]).stdout;
    let bundle = fabric.write("again.bundle.json", bundle.as_bytes());
    let again = crate::tools::portcullis(["explain", &bundle]);
    assert!(again.stdout.contains("dbx"), "the verdict can be made again: {}", again.stdout);
}

#[test]
fn w06_an_identifier_is_made_from_files_and_registered() {
    let (fabric, host) = Fabric::trusting("w06");
    let out = fabric.folder.join("made.xml");
    let out = out.to_str().unwrap();
    let (public, certificate) = (host.path("ek-rsa.pub"), host.path("nv-01c00002.bin"));
    let capture = |arguments: &[&str]| {
        let fixed = ["host", "capture", "--name", "R&D <1>", "-o", out];
        crate::tools::portcullis(fixed.iter().chain(arguments))
    };
    let done = capture(&["--ek-pub", &public, "--ek-cert", &certificate]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let added = fabric.json(&["host", "add", out]);
    assert_eq!(added["hosts"][0]["name"], "R&D <1>");
    assert_eq!(added["hosts"][0]["certificate"], "trusted");
    let from = capture(&["--from", host.evidence(), "--json"]);
    assert_eq!(from.json()["ek_sha256"], added["hosts"][0]["ek_sha256"]);
    let text = fabric.write("no.pub", b"no key");
    let refused = capture(&["--ek-pub", &text]);
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("no.pub"), "{}", refused.stderr);
}

#[test]
fn a_refusal_on_an_empty_machine_makes_no_store() {
    let fabric = Fabric::new("empty");
    let host = fabric.simulate("host-1", 1, &[]);
    fabric.refused(&["host", "add", &host.path("identifier.xml")], &["EK-CHAIN-UNTRUSTED"]);
    let text = fabric.write("no.cer", b"no certificate");
    fabric.refused(&["trust", "add", &text], &["no.cer"]);
    assert!(!std::path::Path::new(&fabric.store).exists());
}

#[test]
fn names_that_a_terminal_would_act_on_do_not_reach_it() {
    let (fabric, host) = Fabric::trusting("terminal");
    let hostile =
        fabric.write("\u{1b}[2J.xml", &std::fs::read(host.path("identifier.xml")).unwrap());
    let shown = fabric.run(&["host", "add", &hostile, "--name", "host-1"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let again = fabric.run(&["host", "add", &hostile, "--name", "other"]);
    assert!(!again.stderr.contains('\u{1b}'), "{:?}", again.stderr);
    let who = fabric.run(&["policy", "disable", "Hgs_IommuEnabled", "--who", "a\u{1b}b"]);
    assert_eq!(who.code, 2);
}

#[test]
fn the_doctor_names_what_is_expired_missing_or_untrusted_and_where_to_get_it() {
    let (fabric, _) = Fabric::trusting("doctor");
    let doctor = |name: &str, seed: u32, flaw: &str| {
        let host = fabric.simulate(name, seed, &[&format!("tpm.ek_flaws=[\"{flaw}\"]")]);
        let outcome = fabric.run(&["host", "doctor", &host.path("identifier.xml"), "--json"]);
        (outcome.code, outcome.json())
    };
    let (code, expired) = doctor("expired", 21, "expired");
    assert_eq!(code, 0, "an expired certificate of a TPM that still works is noted: {expired}");
    assert_eq!(expired["path"][0]["validity"], "expired");
    assert!(expired["notes"].to_string().contains("has expired"), "{expired}");
    let (code, foreign) = doctor("foreign", 22, "untrusted-root");
    assert_eq!((code, &foreign["v1"]), (1, &"with --force".into()), "{foreign}");
    assert!(!foreign["fetch"].as_array().unwrap().is_empty(), "{foreign}");
    let (code, unfit) = doctor("unfit", 23, "wrong-eku");
    assert_eq!((code, &unfit["v2"]), (1, &false.into()), "{unfit}");
    assert!(unfit["notes"].to_string().contains("EK-CERTIFICATE-UNFIT"), "{unfit}");
}
