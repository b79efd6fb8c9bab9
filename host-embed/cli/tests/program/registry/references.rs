//! CI policies and baselines: W21 to W26.

use portcullis_tests::corpus::capture;
use portcullis_tests::der;

use super::fabric::Fabric;
use crate::tools::portcullis;

#[test]
fn w21_a_policy_is_registered_by_name_and_can_be_shown() {
    let (fabric, host) = Fabric::trusting("w21");
    let path = host.path("ci/SiPolicy.p7b");
    let added = fabric.json(&["ci-policy", "add", &path, "--name", "Dell R740, no agents"]);
    let hash = portcullis(["ci-policy", "hash", &path, "--json"]).json();
    assert_eq!(added["policy_sha256"], hash["policy_sha256"]);
    assert_eq!(added["mode"], "enforced");
    let shown = fabric.json(&["ci-policy", "show", "Dell R740, no agents"]);
    assert_eq!(shown["policy_sha256"], hash["policy_sha256"], "the registered policy");
    assert_eq!(fabric.json(&["ci-policy", "show", &path])["encoding"], "binary", "a file, as ever");
    fabric.refused(&["ci-policy", "add", &path, "--name", "again"], &["Dell R740", "`again`"]);
    let driver = host.path("ci/DriverSiPolicy.p7b");
    let taken = ["ci-policy", "add", &driver, "--name", "DELL R740, no agents"];
    fabric.refused(&taken, &["registered as v2 already"]);
    fabric.refused(&["ci-policy", "remove", "no such"], &["ci-policy list"]);
    let removed =
        fabric.run(&["ci-policy", "remove", "Dell R740, no agents", "--policy-version", "v1"]);
    assert!(removed.stderr.contains("--policy-version v2"), "{}", removed.stderr);
    fabric.done(&["ci-policy", "remove", "Dell R740, no agents"]);
}

#[test]
fn w21_a_policy_in_audit_mode_is_registered_with_a_loud_warning() {
    let (fabric, _) = Fabric::trusting("w21-audit");
    let host = fabric.simulate("audit", 8, &["ci.policy.0.mode=audit"]);
    let outcome = fabric.done(&["ci-policy", "add", &host.path("ci/SiPolicy.p7b")]);
    assert!(outcome.stdout.contains("WARNING"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("AUDIT MODE"), "{}", outcome.stdout);
    assert!(fabric.done(&["ci-policy", "list"]).stdout.contains("AUDIT MODE"));
}

/// A policy inside `SignedData` (RFC 5652) of type 1.3.6.1.4.1.311.79.1, with no signer.
fn wrapped(policy: &[u8]) -> Vec<u8> {
    let oid = |body: &[u8]| der::element(0x06, body);
    let content = der::element(0xa0, &der::element(0x04, policy));
    let content_type = oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x4f, 0x01]);
    let inner = der::sequence(&[&content_type, &content]);
    let empty = der::element(0x31, &[]);
    let data = der::sequence(&[&der::integer(&[1]), &empty, &inner, &empty]);
    let signed = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
    der::sequence(&[&signed, &der::element(0xa0, &data)])
}

#[test]
fn w22_a_signed_policy_is_refused_with_the_advice_or_unwrapped() {
    let (fabric, host) = Fabric::trusting("w22");
    let inner = host.path("ci/SiPolicy.p7b");
    let signed = fabric.write("Signed.p7b", &wrapped(&std::fs::read(&inner).unwrap()));
    fabric.refused(
        &["ci-policy", "add", &signed],
        &["is signed", "not measured", "unsigned copy", "--unwrap", "Signed.p7b"],
    );
    let added = fabric.json(&["ci-policy", "add", &signed, "--unwrap", "--name", "signed"]);
    let hash = portcullis(["ci-policy", "hash", &inner, "--json"]).json();
    assert_eq!(added["policy_sha256"], hash["policy_sha256"], "what a host measures");
    assert_eq!(added["unwrapped"], true);
}

#[test]
fn w25_a_log_is_validated_and_skipping_silences_the_errors_and_changes_no_byte() {
    let (fabric, _) = Fabric::trusting("w25");
    for (number, (preset, word)) in [
        ("fails-secure-boot-enabled", "SECURE-BOOT-OFF"),
        ("fails-iommu-enabled", "IOMMU-NOT-REQUIRED"),
        ("fails-vsm-running", "VSM-NOT-RUNNING"),
        ("fails-vsm-idk-present", "VSM-IDENTITY-KEY-MISSING"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = fabric.folder.join(preset);
        let simulated =
            portcullis(["simulate", "host", "--preset", preset, "--out", folder.to_str().unwrap()]);
        assert_eq!(simulated.code, 0, "{}", simulated.stderr);
        let log = folder.join("host.tcglog");
        let log = log.to_str().unwrap();
        let name = format!("class {number}");
        fabric.refused(&["baseline", "add", log, "--name", &name], &[word, "--skip-validation"]);
        // Registered is what would have been derived without any validation.
        let derived = fabric.folder.join(format!("{number}.json"));
        let derive = ["baseline", "derive", log, "--name", &name, "-o", derived.to_str().unwrap()];
        assert_eq!(portcullis(derive).code, 0);
        let added = fabric.json(&["baseline", "add", log, "--name", &name, "--skip-validation"]);
        assert!(added["silenced"].to_string().contains(word), "{added}");
        let shown = fabric.json(&["baseline", "show", &name]);
        let derived = std::fs::read_to_string(&derived).unwrap();
        let derived: serde_json::Value = serde_json::from_str(&derived).unwrap();
        assert_eq!(shown["baseline"], derived, "{preset}");
    }
}

#[test]
fn w24_capture_copies_the_log_byte_for_byte() {
    let (fabric, good) = Fabric::trusting("w24");
    let log = good.path("host.tcglog");
    let original = std::fs::read(&log).unwrap();
    for (number, more) in [&[][..], &["--skip-validation"]].into_iter().enumerate() {
        let out = fabric.folder.join(format!("{number}.tcglog"));
        let mut arguments = vec!["baseline", "capture", "--log", &log, "-o", out.to_str().unwrap()];
        arguments.extend(more);
        assert_eq!(portcullis(arguments).code, 0);
        assert_eq!(std::fs::read(out).unwrap(), original);
    }
    // A machine without Windows fails the validation, and has the same bytes without it.
    let linux = capture("a-sb-on-ms").join("eventlog.bin");
    let linux = linux.to_str().unwrap();
    let out = fabric.folder.join("linux.tcglog");
    let out = out.to_str().unwrap();
    let refused = portcullis(["baseline", "capture", "--log", linux, "-o", out]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("failed validation"), "{}", refused.stderr);
    assert!(refused.stderr.contains("WINDOWS-NOT-MEASURED"), "{}", refused.stderr);
    assert!(refused.stderr.contains("Hgs_VsmIdkPresent"), "{}", refused.stderr);
    assert!(!std::path::Path::new(out).exists(), "nothing is written on refusal");
    let skipped =
        portcullis(["baseline", "capture", "--log", linux, "-o", out, "--skip-validation"]);
    assert_eq!(skipped.code, 0, "{}", skipped.stderr);
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(linux).unwrap());
    let text = fabric.write("no.log", b"no log");
    assert_eq!(portcullis(["baseline", "capture", "--log", &text, "-o", out]).code, 2);
}

#[test]
fn w26_a_baseline_is_registered_by_name_compared_and_removed() {
    let (fabric, host) = Fabric::trusting("w26");
    let log = host.path("host.tcglog");
    fabric.done(&["baseline", "add", &log, "--name", "Dell R740"]);
    let again = ["baseline", "add", &log, "--name", "dell r740"];
    fabric.refused(&again, &["registered as v2 already"]);
    let other = fabric.simulate("other", 9, &["secure_boot.dbx_entries=12"]);
    let equal = fabric.run(&["baseline", "diff", "Dell R740", &log]);
    assert_eq!(equal.code, 0, "{}{}", equal.stdout, equal.stderr);
    let differs = fabric.run(&["baseline", "diff", "Dell R740", &other.path("host.tcglog")]);
    assert_eq!(differs.code, 1, "{}{}", differs.stdout, differs.stderr);
    assert!(differs.stdout.contains("dbx"), "{}", differs.stdout);
    let both = [&log[..], &other.path("host.tcglog")];
    let shared = fabric.json(&["baseline", "add", both[0], both[1], "--name", "shared"]);
    assert_eq!(shared["classes"].as_array().unwrap().len(), 2, "{shared}");
    assert_eq!(shared["logs_count"], 2);
    let text = fabric.write("no.json", b"{\"schema\":\"other\"}");
    fabric.refused(&["baseline", "add", &text], &["no.json", "baseline derive"]);
    fabric.done(&["baseline", "remove", "Dell R740"]);
    fabric.refused(&["baseline", "remove", "Dell R740"], &["there is no baseline"]);
}

#[test]
fn dump_keys_are_registered_by_digest_file_or_log() {
    let (fabric, _) = Fabric::trusting("dump-keys");
    let folder = fabric.folder.join("dumps");
    let preset = ["simulate", "host", "--preset", "fails-dump-encryption-key", "--out"];
    assert_eq!(portcullis(preset.iter().copied().chain([folder.to_str().unwrap()])).code, 0);
    let log = folder.join("host.tcglog");
    let added = fabric.json(&["dump-key", "add", "--name", "ops", "--log", log.to_str().unwrap()]);
    let digest = added["sha256"].as_str().unwrap().to_owned();
    assert_eq!(digest.len(), 64);
    let same = ["dump-key", "add", "--name", "twin", "--sha256", &digest];
    fabric.refused(&same, &["registered as `ops`"]);
    fabric.refused(&["dump-key", "add", "--name", "x", "--sha256", "abcd"], &["64 hexadecimal"]);
    let key = fabric.write("dump.pub", b"key");
    let of_file = fabric.json(&["dump-key", "add", "--name", "file", "--public-key", &key]);
    let sha256 = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683";
    assert_eq!(of_file["sha256"], sha256);
    fabric.done(&["dump-key", "remove", "OPS"]);
    fabric.refused(&["dump-key", "remove", "ops"], &["dump-key list"]);
}

#[test]
fn a_small_change_is_accepted_beside_a_baseline_until_a_day() {
    let (fabric, _) = Fabric::ready("delta");
    let changed = fabric.simulate("host-2", 2, &["secure_boot.dbx_entries=268"]);
    fabric.done(&["host", "add", &changed.path("identifier.xml")]);
    let assess = ["assess", "--host", "host-2", "--evidence", changed.evidence()];
    assert_eq!(fabric.run(&assess).code, 5, "the baseline does not know the change");
    let log = changed.path("host.tcglog");
    let accept = ["baseline", "accept-delta", "R740", &log, "--delta", "dbx of March"];
    let rehearsed = fabric.json(&[&accept[..], &["--dry-run"]].concat());
    let group = &rehearsed["effects"]["groups"][0];
    assert_eq!((&group["before"], &group["after"]), (&"WouldFail".into(), &"WouldPass".into()));
    assert_eq!(fabric.run(&assess).code, 5, "it was a rehearsal");
    let accepted = fabric.json(&accept);
    assert!(accepted["changes"].to_string().contains("dbx"), "{accepted}");
    assert_eq!(fabric.run(&assess).code, 4);
    let later = (accepted["expires"].as_u64().unwrap() + 1).to_string();
    let expired = fabric.run(&[&assess[..], &["--now", &later]].concat());
    assert_eq!(expired.code, 5, "the day is over");
    let shown = fabric.done(&["baseline", "show", "R740"]).stdout;
    assert!(shown.contains("dbx of March"), "{shown}");
    fabric.refused(&accept, &["has a delta `dbx of March`"]);
    let none = ["baseline", "accept-delta", "no such", &log, "--delta", "x"];
    fabric.refused(&none, &["there is no baseline"]);
    fabric.done(&["baseline", "drop-delta", "R740", "DBX of march"]);
    assert_eq!(fabric.run(&assess).code, 5);
}
