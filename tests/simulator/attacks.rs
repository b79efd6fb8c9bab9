//! Attacks by somebody who owns the machine and its TPM, but not its keys: each fails by a
//! finding of its own. The TPM really measured and signed what is handed in here.

use portcullis_api::request::{CredentialDoc, hex};
use portcullis_api::{BundleDoc, PolicySetDoc, ResultDoc};
use portcullis_simulator::host::AllowAll;
use portcullis_simulator::log::{LogLayout, Measurement, record};
use portcullis_simulator::machine::Machine;
use portcullis_simulator::spec::preset::{self, Expectation, PRESETS};
use portcullis_simulator::tpm::{EkTemplate, PcrSelection, StartedBy, template};
use portcullis_wire::event::{SEPARATOR_WBCL, action, no_action};
use portcullis_wire::tpm::Handle;
use portcullis_wire::{EventType, SipaType};

use super::machine::service::{NONCE, Version, challenge};
use super::machine::{of_preset, started};

const HONEST: &str = "dell-r740-ws2022";

fn honest(seed: u64) -> (Machine, &'static Expectation) {
    let expect = &preset::find(HONEST).unwrap().expect;
    (of_preset(HONEST, EkTemplate::P256, seed), expect)
}

fn codes(result: &ResultDoc) -> Vec<&str> {
    let failures = result.report.findings.iter().filter(|finding| finding.tier == "failure");
    failures.map(|finding| finding.code.as_str()).collect()
}

/// Refused, with a failure of this code.
fn refused(bundle: &BundleDoc, code: &str) {
    let result = bundle.appraise().unwrap();
    assert_ne!(result.status, "Passed", "{code}");
    assert!(codes(&result).contains(&code), "{code}: {:?}", codes(&result));
}

/// What an honest machine measured, changed, measured into the TPM again and quoted: the log
/// that is handed in is the log of what the TPM saw.
pub fn remeasured(seed: u64, change: impl Fn(&mut Vec<Measurement>)) -> BundleDoc {
    let (mut machine, expect) = honest(seed);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    assert_eq!(bundle.appraise().unwrap().status, "Passed");
    let mut measurements = machine.host().last_boot().unwrap().measurements.clone();
    change(&mut measurements);
    let banks = machine.tpm().pcrs().banks().collect();
    let recorded = record(&measurements, &LogLayout { banks, ..LogLayout::default() });
    let tpm = machine.tpm_mut();
    tpm.power_off();
    tpm.boot(&StartedBy::Locality(locality(&measurements))).unwrap();
    for extend in &recorded.extends {
        tpm.pcr_extend(extend.pcr, &extend.digests).unwrap();
    }
    let selection = machine.all_registers();
    let quote = machine.quote(&NONCE, &selection).unwrap();
    let evidence = &mut bundle.request.evidence;
    evidence.quotes[0].attest = quote.attestation.attest.clone().into();
    evidence.quotes[0].signature = quote.attestation.signature.clone().into();
    evidence.quotes[0].pcr_values = Some(quote.pcr_values_file().into());
    evidence.event_log = Some(recorded.event_log.into());
    bundle
}

/// The locality at which the firmware says that it started the TPM.
fn locality(measurements: &[Measurement]) -> u8 {
    let record =
        measurements.iter().find(|step| step.data.starts_with(no_action::STARTUP_LOCALITY));
    record.map_or(0, |step| *step.data.last().unwrap())
}

/// Position of the separator that closes one of Windows' registers.
fn closing(measurements: &[Measurement], pcr: u32) -> usize {
    let closes = |step: &Measurement| step.pcr == pcr && step.data == SEPARATOR_WBCL;
    measurements.iter().position(closes).unwrap()
}

fn tagged(pcr: u32, data: Vec<u8>, like: &Measurement) -> Measurement {
    Measurement { pcr, data, ..like.clone() }
}

/// An element with its header.
fn element(kind: SipaType, data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap();
    [&kind.0.to_le_bytes()[..], &size.to_le_bytes(), data].concat()
}

#[test]
fn measuring_the_same_again_changes_nothing() {
    assert_eq!(remeasured(1, |_| {}).appraise().unwrap().status, "Passed");
}

#[test]
fn a_bank_that_the_firmware_never_extended_is_refused() {
    // The firmware leaves the bank alone; whoever runs first writes the rest of the story.
    let bundle = remeasured(2, |measurements| {
        measurements.retain(|step| step.pcr != 0 || step.event_type == EventType::NO_ACTION);
    });
    refused(&bundle, "BANK-CARTE-BLANCHE");
    let separators_only = remeasured(2, |measurements| {
        let kept = [EventType::SEPARATOR, EventType::NO_ACTION];
        measurements.retain(|step| step.pcr != 0 || kept.contains(&step.event_type));
    });
    refused(&separators_only, "BANK-CARTE-BLANCHE");
}

#[test]
fn events_behind_the_separator_fail_the_host() {
    for pcr in 12..=14 {
        let bundle = remeasured(3, |measurements| {
            let closing = closing(measurements, pcr);
            let flag = element(SipaType::VBS_IOMMU_REQUIRED, &[1]);
            let late = element(SipaType::TRUSTBOUNDARY, &flag);
            let late = tagged(pcr, late, &measurements[closing - 1].clone());
            measurements.push(late);
        });
        refused(&bundle, "EVENTS-BEHIND-SEPARATOR");
    }
}

#[test]
fn a_register_that_was_never_closed_fails_the_host() {
    let bundle = remeasured(4, |measurements| {
        measurements.remove(closing(measurements, 12));
    });
    refused(&bundle, "WINDOWS-EVENTS-INVALID");
}

#[test]
fn a_second_statement_of_a_flag_makes_a_conflict_and_not_a_repair() {
    let bundle = remeasured(5, |measurements| {
        let closing = closing(measurements, 12);
        let flag = element(SipaType::OSKERNELDEBUG, &[1]);
        let set = element(SipaType::TRUSTBOUNDARY, &flag);
        let like = measurements.iter().rfind(|step| step.pcr == 12).unwrap().clone();
        measurements.insert(closing, tagged(12, set, &like));
    });
    refused(&bundle, "KERNEL-DEBUGGING-ON");
    refused(&bundle, "WINDOWS-EVENTS-INVALID");
}

#[test]
fn a_nested_sipa_bomb_in_a_measured_event_fails_the_host() {
    let bundle = remeasured(6, |measurements| {
        let closing = closing(measurements, 13);
        let mut bomb = Vec::new();
        for _ in 0..10_000 {
            bomb = element(SipaType::ELAM_AGGREGATION, &bomb);
        }
        let like = measurements.iter().rfind(|step| step.pcr == 13).unwrap().clone();
        measurements.insert(closing, tagged(13, bomb, &like));
    });
    refused(&bundle, "WINDOWS-EVENTS-INVALID");
}

#[test]
fn retyped_events_change_no_answer() {
    let honest = remeasured(7, |_| {}).appraise().unwrap();
    let retyped = remeasured(7, |measurements| {
        for step in measurements.iter_mut().filter(|step| (12..=14).contains(&step.pcr)) {
            step.event_type = EventType::IPL;
        }
    });
    let retyped = retyped.appraise().unwrap();
    assert_eq!((honest.status.as_str(), retyped.status.as_str()), ("Passed", "Passed"));
    assert_eq!(retyped.report.policies, honest.report.policies);
}

#[test]
fn dropping_all_events_of_a_quoted_register_is_reported() {
    let (mut machine, expect) = honest(8);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    let mut measurements = machine.host().last_boot().unwrap().measurements.clone();
    measurements.retain(|step| step.pcr != 14);
    let banks = machine.tpm().pcrs().banks().collect();
    let recorded = record(&measurements, &LogLayout { banks, ..LogLayout::default() });
    bundle.request.evidence.event_log = Some(recorded.event_log.into());
    refused(&bundle, "PCR-EXTENDED-UNLOGGED");
}

/// The loader is signed under an authority that the baseline admits, because option ROMs need
/// it. It starts Windows' boot manager only to have Windows' authority measured, and writes
/// everything that Windows would have.
#[test]
fn a_third_party_loader_cannot_write_windows_events_under_a_secure_boot_baseline() {
    let mut spec = preset::find(HONEST).unwrap().spec();
    spec.set("firmware.option_roms", "2").unwrap();
    spec.tpm.ek = EkTemplate::P256;
    let expect = &preset::find(HONEST).unwrap().expect;
    let mut machine = started(spec, 9);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    assert_eq!(bundle.appraise().unwrap().status, "Passed", "boot_chain vouches for the loader");
    for registered in &mut bundle.policy_set.baselines {
        registered.baseline.level = "secure_boot".into();
        registered.baseline.images.clear();
    }
    refused(&bundle, "WINDOWS-NOT-VOUCHED");
}

#[test]
fn another_loader_fails_a_baseline_that_lists_loaders() {
    let bundle = remeasured(10, |measurements| {
        let start = measurements
            .iter()
            .position(|step| step.pcr == 4 && step.data == action::CALLING_EFI_APPLICATION)
            .unwrap();
        let image = Measurement::of_content(
            4,
            EventType::EFI_BOOT_SERVICES_APPLICATION,
            vec![0; 32],
            b"another loader".to_vec(),
        );
        measurements.insert(start + 1, image);
    });
    refused(&bundle, "BOOT-IMAGE-NOT-ALLOWED");
}

#[test]
fn an_ek_that_its_certificate_does_not_name_is_refused() {
    let (mut a, expect) = honest(11);
    let (mut b, _) = honest(12);
    let mut bundle = challenge(&mut a, expect, Version::V2);
    let other = challenge(&mut b, expect, Version::V2);
    bundle.request.evidence.ek_certificate = other.request.evidence.ek_certificate;
    refused(&bundle, "EK-KEY-MISMATCH");
}

#[test]
fn another_ek_is_not_the_registered_one() {
    let (mut a, expect) = honest(13);
    let (mut b, _) = honest(14);
    let mut bundle = challenge(&mut a, expect, Version::V2);
    bundle.host = challenge(&mut b, expect, Version::V2).host;
    refused(&bundle, "EK-NOT-REGISTERED");
}

#[test]
fn an_ak_of_another_tpm_is_refused() {
    let (mut a, expect) = honest(15);
    let (mut b, _) = honest(16);
    let mut bundle = challenge(&mut a, expect, Version::V2);
    let other = challenge(&mut b, expect, Version::V2).request.evidence;
    let evidence = &mut bundle.request.evidence;
    (evidence.ak_public, evidence.quotes) = (other.ak_public, other.quotes);
    evidence.event_log = other.event_log;
    refused(&bundle, "AK-ACTIVATION-MISMATCH");
}

#[test]
fn a_quote_of_another_machine_is_refused() {
    let (mut a, expect) = honest(17);
    let (mut b, _) = honest(18);
    let mut bundle = challenge(&mut a, expect, Version::V2);
    let other = challenge(&mut b, expect, Version::V2).request.evidence;
    bundle.request.evidence.quotes = other.quotes;
    refused(&bundle, "QUOTE-SIGNATURE-INVALID");
}

/// A register that nobody signed has no value, whatever the file of values says of it.
#[test]
fn a_quote_without_one_required_register_fails_by_that_register() {
    let (mut machine, expect) = honest(24);
    let bundle = challenge(&mut machine, expect, Version::V2);
    let bank = machine.host().spec().tpm.measured_bank();
    for missing in (0..8).chain(11..15) {
        let others: Vec<u8> = (0..24).filter(|pcr| *pcr != missing).collect();
        let quote = machine.quote(&NONCE, &PcrSelection::of(bank, &others)).unwrap();
        let mut bundle = bundle.clone();
        let evidence = &mut bundle.request.evidence;
        evidence.quotes[0].attest = quote.attestation.attest.clone().into();
        evidence.quotes[0].signature = quote.attestation.signature.clone().into();
        // The values of the whole bank, as an earlier quote had them.
        refused(&bundle, "QUOTE-PCR-NOT-SELECTED");
        bundle.request.evidence.quotes[0].pcr_values = Some(quote.pcr_values_file().into());
        let result = bundle.appraise().unwrap();
        assert_eq!(result.report.headline, "QUOTE-PCR-NOT-SELECTED", "{:?}", codes(&result));
        let named = &result.report.findings[0];
        assert_eq!(named.subject, format!("pcr {missing} (sha256)"));
        let row = &result.report.pcrs[usize::from(missing)];
        assert_eq!((row.state.as_str(), &row.quoted), ("not_quoted", &None));
    }
}

#[test]
fn an_earlier_quote_is_no_answer_to_a_later_challenge() {
    let (mut machine, expect) = honest(25);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    bundle.request.nonce = Some(vec![0x33; 32].into());
    let result = bundle.appraise().unwrap();
    assert_eq!((result.status.as_str(), codes(&result)), ("TpmError", vec!["NONCE-MISMATCH"]));
}

/// The counter of one AK says nothing about another: it is remembered beside the AK's name.
#[test]
fn a_reset_counter_of_the_same_ak_never_goes_back() {
    let (mut machine, expect) = honest(26);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    let reset_count = machine.host().truth().reset_count.unwrap();
    let known = bundle.request.credential.as_ref().unwrap().ak_name.clone();
    let record = bundle.host.as_mut().unwrap();
    record.ak_name = Some(known);
    for (remembered, passes) in [(reset_count - 1, true), (reset_count, true)] {
        bundle.host.as_mut().unwrap().reset_count = Some(remembered);
        assert_eq!(bundle.appraise().unwrap().status == "Passed", passes, "{remembered}");
    }
    bundle.host.as_mut().unwrap().reset_count = Some(reset_count + 1);
    let result = bundle.appraise().unwrap();
    assert_eq!(codes(&result), ["CLOCK-WENT-BACK"]);
}

#[test]
fn an_unrestricted_ak_is_refused() {
    const KEY: Handle = Handle(0x8101_0030);
    let (mut machine, expect) = honest(19);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    let (ek, selection) = (machine.ek(), machine.all_registers());
    let tpm = machine.tpm_mut();
    let unrestricted = template::unrestricted_signing_key(ek.ak_scheme());
    tpm.provision_key(ek.handle(), &unrestricted, KEY).unwrap();
    let quote = tpm.quote(KEY, &NONCE, &selection, None).unwrap();
    let key = tpm.object(KEY).unwrap();
    let (public, name) = (key.public.to_tpm2b(), key.name.clone());
    let evidence = &mut bundle.request.evidence;
    evidence.ak_public = Some(public.into());
    evidence.quotes[0].attest = quote.attestation.attest.clone().into();
    evidence.quotes[0].signature = quote.attestation.signature.clone().into();
    // Even a credential that was made for this key, and opened, does not help.
    let credential = bundle.request.credential.take().unwrap();
    bundle.request.credential = Some(CredentialDoc { ak_name: hex(&name), ..credential });
    refused(&bundle, "AK-ATTRIBUTES-UNFIT");
    let result = bundle.appraise().unwrap();
    assert!(!codes(&result).contains(&"QUOTE-SIGNATURE-INVALID"), "the signature itself holds");
}

#[test]
fn a_cleared_tpm_has_to_prove_its_new_key_and_is_no_dead_end() {
    let (mut machine, expect) = honest(20);
    let before = challenge(&mut machine, expect, Version::V2);
    let mut record = before.host.clone().unwrap();
    record.ak_name = before.request.credential.as_ref().map(|known| known.ak_name.clone());
    record.reset_count = Some(1_000_000);
    machine.tpm_mut().clear().unwrap();
    machine.start(&AllowAll).unwrap();
    let mut after = challenge(&mut machine, expect, Version::V2);
    after.host = Some(record);
    assert_eq!(after.appraise().unwrap().status, "Passed", "the activation proves the new key");
    after.request.credential = None;
    after.request.evidence.activated_secret = None;
    let result = after.appraise().unwrap();
    assert_eq!(result.report.headline, "AK-NAME-MISMATCH");
    assert!(!codes(&result).contains(&"CLOCK-WENT-BACK"));
}

#[test]
fn an_empty_policy_set_passes_nobody() {
    let (mut machine, expect) = honest(21);
    let mut bundle = challenge(&mut machine, expect, Version::V2);
    bundle.policy_set.ci_policies.clear();
    refused(&bundle, "CI-POLICY-MISSING");
    bundle.policy_set.baselines.clear();
    refused(&bundle, "BASELINE-MISSING");
    bundle.policy_set = PolicySetDoc::default();
    refused(&bundle, "EK-CHAIN-UNTRUSTED");
    refused(&bundle, "BASELINE-MISSING");
    refused(&bundle, "CI-POLICY-MISSING");
}

#[test]
fn references_of_the_other_version_are_named_as_the_reason() {
    let (mut machine, expect) = honest(22);
    let mut bundle = challenge(&mut machine, expect, Version::V1);
    for baseline in &mut bundle.policy_set.baselines {
        baseline.policy_version = "v2".into();
    }
    refused(&bundle, "BASELINE-VERSION-MIXED");
    let mut bundle = challenge(&mut machine, expect, Version::V1);
    for policy in &mut bundle.policy_set.ci_policies {
        policy.policy_version = "v2".into();
    }
    refused(&bundle, "CI-POLICY-VERSION-MIXED");
}

#[test]
fn revocations_that_disappear_have_their_own_finding() {
    let expect = &preset::find(HONEST).unwrap().expect;
    let more = Expectation { baseline: Some("fails-secure-boot-settings"), ..*expect };
    let mut machine = of_preset(HONEST, EkTemplate::P256, 23);
    let bundle = challenge(&mut machine, &more, Version::V2);
    let result = bundle.appraise().unwrap();
    assert_eq!(result.report.headline, "DBX-ENTRIES-REMOVED", "{:?}", codes(&result));
}

/// Takes something away from evidence, or puts something else there.
type Spoil = fn(&mut BundleDoc);

/// Ways to hand in less, or something else.
const FAULTS: &[(&str, Spoil)] = &[
    ("no log", |bundle| bundle.request.evidence.event_log = None),
    ("no quote", |bundle| bundle.request.evidence.quotes.clear()),
    ("no EK", |bundle| bundle.request.evidence.ek_public = None),
    ("no certificate", |bundle| bundle.request.evidence.ek_certificate = None),
    ("no chain", |bundle| bundle.request.evidence.ek_intermediates.clear()),
    ("no AK", |bundle| bundle.request.evidence.ak_public = None),
    ("no secret", |bundle| bundle.request.evidence.activated_secret = None),
    ("no values", |bundle| bundle.request.evidence.quotes[0].pcr_values = None),
    ("stale nonce", |bundle| bundle.request.nonce = Some(vec![7; 32].into())),
    ("cut log", |bundle| {
        let log = &mut bundle.request.evidence.event_log.as_mut().unwrap().0;
        log.truncate(log.len() * 2 / 3);
    }),
    ("torn signature", |bundle| {
        *bundle.request.evidence.quotes[0].signature.0.last_mut().unwrap() ^= 1;
    }),
    ("torn log", |bundle| {
        let log = &mut bundle.request.evidence.event_log.as_mut().unwrap().0;
        let middle = log.len() / 2;
        log[middle] ^= 0x10;
    }),
];

/// Each failing host is handed in with every fault; over seeds, [`super::machine`] does more.
#[test]
fn handing_in_less_or_something_else_never_turns_a_failure_into_a_pass() {
    let failing = PRESETS.iter().filter(|preset| preset.expect.fails.is_some());
    for (preset, seed) in failing.zip(0..) {
        let mut machine = of_preset(preset.name, EkTemplate::P256, seed);
        let bundle = challenge(&mut machine, &preset.expect, Version::V2);
        for (fault, spoil) in FAULTS {
            let mut spoilt = bundle.clone();
            spoil(&mut spoilt);
            let result = spoilt.appraise().unwrap();
            assert_ne!(result.status, "Passed", "{}, seed {seed}, {fault}", preset.name);
        }
    }
}
