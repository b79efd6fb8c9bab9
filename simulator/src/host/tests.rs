//! What a host does and hands over.

use std::collections::BTreeSet;

use super::*;
use crate::bytes::hex;
use crate::hash::Digest;
use crate::spec::{CiMode, CiPolicySpec, CiUpdate, preset};
use crate::tpm::{Tpm, TpmConfig};

/// An evaluator that refuses what ends like this.
struct AllBut(&'static str);

impl CiEvaluator for AllBut {
    fn allows(&self, policy: &CiPolicy, image: &CiImage) -> bool {
        !policy.is_site_policy() || !image.path.ends_with(self.0)
    }
}

fn host(name: &str) -> (Host, Tpm) {
    start(preset::find(name).expect("a preset").spec())
}

fn start(spec: HostSpec) -> (Host, Tpm) {
    let config = TpmConfig { banks: spec.tpm.banks.clone(), ..TpmConfig::default() };
    (Host::new(spec, 1).expect("no conflict"), Tpm::manufacture(1, config))
}

fn cap(tpm: &Tpm) -> Digest {
    tpm.pcrs().value(HashAlg::Sha256, 11).expect("the bank")
}

fn policy(mode: CiMode, update: CiUpdate) -> CiPolicy {
    CiPolicy::of(&CiPolicySpec { mode, update, label: "new".into(), ..CiPolicySpec::default() })
}

fn contains(log: &[u8], bytes: &[u8]) -> bool {
    log.windows(bytes.len()).any(|window| window == bytes)
}

fn versions(policies: &[CiPolicy]) -> Vec<[u8; 32]> {
    policies.iter().filter(|policy| policy.is_site_policy()).map(|policy| policy.digest).collect()
}

#[test]
fn an_applied_policy_is_measured_and_in_force_with_the_next_start() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let (old, new) =
        (versions(host.code_integrity().measured()), policy(CiMode::Enforced, CiUpdate::Reboot));
    assert_eq!(host.apply_ci_policy(new.clone()), Applied::AtNextBoot);
    assert_eq!(versions(host.code_integrity().in_force()), old);
    assert!(!contains(&host.last_boot().expect("a start").event_log, &new.digest));

    host.boot(&mut tpm, &AllowAll).expect("it starts");
    assert_eq!(versions(host.code_integrity().in_force()), [new.digest]);
    assert_eq!(versions(host.code_integrity().measured()), [new.digest]);
    assert!(contains(&host.last_boot().expect("a start").event_log, &new.digest));
}

#[test]
fn a_policy_that_needs_no_restart_is_in_force_before_it_is_measured() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let old = versions(host.code_integrity().measured());
    let new = policy(CiMode::Enforced, CiUpdate::NoReboot);
    assert_eq!(host.apply_ci_policy(new.clone()), Applied::Now);
    assert_eq!(versions(host.code_integrity().in_force()), [new.digest]);
    assert_eq!(versions(host.code_integrity().measured()), old, "a quote still shows the old one");
}

#[test]
fn a_resume_measures_the_new_policy_and_leaves_the_old_one_in_force() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let old = host.code_integrity().in_force().to_vec();
    let new = policy(CiMode::Enforced, CiUpdate::Reboot);
    host.apply_ci_policy(new.clone());
    host.set("boot.resume", "true").expect("a knob");
    let log = host.boot(&mut tpm, &AllowAll).expect("it resumes").event_log.clone();
    assert_eq!(host.code_integrity().in_force(), old);
    let measured = host.code_integrity().measured();
    assert_eq!(measured.iter().map(|policy| policy.digest).collect::<Vec<_>>(), [new.digest]);
    for known in old.iter().chain([&new]) {
        assert_eq!(contains(&log, &known.digest), known.digest == new.digest, "{known:?}");
    }
}

#[test]
fn audit_logs_what_enforcement_refuses() {
    for (mode, expect) in [(CiMode::Audit, Load::Audited), (CiMode::Enforced, Load::Blocked)] {
        let (mut host, mut tpm) = host("dell-r740-ws2022");
        host.apply_ci_policy(policy(mode, CiUpdate::Reboot));
        host.boot(&mut tpm, &AllBut("agent.exe")).expect("boot drivers are allowed");
        let image = |path: &str| CiImage {
            path: path.into(),
            kernel_mode: false,
            signer: None,
            authenticode_sha256: vec![1; 32],
            authenticode_sha1: vec![1; 20],
        };
        assert_eq!(host.load(&image("\\agent.exe"), &AllBut("agent.exe")), expect);
        assert_eq!(host.load(&image("\\other.exe"), &AllBut("agent.exe")), Load::Loaded);
        let [entry] = host.code_integrity().violations() else { panic!("one violation") };
        assert_eq!((entry.path.as_str(), entry.blocked), ("\\agent.exe", mode == CiMode::Enforced));
        assert_eq!(entry.policy, "SiPolicy.p7b");
    }
}

#[test]
fn a_refused_boot_driver_stops_the_start_and_leaves_no_closed_registers() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    let healthy = host.boot(&mut tpm, &AllowAll).expect("it starts").event_log.clone();
    let closed = cap(&tpm);
    let stopped = host.boot(&mut tpm, &AllBut("storahci.sys")).expect_err("a refused driver");
    let BootStopped::Driver { path, policy } = stopped else { panic!("{stopped}") };
    assert!(path.ends_with("\\storahci.sys"), "{path}");
    assert_eq!(policy, "SiPolicy.p7b");
    assert!(host.last_boot().is_none());
    assert_ne!(cap(&tpm), closed);
    assert_eq!(host.capture_baseline(true), Ok(healthy.as_slice()), "the last full boot's log");
    // Taking the driver out of the policy's way lets it start again.
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    assert_eq!(cap(&tpm), closed);
}

#[test]
fn an_audit_policy_lets_the_host_start_and_says_what_it_would_refuse() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    host.apply_ci_policy(policy(CiMode::Audit, CiUpdate::Reboot));
    host.boot(&mut tpm, &AllBut("storahci.sys")).expect("it starts");
    let paths: Vec<_> =
        host.code_integrity().violations().iter().map(|entry| &entry.path).collect();
    assert_eq!(paths, ["\\Windows\\System32\\drivers\\storahci.sys"]);
}

#[test]
fn counters_follow_the_tpm_and_the_starts() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    for start in 1..=3_u32 {
        let log = host.boot(&mut tpm, &AllowAll).expect("it starts").event_log.clone();
        let counter =
            |kind: u32, value: u64| crate::bytes::Bytes::new().u32(kind).u32(8).u64(value).0;
        assert!(contains(&log, &counter(0x2_0002, start.into())), "BOOTCOUNTER");
        let events = (6 + u64::from(start)) * 256;
        assert!(contains(&log, &counter(0x2_0006, events)), "EVENTCOUNTER");
    }
}

#[test]
fn a_resume_keeps_the_log_of_the_last_full_boot_for_baselines() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    let full = host.boot(&mut tpm, &AllowAll).expect("it starts").event_log.clone();
    host.set("boot.resume", "true").expect("a knob");
    let resumed = host.boot(&mut tpm, &AllowAll).expect("it starts");
    assert!(resumed.resumed);
    assert_ne!(resumed.event_log, full);
    assert_eq!(host.capture_baseline(false), Ok(full.as_slice()));
}

#[test]
fn capturing_a_baseline_complains_unless_told_not_to() {
    let (mut host, mut tpm) = host("dell-r740-ws2022");
    assert_eq!(
        host.capture_baseline(false),
        Err(BaselineRefused::Invalid(vec![BaselineDefect::NoCiPolicy]))
    );
    assert_eq!(host.capture_baseline(true), Err(BaselineRefused::NoFullBoot));
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let log = host.capture_baseline(false).expect("a healthy host").to_vec();
    assert_eq!(log, host.last_boot().expect("a start").event_log);

    for (key, value) in [
        ("secure_boot.enabled", "false"),
        ("windows.iommu_required", "false"),
        ("windows.vsm", "false"),
    ] {
        host.set(key, value).expect("a knob");
    }
    host.remove_ci_policy("SiPolicy.p7b");
    host.remove_ci_policy("DriverSiPolicy.p7b");
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let defects = vec![
        BaselineDefect::SecureBootOff,
        BaselineDefect::NoIommu,
        BaselineDefect::VbsNotRunning,
        BaselineDefect::NoCiPolicy,
    ];
    assert_eq!(host.capture_baseline(false), Err(BaselineRefused::Invalid(defects)));
    assert!(host.capture_baseline(true).is_ok());
}

#[test]
fn features_need_a_start_and_host_guardian_switches_code_integrity_protection_on() {
    let mut spec = preset::dell_r740_ws2022();
    let windows = &mut spec.windows;
    (windows.hypervisor, windows.vsm, windows.vbs.hvci) = (false, false, false);
    windows.features.clear();
    let (mut host, mut tpm) = start(spec);
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let both = vec![Feature::HyperV, Feature::HostGuardian];
    assert_eq!(host.capture_baseline(true), Err(BaselineRefused::FeaturesMissing(both.clone())));
    host.install_features(&both);
    assert!(!host.spec().windows.vbs.hvci, "not before the start");
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let windows = &host.spec().windows;
    assert_eq!([windows.hypervisor, windows.vsm, windows.vbs.hvci], [true; 3]);
    assert!(host.capture_baseline(true).is_ok());
}

#[test]
fn a_wrong_change_changes_nothing() {
    let (mut host, _) = host("dell-r740-ws2022");
    let before = host.spec().clone();
    assert!(host.set("windows.hypervisor", "false").is_err(), "VSM needs it");
    assert!(host.set("windows.nonsense", "false").is_err());
    assert_eq!(*host.spec(), before);
}

#[test]
fn the_identifier_says_who_the_host_is_in_each_encoding() {
    let mut spec = preset::dell_r740_ws2022();
    spec.name = "a<b>&\"c\u{1}".into();
    let mut host = Host::new(spec, 1).expect("no conflict");
    let slot = EkCertificateSlot::Certificate(vec![0x30, 3, 2, 1, 1]);
    let identifier = host.platform_identifier(b"key".to_vec(), slot).expect("the TPM is ready");
    let marked = identifier.to_xml(IdentifierEncoding::Utf8WithMark);
    let text = String::from_utf8(marked).expect("UTF-8");
    for part in [
        "\u{feff}<PlatformIdentifier>",
        "<Name>a&lt;b&gt;&amp;\"c\u{fffd}</Name>",
        "<EKPub>a2V5</EKPub>",
        "<EKCert>MAMCAQE=</EKCert>",
        "<SerialNumber>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(text.matches("<MacAddress>02").count(), 4);
    let wide = identifier.to_xml(IdentifierEncoding::Utf16WithMark);
    assert_eq!(wide.get(..4), Some(&[0xff, 0xfe, b'<', 0][..]));
    let declared = identifier.to_xml(IdentifierEncoding::Utf8WithDeclaration);
    assert!(declared.starts_with(b"<?xml version=\"1.0\""));

    let missing = host.platform_identifier(b"key".to_vec(), EkCertificateSlot::Missing);
    let text = missing.expect("the TPM is ready").to_xml(IdentifierEncoding::Utf8WithMark);
    assert!(contains(&text, b"<EKCert>No EKCert was found"));

    host.set("tpm.owned", "false").expect("a knob");
    let unready = Host::new(host.spec().clone(), 1).expect("no conflict");
    assert!(unready.platform_identifier(Vec::new(), EkCertificateSlot::Missing).is_none());
}

#[test]
fn the_truth_of_each_preset_is_what_the_preset_says() {
    for preset in preset::PRESETS {
        let (mut host, mut tpm) = host(preset.name);
        host.boot(&mut tpm, &AllowAll).expect("it starts");
        let (truth, expect) = (host.truth(), preset.expect);
        let counts = |policy: &str| {
            let on = policy != "Hgs_BitLockerEnabled" || expect.switched_on.contains(&policy);
            on && !expect.switched_off.contains(&policy)
        };
        let mut failing: BTreeSet<_> = truth
            .policies
            .iter()
            .filter(|(policy, found)| {
                counts(policy) && matches!(found, PolicyTruth::Violated | PolicyTruth::NotMeasured)
            })
            .map(|(policy, _)| *policy)
            .collect();
        let mut told: BTreeSet<_> = expect.fails_too.iter().copied().collect();
        if let Some((policy, _)) = expect.fails {
            // Whether a reference matches is not the host's to know.
            if truth.policies.get(policy) == Some(&PolicyTruth::NeedsReference) {
                failing.insert(policy);
            }
            told.insert(policy);
        }
        assert_eq!(failing, told, "{}", preset.name);
    }
}

#[test]
fn the_truth_is_written_as_json() {
    let (mut host, mut tpm) = host("fails-no-dumps");
    host.boot(&mut tpm, &AllowAll).expect("it starts");
    let truth = host.truth();
    let json: serde_json::Value = serde_json::from_str(&truth.to_json()).expect("JSON");
    assert_eq!(json["policies"]["Hgs_NoDumps"], "violated");
    assert_eq!(json["spec"]["windows.dumps"], "encrypted");
    assert_eq!(json["reset_count"], 1);
    let log = &host.last_boot().expect("a start").event_log;
    let digest = truth.dump_key_digest.expect("dumps are encrypted");
    let measured = hex(log).contains(&digest);
    assert!(measured, "the key's digest is measured");
    let [decryption, signing] = truth.vsm_identity_keys.expect("VSM has keys");
    assert!(hex(log).contains(&decryption) && hex(log).contains(&signing));
    assert_ne!(decryption, signing);
}
