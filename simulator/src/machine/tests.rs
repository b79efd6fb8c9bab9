//! What machines hand over, and when they hand over nothing.

use super::*;
use crate::host::AllowAll;
use crate::spec::preset;

/// A machine with an elliptic curve EK: RSA keys are slow.
fn machine(name: &str, seed: u64, overrides: &[(&str, &str)]) -> Machine {
    let mut spec = preset::find(name).expect("a preset").spec();
    for (key, value) in [("tpm.ek", "p256")].iter().chain(overrides) {
        spec.set(key, value).expect("a knob");
    }
    Fleet::new().expect("a vendor").machine(spec, seed).expect("no conflict")
}

fn started(name: &str, seed: u64, overrides: &[(&str, &str)]) -> Machine {
    let mut machine = machine(name, seed, overrides);
    machine.start(&AllowAll).expect("it starts");
    machine
}

#[test]
fn a_seed_gives_the_same_evidence_and_another_seed_other_keys_and_logs() {
    let evidence = |seed| started("dell-r740-ws2022", seed, &[]).evidence(b"n").expect("evidence");
    let (one, other) = (evidence(1), evidence(2));
    assert_eq!(one, evidence(1));
    assert_ne!(one.ek_public, other.ek_public);
    assert_ne!(one.ak_name, other.ak_name);
    assert_ne!(one.event_log, other.event_log);
    assert_ne!(one.identifier, other.identifier);
}

#[test]
fn a_machine_that_resumes_was_started_in_full_before() {
    let machine = started("fails-full-boot", 1, &[]);
    let boot = machine.host().last_boot().expect("a start");
    let full = machine.host().capture_baseline(true).expect("a full start");
    assert!(boot.resumed);
    assert_ne!(boot.event_log, full);
    // A vendor's start, five before this one, the full one, the resume.
    assert_eq!((boot.reset_count, machine.tpm().clock().reset_count), (8, 8));
}

#[test]
fn a_machine_whose_tpm_is_not_ready_hands_nothing_over() {
    let unready = [("tpm.owned", "false"), ("tpm.auto_provisioning", "false")];
    let mut machine = started("dell-r740-ws2022", 1, &unready);
    assert_eq!(machine.evidence(b"n"), Err(MachineError::TpmNotReady));
    assert_eq!(machine.identifier(), Err(MachineError::TpmNotReady));
    assert!(machine.host_mut().initialize_tpm().ready);
    assert!(machine.evidence(b"n").is_ok());
}

#[test]
fn a_machine_that_was_not_started_quotes_nothing() {
    let mut machine = machine("dell-r740-ws2022", 1, &[]);
    assert!(machine.evidence(b"n").is_err());
}

#[test]
fn what_was_made_under_the_ek_is_lost_with_a_clear_and_the_ek_stays() {
    let mut machine = started("dell-r740-ws2022", 1, &[]);
    let before = machine.evidence(b"n").expect("evidence");
    machine.tpm_mut().clear().expect("a clear");
    let after = machine.evidence(b"n").expect("evidence");
    assert_eq!(before.ek_public, after.ek_public);
    assert_ne!(before.ak_name, after.ak_name);
}

#[test]
fn an_activation_opens_what_was_sealed_and_survives_a_restart() {
    let mut machine = started("dell-r740-ws2022", 1, &[]);
    let activation = machine.activation(&[7; 32]).expect("an activation");
    assert_eq!(activation.activated, [7; 32]);
    assert_ne!(activation.credential.id_object, [7; 32]);
    machine.start(&AllowAll).expect("it starts again");
    assert_eq!(machine.activate(&activation.credential), Ok(vec![7; 32]));
}

#[test]
fn flaws_of_the_endorsement_stand_where_they_belong() {
    let evidence =
        |flaws| started("dell-r740-ws2022", 1, &[("tpm.ek_flaws", flaws)]).evidence(b"n");
    let missing = evidence("[\"missing\"]").expect("evidence");
    assert_eq!(missing.ek_certificate, None);
    assert_eq!(missing.identifier.ek_certificate, crate::host::EkCertificateSlot::Missing);
    let alone = evidence("[\"missing-intermediate\", \"nv-header\"]").expect("evidence");
    assert_eq!(alone.ek_chain, Vec::<Vec<u8>>::new());
    assert_eq!(alone.ek_certificate.expect("a certificate").get(..3), Some(&[0x10, 1, 0][..]));
    assert_eq!(evidence("[]").expect("evidence").ek_chain.len(), 1);
}

#[test]
fn the_truth_names_the_keys_that_were_handed_over() {
    let mut machine = started("dell-r740-ws2022", 1, &[]);
    assert!(machine.truth().is_err(), "there is no attestation key yet");
    let evidence = machine.evidence(b"n").expect("evidence");
    let truth = machine.truth().expect("the truth");
    assert_eq!(truth.ak_name, crate::bytes::hex(&evidence.ak_name));
    let json: serde_json::Value = serde_json::from_str(&truth.to_json()).expect("JSON");
    assert_eq!(json["spec"]["tpm.ek"], "p256");
    assert_eq!(json["ek_sha256"], truth.ek_sha256);
}
