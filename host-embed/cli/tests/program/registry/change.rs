//! Rehearsals, the audit trail, switches, and trust.

use super::fabric::Fabric;

/// A fabric whose host has shown its evidence.
fn attested(test: &str) -> Fabric {
    let (fabric, host) = Fabric::ready(test);
    fabric.done(&["appraise", "--host", "host-1", "--evidence", host.evidence()]);
    fabric
}

#[test]
fn a_rehearsal_changes_nothing_and_says_which_hosts_fail_and_why() {
    let fabric = attested("rehearsal");
    let root = fabric.json(&["trust", "list"]);
    let root = root.as_array().unwrap().iter().find(|one| one["kind"] == "root").unwrap();
    let root = root["sha256"].as_str().unwrap();
    let before = fabric.contents();
    for (arguments, code, cause) in [
        (&["baseline", "remove", "R740"][..], 5, "BASELINE-MISSING"),
        (&["ci-policy", "remove", "site"], 5, "CI-POLICY-MISSING"),
        (&["trust", "remove", root], 5, "EK-CHAIN-UNTRUSTED"),
        (&["host", "remove", "host-1"], 5, "EK-NOT-REGISTERED"),
        (&["server", "version", "v1"], 5, "EK-NOT-REGISTERED"),
        (&["policy", "disable", "Hgs_IommuEnabled"], 0, ""),
        (&["policy", "enable", "Hgs_BitLockerEnabled"], 0, ""),
        (&["host", "rename", "host-1", "other"], 0, ""),
    ] {
        let outcome = fabric.run(&[arguments, &["--dry-run", "--json"]].concat());
        assert_eq!(outcome.code, code, "{arguments:?}: {}{}", outcome.stdout, outcome.stderr);
        let document = outcome.json();
        assert_eq!(document["dry_run"], true);
        let effects = &document["effects"];
        assert_eq!(effects["judged_count"], 1, "{document}");
        let group = &effects["groups"][0];
        if cause.is_empty() {
            assert!(group.is_null(), "{document}");
        } else {
            assert!(group["because"].to_string().contains(cause), "{document}");
            assert_eq!(group["hosts"], serde_json::json!(["host-1"]));
            assert_eq!(group["before"], "WouldPass");
        }
        assert_eq!(fabric.contents(), before, "{arguments:?}");
    }
}

#[test]
fn a_rehearsal_makes_no_store() {
    let fabric = Fabric::new("no-store");
    let host = fabric.simulate("host-1", 1, &[]);
    let outcome = fabric.run(&["trust", "add", &host.path("ca"), "--dry-run"]);
    assert_eq!(outcome.code, 2);
    assert!(!std::path::Path::new(&fabric.store).exists());
    for reading in [&["host", "list"][..], &["audit", "verify"], &["assess", "--host", "x"]] {
        let outcome = fabric.run(reading);
        assert_eq!(outcome.code, 2, "{reading:?}");
        assert!(outcome.stderr.contains("there is no store"), "{}", outcome.stderr);
    }
    assert!(!std::path::Path::new(&fabric.store).exists(), "reading makes no store");
}

#[test]
fn the_audit_trail_says_who_did_what_and_verifies() {
    let fabric = attested("audit");
    fabric.done(&["policy", "disable", "hgs_iommuenabled", "--who", "Alice"]);
    let log = fabric.done(&["audit", "log", "--after", "0", "--json"]).stdout;
    let entries: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = entries.last().unwrap();
    assert_eq!(last["who"], "Alice");
    assert_eq!(
        (&last["action"], &last["object"]),
        (&"policy.set".into(), &"Hgs_IommuEnabled".into())
    );
    assert_eq!((&last["before"], &last["after"]), (&"\"Enabled\"".into(), &"\"Disabled\"".into()));
    let actions: Vec<&str> = entries.iter().map(|e| e["action"].as_str().unwrap()).collect();
    for action in ["trust.add", "host.add", "baseline.add", "ci-policy.add"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
    let verified = fabric.json(&["audit", "verify"]);
    assert_eq!(verified["intact"], true);
    let head = verified["head"].as_str().unwrap().to_owned();
    fabric.done(&["policy", "enable", "Hgs_IommuEnabled"]);
    fabric.done(&["audit", "verify", "--head", &head]);
    let other = fabric.run(&["audit", "verify", "--head", &"0a".repeat(32)]);
    assert_eq!(other.code, 1, "a head that is not in the trail");
    // Another key than that of this machine signs nothing that is believed.
    let key = format!("{}.audit-key", fabric.store);
    std::fs::remove_file(&key).unwrap();
    fabric.done(&["policy", "disable", "Hgs_IommuEnabled"]);
    let foreign = fabric.run(&["audit", "verify", "--json"]);
    assert_eq!(foreign.code, 1);
    assert!(foreign.json()["broken"].as_str().unwrap().contains("no trusted key"));
    let old = verified["keys"][0].as_str().unwrap();
    fabric.done(&["audit", "verify", "--key", old]);
}

#[test]
fn policies_are_listed_shown_and_switched() {
    let (fabric, _) = Fabric::trusting("policies");
    let list = fabric.json(&["policy", "list"]);
    assert_eq!(list.as_array().unwrap().len(), 14);
    let state = |name: &str| fabric.json(&["policy", "show", name])["state"].clone();
    assert_eq!(state("Hgs_BitLockerEnabled"), "Disabled");
    fabric.done(&["policy", "enable", "Hgs_BitLockerEnabled"]);
    assert_eq!(state("hgs_bitlockerenabled"), "Enabled");
    let shown = fabric.done(&["policy", "show", "Hgs_CiPolicy"]).stdout;
    assert!(shown.contains("no host satisfies it"), "{shown}");
    fabric.refused(&["policy", "disable", "Hgs_NoSuch"], &["policy list"]);
}

#[test]
fn only_the_tpm_mode_exists() {
    let (fabric, _) = Fabric::trusting("mode");
    assert_eq!(fabric.json(&["mode"])["mode"], "tpm");
    fabric.done(&["mode", "tpm"]);
    fabric.refused(&["mode", "hostkey"], &["hostkey", "`tpm`"]);
    assert_eq!(fabric.json(&["mode", "--profile", "linux"])["profile"], "linux");
}

#[test]
fn trust_is_listed_checked_and_taken_back() {
    let fabric = Fabric::new("trust");
    let host = fabric.simulate("host-1", 1, &[]);
    let issuer = host.path("ca/issuer-0.cer");
    fabric.done(&["trust", "add", &issuer]);
    let unfinished = fabric.run(&["trust", "check"]);
    assert_eq!(unfinished.code, 1);
    assert!(unfinished.stdout.contains("leads to no root"), "{}", unfinished.stdout);
    // Intermediates alone vouch for nothing, and are no fault of the rules either.
    fabric.refused(&["host", "add", &host.path("identifier.xml")], &["EK-CHAIN-UNTRUSTED"]);
    let added = fabric.json(&["trust", "add", &host.path("ca")]);
    assert_eq!((added["added"].as_array().unwrap().len(), &added["known_count"]), (1, &1.into()));
    fabric.done(&["trust", "check"]);
    let sha256 = added["added"][0]["sha256"].as_str().unwrap();
    fabric.done(&["trust", "show", &sha256[..8]]);
    fabric.refused(&["trust", "show", "%"], &["first 6"]);
    fabric.refused(&["trust", "remove", "abcdef123456"], &["trust list"]);
    fabric.done(&["trust", "remove", &sha256[..16]]);
    let text = fabric.write("no.cer", b"no certificate");
    fabric.refused(&["trust", "add", &text], &["no.cer", "holds no certificate"]);
    let damaged = fabric.write("damaged.cab", b"MSCF and then nothing");
    fabric.refused(&["trust", "add", &damaged], &["damaged.cab", "no cabinet"]);
}

/// The layout of Microsoft's collection: a folder per vendor, with roots and intermediates apart.
#[test]
fn w09_a_cabinet_of_vendor_certificates_is_trusted_as_it_is() {
    let fabric = Fabric::new("cabinet");
    let host = fabric.simulate("host-1", 1, &[]);
    let mut builder = cab::CabinetBuilder::new();
    let folder = builder.add_folder(cab::CompressionType::MsZip);
    let files = [
        ("Portcullis\\RootCA\\root.cer", "ca/root-0.cer"),
        ("Portcullis\\IntermediateCA\\issuer.crt", "ca/issuer-0.cer"),
        ("setup.cmd", "truth.json"),
    ];
    for (name, _) in &files {
        folder.add_file(*name);
    }
    let path = fabric.folder.join("TrustedTpm.cab");
    let mut writer = builder.build(std::fs::File::create(&path).unwrap()).unwrap();
    let mut index = 0;
    while let Some(mut file) = writer.next_file().unwrap() {
        let bytes = std::fs::read(host.folder.join(files[index].1)).unwrap();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        index += 1;
    }
    writer.finish().unwrap();
    let added = fabric.json(&["trust", "add", path.to_str().unwrap()]);
    let kinds: Vec<&str> =
        added["added"].as_array().unwrap().iter().map(|a| a["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["root", "intermediate"], "{added}");
    assert_eq!(added["added"][0]["source"], "Portcullis/RootCA/root.cer");
    fabric.done(&["host", "add", &host.path("identifier.xml")]);
}

#[test]
fn how_many_changes_are_kept_is_chosen() {
    let fabric = attested("retention");
    assert_eq!(fabric.json(&["server", "retention", "3"])["results_per_host_max"], 3);
    assert_eq!(fabric.run(&["server", "retention", "0"]).code, 2);
}
