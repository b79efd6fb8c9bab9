//! Every preset, under the rules that it is meant for: it passes, or fails exactly its policy.

use std::collections::BTreeSet;

use portcullis_api::ResultDoc;
use portcullis_api::request::RecordedPcrsDoc;
use portcullis_simulator::host::PolicyTruth;
use portcullis_simulator::machine::Machine;
use portcullis_simulator::spec::preset::{PRESETS, Preset};
use portcullis_simulator::tpm::{EkTemplate, PcrSelection};

use super::service::{NONCE, Version, challenge, quote_doc};
use super::{POOL_MACHINES, in_parallel, of_preset, pool};

/// Seeds, dealt out over presets and kinds of EK.
const SEEDS: u64 = 1_000;

const KINDS: [EkTemplate; 2] = [EkTemplate::Rsa2048, EkTemplate::P256];

/// The finding and the sub-status that stand for a policy and a reason of HGS.
fn headline(policy: &str, reason: &str) -> (&'static str, &'static str) {
    match (policy, reason) {
        ("Hgs_SecureBootEnabled", _) => ("SECURE-BOOT-OFF", "SecureBoot"),
        ("Hgs_UefiDebugDisabled", _) => ("KERNEL-DEBUGGING-ON", "DebugMode"),
        ("Hgs_SecureBootSettings", _) => ("DBX-ENTRIES-ADDED", "SecureBootSettings"),
        ("Hgs_CiPolicy", _) => ("CI-POLICY-NOT-REGISTERED", "CodeIntegrityPolicy"),
        ("Hgs_HypervisorEnforcedCiPolicy", _) => {
            ("HYPERVISOR-ENFORCED-CI-OFF", "HypervisorEnforcedCodeIntegrityPolicy")
        }
        ("Hgs_FullBoot", _) => ("NOT-FULL-BOOT", "FullBoot"),
        ("Hgs_VsmIdkPresent", "VsmRunning") => ("VSM-NOT-RUNNING", "VirtualSecureMode"),
        ("Hgs_VsmIdkPresent", _) => ("VSM-IDENTITY-KEY-MISSING", "VirtualSecureMode"),
        ("Hgs_PageFileEncryptionEnabled", _) => ("PAGE-FILE-NOT-ENCRYPTED", "PagefileEncryption"),
        ("Hgs_BitLockerEnabled", _) => ("BITLOCKER-OFF", "BitLocker"),
        ("Hgs_IommuEnabled", _) => ("IOMMU-NOT-REQUIRED", "Iommu"),
        ("Hgs_NoHibernation", _) => ("HIBERNATION-ENABLED", "HibernationEnabled"),
        ("Hgs_NoDumps", _) => ("DUMPS-ENABLED", "DumpsEnabled"),
        ("Hgs_DumpEncryption", _) => ("DUMPS-NOT-ENCRYPTED", "DumpEncryption"),
        ("Hgs_DumpEncryptionKey", _) => ("DUMP-KEY-NOT-REGISTERED", "DumpEncryptionKey"),
        _ => panic!("no finding for {policy}, {reason}"),
    }
}

/// The engine's word on a machine of a preset.
struct Judged {
    label: String,
    machine: Machine,
    result: ResultDoc,
}

fn judge(preset: &Preset, ek: EkTemplate, seed: u64, version: Version) -> Judged {
    let label = format!("{}, {}, seed {seed}, {}", preset.name, ek.name(), version.name());
    let mut machine = of_preset(preset.name, ek, seed);
    let result = challenge(&mut machine, &preset.expect, version).appraise().unwrap();
    Judged { label, machine, result }
}

impl Judged {
    /// Quote, chain and binding of the AK hold, and the log leads to every register.
    fn check_authentic(&self, version: Version) {
        let Self { label, result, .. } = self;
        let report = &result.report;
        let hardware = if version == Version::V2 { "endorsed" } else { "unproven" };
        assert_eq!(report.hardware, hardware, "{label}: {:?}", report.findings);
        assert_eq!(report.ak_binding, "activation", "{label}");
        assert!(report.tracks.iter().all(|track| track.identifier), "{label}");
        assert_eq!(report.pcrs.len(), 24, "{label}");
        for row in &report.pcrs {
            assert!(row.quoted.is_some(), "{label}: PCR {}", row.pcr);
            let state = if row.events_count > 0 { "matches" } else { "untouched" };
            assert_eq!(row.state, state, "{label}: PCR {}", row.pcr);
        }
        assert!(
            result.status == "Passed" || result.status == "InsecureHostConfiguration",
            "{label}"
        );
    }

    /// Nothing fails but what the preset says, and that comes first.
    fn check_verdict(&self, preset: &Preset) {
        let Self { label, result, .. } = self;
        let (report, expect) = (&result.report, &preset.expect);
        let failing: BTreeSet<&str> = report
            .policies
            .iter()
            .filter(|policy| policy.outcome == "violated" || policy.outcome == "errored")
            .map(|policy| policy.name.as_str())
            .collect();
        let failures = report.findings.iter().filter(|finding| finding.tier == "failure");
        let failures: Vec<_> = failures.map(|finding| finding.code.as_str()).collect();
        let Some((policy, reason)) = expect.fails else {
            assert_eq!((result.status.as_str(), failures), ("Passed", vec![]), "{label}");
            return;
        };
        let expected = expect.fails_too.iter().copied().chain([policy]).collect();
        assert_eq!(failing, expected, "{label}: {failures:?}");
        let (code, sub_status) = headline(policy, reason);
        assert_eq!(report.headline, code, "{label}: {failures:?}");
        if expect.fails_too.is_empty() {
            // Without Secure Boot nothing says that Windows' own boot manager wrote the log.
            let doubt = if code == "SECURE-BOOT-OFF" { "WINDOWS-NOT-VOUCHED" } else { code };
            let allowed = BTreeSet::from([code, doubt]);
            assert_eq!(failures.into_iter().collect::<BTreeSet<_>>(), allowed, "{label}");
        }
        assert_eq!(result.status, "InsecureHostConfiguration", "{label}");
        assert_eq!(result.sub_status, sub_status, "{label}");
    }

    /// What the engine says of each policy is what the machine was built to be.
    fn check_truth(&self) {
        let Self { label, machine, result } = self;
        let truth = machine.host().truth().policies;
        for policy in &result.report.policies {
            let expect = match truth.get(policy.name.as_str()) {
                _ if policy.outcome == "not_applicable" => continue,
                Some(PolicyTruth::Satisfied) => "satisfied",
                Some(PolicyTruth::Violated | PolicyTruth::NotMeasured) => "violated",
                Some(PolicyTruth::NeedsReference) => continue,
                None => panic!("{label}: {} asks for what nobody knows", policy.name),
            };
            assert_eq!(policy.outcome, expect, "{label}: {}", policy.name);
        }
    }
}

#[test]
fn a_thousand_machines_are_authenticated_and_judged_as_their_presets_say() {
    let presets = PRESETS.len() as u64;
    in_parallel(SEEDS, |seed| {
        let preset = &PRESETS[(seed % presets) as usize];
        let ek = KINDS[(seed / presets % 2) as usize];
        let judged = judge(preset, ek, seed, Version::V2);
        judged.check_authentic(Version::V2);
        judged.check_verdict(preset);
        judged.check_truth();
    });
    // The RSA keys come from a pool that is smaller than the fleet, and says so.
    assert_eq!((pool().hosts(), pool().shares_keys(SEEDS)), (POOL_MACHINES, true));
}

#[test]
fn a_bare_ek_that_was_registered_by_hand_is_judged_alike_under_v1() {
    in_parallel(PRESETS.len() as u64 * 2, |case| {
        let preset = &PRESETS[(case / 2) as usize];
        let ek = KINDS[(case % 2) as usize];
        let judged = judge(preset, ek, case, Version::V1);
        judged.check_authentic(Version::V1);
        judged.check_verdict(preset);
        judged.check_truth();
    });
}

#[test]
fn an_ek_on_p384_is_judged_alike() {
    in_parallel(PRESETS.len() as u64, |case| {
        let preset = &PRESETS[case as usize];
        let judged = judge(preset, EkTemplate::P384, case, Version::V2);
        judged.check_authentic(Version::V2);
        judged.check_verdict(preset);
    });
}

/// Windows closes the banks that it does not use with extends that no log shows, and firmware goes
/// on extending them: all that is known, and no reason to doubt a host.
#[test]
fn quoting_and_recording_every_bank_changes_no_verdict() {
    in_parallel(PRESETS.len() as u64, |case| {
        let preset = &PRESETS[case as usize];
        let mut machine = of_preset(preset.name, EkTemplate::P256, case);
        let mut bundle = challenge(&mut machine, &preset.expect, Version::V2);
        let registers = (0..24).collect::<Vec<_>>();
        let banks = machine.host().banks().to_vec();
        let selection = banks
            .iter()
            .fold(PcrSelection::default(), |selection, bank| selection.and(*bank, &registers));
        let quote = machine.quote(&NONCE, &selection).unwrap();
        bundle.request.evidence.quotes = vec![quote_doc(&quote)];
        bundle.request.evidence.recorded_pcrs = banks
            .iter()
            .map(|bank| RecordedPcrsDoc {
                bank: bank.to_string(),
                values: registers
                    .iter()
                    .flat_map(|pcr| {
                        machine.tpm().pcrs().value(*bank, *pcr).unwrap().as_bytes().to_vec()
                    })
                    .collect::<Vec<_>>()
                    .into(),
            })
            .collect();
        let result = bundle.appraise().unwrap();
        let label = format!("{}: every bank", preset.name);
        Judged { label, machine, result }.check_verdict(preset);
    });
}
