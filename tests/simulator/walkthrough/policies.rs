//! W10 to W22: the code integrity policy, from its XML to the digest that a host measures.
//!
//! The XML is converted by the engine; the simulated host takes the file and measures it by itself.

use portcullis_api::ci_policy::{Change, How, apply, convert, hash, match_log, show, unwrap};
use portcullis_api::policy_set::RegisteredCiPolicyDoc;
use portcullis_api::request::{CiPolicyFileDoc, hex};
use portcullis_api::{Lang, explain};
use portcullis_simulator::hash::sha256;
use portcullis_simulator::host::{
    AllowAll, Applied, BootStopped, CiEvaluator, CiImage, CiPolicy, Load,
};
use portcullis_simulator::machine::MachineError;
use portcullis_simulator::spec::{CiMode, CiUpdate};
use portcullis_tests::ci_policies::NEW_CI_POLICY;
use portcullis_tests::corpus::{read, third_party};
use portcullis_tests::der;

use super::*;

const AUDIT: &str = "HW1CodeIntegrity.p7b";
const ENFORCED: &str = "HW1CodeIntegrity_enforced.p7b";
const AUDIT_OPTION: &str = "Enabled:Audit Mode";

/// W14, second half: `ConvertFrom-CIPolicy`.
fn converted(xml: &[u8]) -> Vec<u8> {
    convert(xml, How::default()).unwrap().bytes
}

/// W18, first half: `Set-RuleOption -Option 3 -Delete`.
fn enforced_xml() -> Vec<u8> {
    apply(NEW_CI_POLICY.as_bytes(), &[Change::Option { option: "3", delete: true }]).unwrap()
}

/// Both binaries that the walk-through makes.
fn binaries() -> [Vec<u8>; 2] {
    [converted(NEW_CI_POLICY.as_bytes()), converted(&enforced_xml())]
}

/// The file as a host has it on its disk.
fn file_of(content: &[u8]) -> CiPolicy {
    let said = show("", content).unwrap();
    let set = |option: &str| said.options.iter().any(|known| known == option);
    let numbers: Vec<u16> = said.version.split('.').map(|part| part.parse().unwrap()).collect();
    CiPolicy {
        file_name: "SiPolicy.p7b".into(),
        version: numbers.try_into().unwrap(),
        digest: sha256(&[content]),
        content: Some(content.to_vec()),
        mode: if set(AUDIT_OPTION) { CiMode::Audit } else { CiMode::Enforced },
        update: match set("Enabled:Update Policy No Reboot") {
            true => CiUpdate::NoReboot,
            false => CiUpdate::Reboot,
        },
    }
}

/// W16 and W19: applied, and restarted.
fn apply_and_restart(machine: &mut Machine, content: &[u8]) {
    machine.host_mut().apply_ci_policy(file_of(content));
    machine.start(&AllowAll).unwrap();
}

/// W20 and W21: the file is all that the service gets.
fn register_policy(bundle: &mut BundleDoc, name: &str, content: &[u8]) {
    let policy_version = bundle.policy_set.versions[0].clone();
    let policy_sha256 = hash(content).unwrap().policy_sha256;
    bundle.policy_set.ci_policies =
        vec![RegisteredCiPolicyDoc { policy_version, name: name.into(), policy_sha256 }];
}

fn at_hand(bundle: &mut BundleDoc, files: &[(&str, &[u8])]) {
    let file = |(name, content): &(&str, &[u8])| CiPolicyFileDoc {
        name: (*name).to_owned(),
        content: content.to_vec().into(),
    };
    bundle.request.evidence.ci_policies = files.iter().map(file).collect();
}

/// HGS is told digests; whether a policy blocks or logs is not among what it learns (hgs.md, 4.3).
#[test]
fn w10_a_policy_that_audits_passes_when_it_is_registered_and_is_told_by_its_file() {
    let [audit, enforced] = binaries();
    for track in TRACKS {
        let mut machine = host(301, &[]);
        apply_and_restart(&mut machine, &audit);
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &audit);
        passes(&bundle);
        let codes = |bundle: &BundleDoc| {
            let findings = appraise(bundle).report.findings;
            findings.iter().map(|finding| finding.code.clone()).collect::<Vec<_>>()
        };
        assert!(!codes(&bundle).contains(&"CI-POLICY-AUDIT-ONLY".into()), "no file, no word");
        at_hand(&mut bundle, &[(AUDIT, &audit)]);
        passes(&bundle);
        let result = appraise(&bundle);
        let told = finding(&result, "CI-POLICY-AUDIT-ONLY");
        assert_eq!(told.tier, "warning");
        let expected = format!("`{AUDIT}` (version 10.0.0.0, audit mode)");
        assert_eq!(told.found.as_deref(), Some(expected.as_str()));

        apply_and_restart(&mut machine, &enforced);
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &enforced);
        at_hand(&mut bundle, &[(ENFORCED, &enforced)]);
        passes(&bundle);
        assert!(!codes(&bundle).contains(&"CI-POLICY-AUDIT-ONLY".into()));
    }
}

#[test]
fn w11_both_recommended_samples_convert_and_are_what_a_host_measures() {
    let Some(corpus) = third_party("cipolicies") else { return };
    for name in ["AllowMicrosoft_SingleFormat.xml", "DefaultWindows_Enforced.xml"] {
        let binary = converted(&read(&corpus.join("xml_templates").join(name)));
        for track in TRACKS {
            let mut machine = host(302, &[]);
            apply_and_restart(&mut machine, &binary);
            let mut bundle = ask(&mut machine, track);
            fails_by(&bundle, "CI-POLICY-NOT-REGISTERED");
            register_policy(&mut bundle, name, &binary);
            passes(&bundle);
        }
    }
}

#[test]
fn w12_auditing_and_enforcing_are_two_policies_to_attestation() {
    let [audit, enforced] = binaries();
    for track in TRACKS {
        for (measured, registered) in [(&audit, &enforced), (&enforced, &audit)] {
            let mut machine = host(303, &[]);
            apply_and_restart(&mut machine, measured);
            let mut bundle = ask(&mut machine, track);
            register_policy(&mut bundle, "HW1", registered);
            fails_by(&bundle, "CI-POLICY-NOT-REGISTERED");
        }
    }
}

fn warns(file: &[u8], code: &str) -> bool {
    show("", file).unwrap().warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn w14_what_new_ci_policy_makes_audits_and_says_so() {
    let [audit, enforced] = binaries();
    assert!(warns(&audit, "CI-AUDIT-MODE") && warns(NEW_CI_POLICY.as_bytes(), "CI-AUDIT-MODE"));
    assert!(!warns(&enforced, "CI-AUDIT-MODE") && !warns(&enforced_xml(), "CI-AUDIT-MODE"));
}

#[test]
fn w15_the_kept_xml_is_edited_without_another_byte_changed() {
    let edited = String::from_utf8(enforced_xml()).unwrap();
    let rule = "    <Rule>\r\n      <Option>Enabled:Audit Mode</Option>\r\n    </Rule>\r\n";
    assert!(NEW_CI_POLICY.contains(rule) && NEW_CI_POLICY.contains("<!--File Rules-->"));
    assert_eq!(edited, NEW_CI_POLICY.replace(rule, ""));
}

#[test]
fn w16_an_applied_policy_is_measured_from_the_next_restart_on() {
    let [audit, _] = binaries();
    let measured = |machine: &Machine| {
        let log = &machine.host().last_boot().unwrap().event_log;
        match_log(&[(AUDIT, &audit)], log).unwrap().matched
    };
    for track in TRACKS {
        let mut machine = host(304, &[]);
        let applied = machine.host_mut().apply_ci_policy(file_of(&audit));
        assert_eq!(applied, Applied::AtNextBoot);
        assert!(!measured(&machine), "before the restart");
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &audit);
        fails_by(&bundle, "CI-POLICY-NOT-REGISTERED");
        machine.start(&AllowAll).unwrap();
        assert!(measured(&machine), "after it");
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &audit);
        passes(&bundle);
    }
}

/// Allows everything but one driver.
struct Without(&'static str);

impl CiEvaluator for Without {
    fn allows(&self, _: &CiPolicy, image: &CiImage) -> bool {
        !image.path.ends_with(self.0)
    }
}

#[test]
fn w17_a_policy_that_audits_logs_its_violations_and_the_host_attests() {
    let [audit, _] = binaries();
    let mut machine = host(305, &[]);
    machine.host_mut().apply_ci_policy(file_of(&audit));
    // Windows' own list of drivers enforces; here only the policy of the site is watched.
    machine.host_mut().remove_ci_policy("DriverSiPolicy.p7b");
    machine.start(&Without("winhv.sys")).unwrap();
    let violations = machine.host().code_integrity().violations();
    assert!(violations.iter().any(|entry| entry.path.ends_with("winhv.sys") && !entry.blocked));
    for track in TRACKS {
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &audit);
        passes(&bundle);
    }
}

/// The audit bit, in the header's options, and nothing else; so another digest, and another host.
#[test]
fn w18_deleting_option_3_changes_one_bit_of_the_binary_and_therefore_the_digest() {
    let [audit, enforced] = binaries();
    assert_eq!(audit.len(), enforced.len());
    let differing: Vec<(usize, u8)> = audit
        .iter()
        .zip(&enforced)
        .enumerate()
        .filter_map(|(offset, (a, b))| (a != b).then_some((offset, a ^ b)))
        .collect();
    // Options are the 32-bit word at 0x24; option 3 is its bit 16.
    assert_eq!(differing, [(0x26, 1)]);
    assert_ne!(hash(&audit).unwrap().policy_sha256, hash(&enforced).unwrap().policy_sha256);
}

/// The page applies the file of W14 and registers that of W18. The answer shows both digests and
/// both modes, whichever of the two files is at hand.
#[test]
fn w19_the_trap_of_the_page_is_explained_by_both_digests_and_both_modes() {
    let [audit, enforced] = binaries();
    let [of_audit, of_enforced] =
        [&audit, &enforced].map(|content| hash(content).unwrap().policy_sha256);
    for track in TRACKS {
        let mut machine = host(306, &[]);
        apply_and_restart(&mut machine, &audit);
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &enforced);
        let both: [(&str, &[u8]); 2] = [(AUDIT, &audit), (ENFORCED, &enforced)];
        for (files, is) in [
            (&both[..], format!("`{AUDIT}` (audit mode)")),
            (&both[1..], format!("`{ENFORCED}` (audit mode; with `{AUDIT_OPTION}`)")),
        ] {
            at_hand(&mut bundle, files);
            fails_by(&bundle, "CI-POLICY-NOT-REGISTERED");
            let result = appraise(&bundle);
            let told = finding(&result, "CI-POLICY-NOT-REGISTERED");
            let version = track.name();
            let expected = format!(
                "a policy registered as {version}; 1 in all; `HW1` is `{ENFORCED}` \
                 (version 10.0.0.0, enforced, sha256 {of_enforced})"
            );
            assert_eq!(told.expected.as_deref(), Some(expected.as_str()));
            let found = format!("version 10.0.0.0, sha256 {of_audit}, which is {is}");
            assert_eq!(told.found.as_deref(), Some(found.as_str()));
        }
        let japanese = explain::result(&appraise(&bundle), Lang::Ja).text();
        for word in ["監査モード", "強制モード", &of_audit, &of_enforced] {
            assert!(japanese.contains(word), "{word}: {japanese}");
        }
        // The cure is the step as it was meant.
        apply_and_restart(&mut machine, &enforced);
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &enforced);
        passes(&bundle);
    }
}

#[test]
fn w19_a_driver_that_does_not_comply_keeps_the_machine_from_starting() {
    let [_, enforced] = binaries();
    let mut machine = host(307, &[]);
    let before = ask(&mut machine, Version::V2);
    machine.host_mut().apply_ci_policy(file_of(&enforced));
    machine.host_mut().remove_ci_policy("DriverSiPolicy.p7b");
    let stopped = machine.start(&Without("winhv.sys")).unwrap_err();
    assert!(
        matches!(&stopped, MachineError::Stopped(BootStopped::Driver { path, policy })
            if path.ends_with("winhv.sys") && policy == "SiPolicy.p7b"),
        "{stopped}"
    );
    // What it answered before is no answer to another challenge.
    let mut replayed = before;
    replayed.request.nonce = Some(vec![0x77; 32].into());
    fails_by(&replayed, "NONCE-MISMATCH");
}

#[test]
fn w21_a_registered_file_is_known_by_the_digest_that_the_host_measures() {
    let [_, enforced] = binaries();
    for track in TRACKS {
        let mut machine = host(308, &[]);
        apply_and_restart(&mut machine, &enforced);
        let measured = machine.host().truth().measured_policies;
        assert_eq!(measured[0].digest, hash(&enforced).unwrap().policy_sha256);
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "Dell R740, SQL", &enforced);
        let result = appraise(&bundle);
        let policy = result.report.policies.iter().find(|policy| policy.name == "Hgs_CiPolicy");
        assert_eq!(policy.unwrap().matched.as_deref(), Some("Dell R740, SQL"));
    }
}

/// PKCS#7 around a policy: nobody signed it, which does not matter to what is measured.
fn wrapped(policy: &[u8]) -> Vec<u8> {
    let content = der::sequence(&[
        &der::oid("1.3.6.1.4.1.311.79.1"),
        &der::explicit(0, &der::octets(policy)),
    ]);
    let empty_set = der::element(0x31, &[]);
    let data = der::sequence(&[&der::integer(&[1]), &empty_set, &content, &empty_set]);
    der::sequence(&[&der::oid("1.2.840.113549.1.7.2"), &der::explicit(0, &data)])
}

#[test]
fn w22_a_signed_policy_is_registered_by_its_unsigned_copy() {
    let [_, enforced] = binaries();
    let signed = wrapped(&enforced);
    assert_eq!(unwrap(&signed).unwrap().bytes, enforced);
    assert_eq!(hash(&signed).unwrap().policy_sha256, hash(&enforced).unwrap().policy_sha256);
    for track in TRACKS {
        let mut machine = host(309, &[]);
        apply_and_restart(&mut machine, &enforced);
        let mut bundle = ask(&mut machine, track);
        // Either file names the policy inside.
        for file in [&signed, &enforced] {
            register_policy(&mut bundle, "HW1", file);
            passes(&bundle);
        }
        // Somebody registered the digest of the signed file as it lies there.
        bundle.policy_set.ci_policies[0].policy_sha256 = hex(&sha256(&[&signed]));
        at_hand(&mut bundle, &[("HW1_signed.p7b", &signed)]);
        fails_by(&bundle, "CI-POLICY-NOT-REGISTERED");
        let result = appraise(&bundle);
        let told = finding(&result, "CI-POLICY-NOT-REGISTERED");
        assert!(told.found.as_ref().unwrap().contains("which is `HW1_signed.p7b` (enforced)"));
        assert!(told.remedy.contains("unsigned copy"));
    }
}

/// Disabling the policy waives the match, and the result says that nothing was asked.
#[test]
fn waiving_the_policy_is_seen_in_the_result() {
    let [audit, enforced] = binaries();
    for track in TRACKS {
        let mut machine = host(310, &[]);
        apply_and_restart(&mut machine, &audit);
        let mut bundle = ask(&mut machine, track);
        register_policy(&mut bundle, "HW1", &enforced);
        bundle.policy_set.policies.insert("Hgs_CiPolicy".into(), "Disabled".into());
        let result = appraise(&bundle);
        assert_eq!(result.status, "Passed", "{:?}", failures(&result));
        assert_eq!(result.report.tracks[0].ci_policy, None);
        let policy = result.report.policies.iter().find(|policy| policy.name == "Hgs_CiPolicy");
        let policy = policy.unwrap();
        assert_eq!([policy.state.as_str(), &policy.outcome], ["Disabled", "not_applicable"]);
        let text = explain::result(&result, Lang::En).text();
        assert!(text.contains("Hgs_CiPolicy"), "{text}");
    }
}

/// A policy that may be replaced without a restart runs unmeasured (W16): the converter warns.
#[test]
fn w16_a_policy_that_is_replaced_without_a_restart_is_warned_about() {
    let option = Change::Option { option: "16", delete: false };
    let xml = apply(&enforced_xml(), &[option]).unwrap();
    let conversion = convert(&xml, How::default()).unwrap();
    assert!(warns(&conversion.bytes, "CI-UPDATE-NO-REBOOT"));
    let mut machine = host(311, &[]);
    let loose = file_of(&conversion.bytes);
    assert_eq!(machine.host_mut().apply_ci_policy(loose), Applied::Now);
    let image = machine.host().boot_images()[0].clone();
    assert_eq!(machine.host_mut().load(&image, &AllowAll), Load::Loaded);
    let measured = &machine.host().truth().measured_policies[0].digest;
    assert_ne!(*measured, conversion.document.policy_sha256, "in force, and not measured");
}
