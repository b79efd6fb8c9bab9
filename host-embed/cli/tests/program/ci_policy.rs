//! The contract of `portcullis ci-policy`: documents, exit codes, files.

use std::path::{Path, PathBuf};

use portcullis_tests::ci_policies::{Generator, write};
use portcullis_tests::corpus::{capture, read, third_party};
use serde_json::Value;

use crate::tools::{Outcome, portcullis, scratch};

/// A policy as `New-CIPolicy` makes one: it audits only.
const XML: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">\r\n\
\x20 <VersionEx>10.0.0.0</VersionEx>\r\n\
\x20 <PolicyTypeID>{A244370E-44C9-4C06-B551-F6016E563076}</PolicyTypeID>\r\n\
\x20 <PlatformID>{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}</PlatformID>\r\n\
\x20 <Rules>\r\n\
\x20   <Rule>\r\n\
\x20     <Option>Enabled:Unsigned System Integrity Policy</Option>\r\n\
\x20   </Rule>\r\n\
\x20   <Rule>\r\n\
\x20     <Option>Enabled:Audit Mode</Option>\r\n\
\x20   </Rule>\r\n\
\x20 </Rules>\r\n\
\x20 <!--EKUS-->\r\n\
\x20 <EKUs />\r\n\
\x20 <FileRules>\r\n\
\x20   <Allow ID=\"ID_ALLOW_A_1\" FriendlyName=\"everything\" FileName=\"*\" />\r\n\
\x20 </FileRules>\r\n\
\x20 <SigningScenarios>\r\n\
\x20   <SigningScenario Value=\"131\" ID=\"ID_SIGNINGSCENARIO_DRIVERS_1\">\r\n\
\x20     <ProductSigners><FileRulesRef><FileRuleRef RuleID=\"ID_ALLOW_A_1\" /></FileRulesRef></ProductSigners>\r\n\
\x20   </SigningScenario>\r\n\
\x20 </SigningScenarios>\r\n\
</SiPolicy>\r\n";

struct Files {
    folder: PathBuf,
    xml: String,
}

impl Files {
    fn new(test: &str) -> Self {
        let folder = scratch(test);
        let path = folder.join("HW1CodeIntegrity.xml");
        std::fs::write(&path, XML).unwrap();
        Self { xml: path.to_str().unwrap().to_owned(), folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(read(&self.folder.join(name))).unwrap()
    }

    fn convert(&self, input: &str, output: &str) -> Value {
        let output = self.path(output);
        let outcome = run(&["convert", input, "-o", &output, "--json"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.json()
    }
}

fn run(arguments: &[&str]) -> Outcome {
    portcullis(["ci-policy"].iter().chain(arguments))
}

#[track_caller]
fn fails(arguments: &[&str], expected: &str) {
    let outcome = run(arguments);
    assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
    assert!(outcome.stderr.contains(expected), "{arguments:?}: {}", outcome.stderr);
    assert!(outcome.stdout.is_empty(), "{arguments:?}");
}

/// W14 to W18: convert, enforce, convert again; the digest of the two differs, nothing else.
#[test]
fn the_walk_from_audit_to_enforced_changes_one_bit_of_the_binary() {
    let files = Files::new("ci-walk");
    let audit = files.convert(&files.xml, "HW1CodeIntegrity.p7b");
    assert_eq!(audit["format_version"], 7);
    assert_eq!((&audit["tie_order"], &audit["proven"]), (&"introsort".into(), &true.into()));
    let outcome = run(&["set-option", &files.xml, "3", "--delete"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let rule = "    <Rule>\r\n      <Option>Enabled:Audit Mode</Option>\r\n    </Rule>\r\n";
    assert_eq!(files.text("HW1CodeIntegrity.xml"), XML.replace(rule, ""));
    let enforced = files.convert(&files.xml, "HW1CodeIntegrity_enforced.p7b");
    let [before, after] = ["HW1CodeIntegrity.p7b", "HW1CodeIntegrity_enforced.p7b"]
        .map(|name| read(&files.folder.join(name)));
    let bits: u32 = before.iter().zip(&after).map(|(a, b)| (a ^ b).count_ones()).sum();
    assert_eq!((before.len(), bits), (after.len(), 1));
    assert_ne!(audit["policy_sha256"], enforced["policy_sha256"]);

    let [before, after] =
        ["HW1CodeIntegrity.p7b", "HW1CodeIntegrity_enforced.p7b"].map(|name| files.path(name));
    let outcome = run(&["diff", &before, &after, "--json"]);
    assert_eq!(outcome.code, 1);
    let removed = outcome.json()["removed"].clone();
    assert_eq!(removed, serde_json::json!([{"topic": "option", "text": "Enabled:Audit Mode"}]));
}

/// The system chooses the format, and is told by name what it will not look at.
#[test]
fn a_target_chooses_the_format_and_names_what_that_system_ignores() {
    let files = Files::new("ci-target");
    let rule = "<Allow ID=\"ID_ALLOW_A_2\" FilePath=\"%OSDRIVE%\\Apps\\*\" />";
    let option = "<Rule><Option>Enabled:Allow Supplemental Policies</Option></Rule>";
    let xml = XML
        .replace("</FileRules>", &format!("{rule}</FileRules>"))
        .replace("</Rules>", &format!("{option}</Rules>"));
    std::fs::write(&files.xml, xml).unwrap();
    for (target, format, ignored) in [
        ("ws2016", 7, &["FilePath", "Enabled:Allow Supplemental Policies"][..]),
        ("ws2019", 7, &["FilePath", "Enabled:Allow Supplemental Policies"]),
        ("ws2022", 7, &[]),
        ("ws2025", 9, &[]),
    ] {
        let out = files.path(&format!("{target}.p7b"));
        let outcome = run(&["convert", &files.xml, "--target", target, "-o", &out, "--json"]);
        assert_eq!(outcome.code, 0, "{target}: {}", outcome.stderr);
        let document = outcome.json();
        assert_eq!(document["format_version"], format, "{target}");
        let warnings = document["warnings"].as_array().unwrap().clone();
        let of_target = |doc: &&Value| doc["code"] == "CI-IGNORED-BY-TARGET";
        let told: Vec<Value> = warnings.iter().filter(of_target).cloned().collect();
        assert_eq!(told.len(), ignored.len(), "{target}: {warnings:?}");
        for (doc, what) in told.iter().zip(ignored) {
            assert!(doc["text"].as_str().unwrap().contains(what), "{target}: {doc}");
            assert!(!doc["evidence"].as_str().unwrap().is_empty(), "{target}: {doc}");
        }
        // A choice of one's own stands above that of the target.
        let outcome = run(&[
            "convert", &files.xml, "--target", target, "--format", "8", "-o", &out, "--json",
        ]);
        assert_eq!(outcome.json()["format_version"], 8, "{target}");
    }
    let out = files.path("none.p7b");
    let outcome = run(&["convert", &files.xml, "--target", "ws2012", "-o", &out]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("ws2016"), "{}", outcome.stderr);
}

#[test]
fn the_hash_is_that_of_the_unsigned_policy() {
    let files = Files::new("ci-hash");
    let converted = files.convert(&files.xml, "policy.p7b");
    let outcome = run(&["hash", &files.path("policy.p7b"), "--json"]);
    assert_eq!(outcome.code, 0);
    let expected = serde_json::json!({
        "policy_sha256": converted["policy_sha256"],
        "file_sha256": converted["policy_sha256"],
        "signed": false,
    });
    assert_eq!(outcome.json(), expected);
    fails(&["hash", &files.xml], "the digest is that of the binary");
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    fails(&["hash", log.to_str().unwrap()], "no binary policy");
}

#[test]
fn a_binary_becomes_xml_and_the_same_binary_again() {
    let files = Files::new("ci-roundtrip");
    let policy = Generator::new(7).policy(9);
    let bytes = write(&policy);
    std::fs::write(files.folder.join("made.cip"), &bytes).unwrap();
    let there = files.convert(&files.path("made.cip"), "made.xml");
    assert_eq!((&there["from"], &there["to"]), (&"binary".into(), &"xml".into()));
    let back = files.convert(&files.path("made.xml"), "again.cip");
    assert_eq!((&back["format_version"], &back["tie_order"]), (&9.into(), &"stored".into()));
    assert_eq!(back["proven"], false);
    let warnings = back["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "CI-FORMAT-UNPROVEN"), "{back}");
    assert!(read(&files.folder.join("again.cip")) == bytes);
    let outcome = run(&["diff", &files.path("made.cip"), &files.path("made.xml")]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "both say the same\n"));
}

#[test]
fn show_says_what_a_policy_is_and_what_to_know() {
    let files = Files::new("ci-show");
    files.convert(&files.xml, "policy.p7b");
    for (name, encoding) in [("HW1CodeIntegrity.xml", "xml"), ("policy.p7b", "binary")] {
        let doc = run(&["show", &files.path(name), "--json"]).json();
        assert_eq!((&doc["encoding"], &doc["version"]), (&encoding.into(), &"10.0.0.0".into()));
        assert_eq!(doc["policy_type_name"], "enterprise policy");
        let codes: Vec<&str> = doc["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w["code"].as_str().unwrap())
            .collect();
        let expected =
            ["CI-AUDIT-MODE", "CI-ALLOW-ALL", "CI-USER-MODE-UNCHECKED", "CI-UNSIGNED-ALLOWED"];
        assert_eq!(codes, expected);
        for warning in doc["warnings"].as_array().unwrap() {
            assert_eq!(warning["evidence"], "documented");
        }
        let text = run(&["show", &files.path(name)]).stdout;
        assert!(text.contains("kernel mode: Allow FileName=\"*\" (every file)"), "{text}");
        assert!(text.contains("[documented]"), "{text}");
    }
    let kind = portcullis(["inspect", "--json", &files.path("policy.p7b")]).json();
    assert_eq!((&kind["kind"], &kind["audit"]), (&"ci_policy".into(), &true.into()));
    assert_eq!(kind["findings"][0]["code"], "CI-AUDIT-MODE");
}

#[test]
fn edits_leave_every_other_byte_and_the_encoding_as_they_are() {
    let files = Files::new("ci-edit");
    let out = files.path("out.xml");
    let check = |arguments: &[&str], before: &str, after: &str| {
        let all = [&arguments[..1], &[files.xml.as_str()], &arguments[1..], &["-o", &out]].concat();
        let outcome = run(&all);
        assert_eq!(outcome.code, 0, "{all:?}: {}", outcome.stderr);
        assert_eq!(files.text("HW1CodeIntegrity.xml"), XML, "the input stays");
        assert_eq!(files.text("out.xml"), XML.replace(before, after), "{all:?}");
    };
    check(&["set-version", "10.1"], "10.0.0.0", "10.1.0.0");
    check(&["set-option", "Enabled:UMCI", "--delete"], "", "");
    let end = "</SigningScenarios>";
    check(&["set-hvci", "--strict"], end, &format!("{end}\r\n  <HvciOptions>2</HvciOptions>"));
    let setting = "<Setting Provider=\"PolicyInfo\" Key=\"Information\" ValueName=\"Name\">";
    let settings = format!(
        "{end}\r\n  <Settings>\r\n    {setting}\r\n      <Value>\r\n        <String>Dell &amp; R340</String>\r\n      \
         </Value>\r\n    </Setting>\r\n  </Settings>"
    );
    check(&["set-id", "--name", "Dell & R340"], end, &settings);
    let arguments = ["set-setting", "PolicyInfo", "Information", "Name", "String", "Dell & R340"];
    check(&arguments, end, &settings);

    let utf16: Vec<u8> = XML.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&files.xml, &utf16).unwrap();
    let outcome = run(&["set-version", &files.xml, "9.0.0.0"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let edited: Vec<u8> =
        XML.replace("10.0.0.0", "9.0.0.0").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(Path::new(&files.xml)) == edited);
}

#[test]
fn a_new_policy_id_is_random_or_given() {
    let files = Files::new("ci-id");
    let id = |arguments: &[&str]| {
        let all = [&["set-id", files.xml.as_str()], arguments].concat();
        assert_eq!(run(&all).code, 0);
        run(&["show", &files.xml, "--json"]).json()
    };
    let (one, two) = (id(&["--reset-policy-id"]), id(&["--reset-policy-id"]));
    assert_ne!(one["policy_id"], two["policy_id"]);
    assert_eq!(one["policy_id"], one["base_policy_id"]);
    assert_eq!((&one["kind"], &one["policy_type"]), (&"Base Policy".into(), &Value::Null));
    let guid = "11111111-2222-3333-4444-555555555555";
    assert_eq!(id(&["--reset-policy-id", guid])["policy_id"], guid);
    let supplemental = id(&["--supplements", "{A244370E-44C9-4C06-B551-F6016E563076}"]);
    assert_eq!(supplemental["kind"], "Supplemental Policy");
    assert_eq!(supplemental["base_policy_id"], "a244370e-44c9-4c06-b551-f6016e563076");
}

#[test]
fn unusable_policies_and_arguments_exit_with_2_and_say_where_and_what_to_do() {
    let files = Files::new("ci-refused");
    let broken = files.path("broken.xml");
    std::fs::write(&broken, XML.replace("RuleID=\"ID_ALLOW_A_1\"", "RuleID=\"ID_ALLOW_B\""))
        .unwrap();
    let unheard = files.path("unheard.xml");
    std::fs::write(&unheard, XML.replace("<EKUs />", "<Unheard />")).unwrap();
    files.convert(&files.xml, "policy.p7b");
    let (xml, binary, out) = (files.xml.as_str(), files.path("policy.p7b"), files.path("never"));
    for (arguments, expected) in [
        (
            &["convert", &broken, "-o", &out][..],
            "line 21, column 37, element `FileRuleRef`: `RuleID` names `ID_ALLOW_B`",
        ),
        (
            &["convert", &unheard, "-o", &out],
            "line 15, column 3, element `Unheard`: the element `Unheard` is not supported",
        ),
        (&["convert", &binary, "-o", &out, "--format", "8"], "for a conversion to binary"),
        (&["convert", xml, "-o", &out, "--format", "11"], "7..=9"),
        (&["set-option", &binary, "3", "--delete"], "is a binary"),
        (&["set-option", xml, "7"], "`7` is no option"),
        (&["set-version", xml, "1.2.3.4.5"], "up to four numbers"),
        (&["set-setting", xml, "a", "b", "c", "DWord", "x"], "no value of type DWord"),
        (&["set-id", xml, "--supplements", "x"], "`x` is no GUID"),
        (&["set-hvci", xml], "--enabled"),
        (&["set-id", xml], "--name"),
        (&["show", "no-such-file.p7b"], "no-such-file.p7b"),
        (&["match", xml, "--log", xml], "no event log"),
        (&["unwrap", xml, "-o", &out], "is XML"),
    ] {
        fails(arguments, expected);
    }
    assert!(!Path::new(&out).exists());
    assert_eq!(files.text("HW1CodeIntegrity.xml"), XML);
    assert_eq!(run(&["show", &unheard]).code, 0, "what cannot be converted can be shown");
}

#[test]
fn a_log_without_policies_matches_no_file() {
    let files = Files::new("ci-match");
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    let outcome = run(&["match", &files.xml, "--log", log.to_str().unwrap(), "--json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let doc = outcome.json();
    assert_eq!((&doc["matched"], doc["measured"].as_array().unwrap().len()), (&false.into(), 0));
    assert_eq!(doc["files"][0]["measured"], false);
}

/// A simulated host that has the policy of a digest in force.
fn simulated(files: &Files, name: &str, sha256: &str) -> String {
    let host = files.path(name);
    let digest = format!("ci.policy.0.digest={sha256}");
    let arguments = ["simulate", "host", "--preset", "dell-r740-ws2022", "--out", &host];
    let outcome = portcullis(arguments.iter().chain(&["--set", digest.as_str()]));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    host
}

/// What the match says of the site's policy.
fn site_policy(files: &[&str], host: &str) -> (i32, Value) {
    let log = format!("{host}/host.tcglog");
    let arguments = [&["match"], files, &["--log", &log, "--json"]].concat();
    let outcome = run(&arguments);
    let measured = outcome.json()["measured"].clone();
    let mut measured = measured.as_array().unwrap().iter();
    let found = measured.find(|measured| measured["name"] == "SiPolicy.p7b");
    (outcome.code, found.expect("the site's policy").clone())
}

/// W14 to W21 with a host at the end: it runs the enforced policy, and that is what matches.
/// The trap of W19: a host that runs the audit file does not.
#[test]
fn a_host_that_runs_the_audit_file_is_told_from_one_that_runs_the_enforced_one() {
    let files = Files::new("ci-hosts");
    let audit = files.convert(&files.xml, "audit.p7b");
    assert_eq!(run(&["set-option", &files.xml, "3", "--delete"]).code, 0);
    let enforced = files.convert(&files.xml, "enforced.p7b");
    let sha256 = |doc: &Value| doc["policy_sha256"].as_str().unwrap().to_owned();
    let good = simulated(&files, "good", &sha256(&enforced));
    let trapped = simulated(&files, "trapped", &sha256(&audit));
    let registered = files.path("enforced.p7b");

    let (code, found) = site_policy(&[&registered], &good);
    assert_eq!((code, &found["relation"]), (0, &"same".into()));
    let (code, found) = site_policy(&[&registered], &trapped);
    assert_eq!((code, &found["relation"]), (1, &"changed".into()));
    assert_eq!(found["changes"], serde_json::json!(["the host has `Enabled:Audit Mode`"]));
    let (code, found) = site_policy(&[&files.xml], &good);
    assert_eq!((code, &found["relation"]), (0, &"converted".into()));
    assert_eq!(found["file"], files.xml.as_str());

    let baseline = files.path("baseline.json");
    let log = format!("{good}/host.tcglog");
    assert_eq!(portcullis(["baseline", "derive", &log, "-o", &baseline]).code, 0);
    for (host, expected) in [(&good, "satisfied"), (&trapped, "violated")] {
        let outcome = portcullis([
            "assess",
            "--evidence",
            host,
            "--baseline",
            &baseline,
            "--ci-policy",
            &registered,
            "--json",
        ]);
        let policies = outcome.json()["policies"].clone();
        let ours =
            policies.as_array().unwrap().iter().find(|policy| policy["name"] == "Hgs_CiPolicy");
        assert_eq!(ours.unwrap()["outcome"], expected, "{host}");
    }
}

/// W22: the signature is not measured, so a signed file matches by what is inside.
#[test]
fn a_signed_file_matches_a_host_that_runs_its_unsigned_copy() {
    let Some(corpus) = third_party("cipolicies") else { return };
    let files = Files::new("ci-signed-host");
    let signed = corpus.join("synthetic/base_signed_v7_sha384_cmsv1.p7");
    let signed = signed.to_str().unwrap();
    let hash = run(&["hash", signed, "--json"]).json();
    let host = simulated(&files, "host", hash["policy_sha256"].as_str().unwrap());
    assert_eq!(site_policy(&[signed], &host).1["relation"], "same");
    let other = simulated(&files, "other", hash["file_sha256"].as_str().unwrap());
    let (code, found) = site_policy(&[signed], &other);
    assert_eq!((code, &found["relation"]), (1, &"whole_file".into()));
}

/// The simulator writes policies by an encoder of its own.
#[test]
fn the_policies_of_a_simulated_host_are_read_and_matched() {
    let files = Files::new("ci-simulated");
    let host = files.path("host");
    let arguments = ["simulate", "host", "--preset", "dell-r740-ws2022", "--out", &host];
    let mode = ["--set", "ci.policy.0.mode=audit"];
    assert_eq!(portcullis(arguments.iter().chain(&mode)).code, 0);
    let (site, driver) =
        (format!("{host}/ci/SiPolicy.p7b"), format!("{host}/ci/DriverSiPolicy.p7b"));
    let doc = run(&["show", &site, "--json"]).json();
    let options = doc["options"].as_array().unwrap();
    assert!(options.contains(&"Enabled:Audit Mode".into()), "{options:?}");
    assert_eq!(run(&["show", &driver, "--json"]).json()["policy_type_name"], "driver blocklist");
    let log = format!("{host}/host.tcglog");
    let outcome = run(&["match", &site, &driver, "--log", &log, "--json"]);
    assert_eq!(outcome.code, 0);
    let files = outcome.json()["files"].clone();
    assert!(files.as_array().unwrap().iter().all(|file| file["measured"] == true), "{files}");
}

/// Real logs name policies that are not public: they are told, and match nothing.
#[test]
fn the_policies_of_real_logs_are_told_with_name_version_and_digest() {
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let files = Files::new("ci-match-real");
    let log = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.ends_with("ws2022-supermicro-sipolicy-boot13.tcglog"))
        .expect("the log");
    let outcome = run(&["match", &files.xml, "--log", log.to_str().unwrap(), "--json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let measured = outcome.json()["measured"][0].clone();
    assert_eq!(
        (&measured["name"], &measured["version"]),
        (&"SiPolicy.p7b".into(), &"10.0.0.0".into())
    );
    assert_eq!(
        measured["digest"],
        "53ecf18ecb76bb22f0cecf97ab824b4fd9a36e50892995553c9fb8eebc4648f3"
    );
    // The file has the same version; nothing that was tried makes it the measured one.
    assert_eq!(
        (&measured["relation"], &measured["file"]),
        (&"unknown".into(), &files.xml.as_str().into())
    );
}

#[test]
fn a_signed_policy_is_shown_unwrapped_and_hashed_by_its_content() {
    let Some(corpus) = third_party("cipolicies") else { return };
    let files = Files::new("ci-signed");
    let signed = corpus.join("synthetic/base_signed_v7_sha256_cmsv3.p7");
    let signed = signed.to_str().unwrap();
    let doc = run(&["show", signed, "--json"]).json();
    assert_eq!(
        (&doc["encoding"], &doc["signatures"][0]["state"]),
        (&"signed_binary".into(), &"holds".into())
    );
    let out = files.path("unsigned.p7b");
    assert_eq!(run(&["unwrap", signed, "-o", &out]).code, 0);
    let hash = run(&["hash", signed, "--json"]).json();
    assert_eq!((&hash["signed"], &hash["policy_sha256"]), (&true.into(), &doc["policy_sha256"]));
    assert_eq!(run(&["hash", &out, "--json"]).json()["file_sha256"], hash["policy_sha256"]);
}

#[test]
fn every_command_has_help_with_examples() {
    for command in [
        "show",
        "diff",
        "convert",
        "set-option",
        "set-version",
        "set-id",
        "set-setting",
        "set-hvci",
        "hash",
        "match",
        "unwrap",
    ] {
        let outcome = run(&[command, "--help"]);
        assert_eq!(outcome.code, 0);
        assert!(outcome.stdout.contains("Examples:"), "{command}");
    }
}

/// The list in the help is written by hand; the engine decides what the numbers mean.
#[test]
fn the_help_of_set_option_lists_every_numbered_option() {
    let help = run(&["set-option", "--help"]).stdout;
    for (number, name) in portcullis_api::ci_policy::options() {
        if let Some(number) = number {
            assert!(help.contains(&format!("{number:>2} {name}")), "{number} {name}");
        }
    }
}
