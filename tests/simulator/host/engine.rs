//! The engine on simulated logs: it reads them whole, replays them to the registers, and finds
//! Secure Boot as it was built. The simulator shares no code with it.

use portcullis_engine::claims::{self, SecureBootState};
use portcullis_engine::crypto;
use portcullis_engine::formats::body::Binding;
use portcullis_engine::formats::eventlog::{self, EventLog};
use portcullis_engine::limits::Limits;
use portcullis_engine::replay;
use portcullis_engine::wire::EventType;
use portcullis_simulator::hash::HashAlg;
use portcullis_simulator::spec::{HostSpec, LogStyle, System, UpTo, preset};

use super::{Started, start};

/// Seeds of each preset.
const SEEDS: u64 = 20;

fn alg(bank: HashAlg) -> crypto::HashAlg {
    crypto::HashAlg::from_tpm(bank.tpm_alg()).expect("a known algorithm")
}

fn parse(started: &Started) -> EventLog<'_> {
    let log = eventlog::parse(started.log(), &Limits::default());
    log.unwrap_or_else(|broken| panic!("{broken}"))
}

/// Every register must be what the log replays to.
fn check_replay(started: &Started, bank: HashAlg, name: &str) {
    let log = parse(started);
    let replayed = replay::replay_bank(&log, alg(bank));
    assert_eq!(
        replayed.uncovered,
        Vec::<usize>::new(),
        "{name}: records without a digest of {bank:?}"
    );
    for pcr in 0..24 {
        let expect = started.register(bank, pcr);
        let reset = replayed.reset_value(pcr);
        let found = replayed.register(pcr).map_or(reset, |register| register.value);
        assert_eq!(found.as_bytes(), expect.as_bytes(), "{name}: PCR {pcr} of {bank:?}");
    }
}

#[test]
fn every_preset_replays_to_its_registers() {
    for preset in preset::PRESETS {
        for seed in 0..SEEDS {
            let started = start(preset.spec(), seed);
            let spec = started.host.spec();
            check_replay(&started, spec.tpm.measured_bank(), preset.name);
            if spec.boot.system != System::Windows {
                spec.tpm.banks.iter().for_each(|bank| check_replay(&started, *bank, preset.name));
            }
        }
    }
}

#[test]
fn a_log_in_the_sha1_layout_replays_too() {
    let mut spec = preset::find("dell-r740-ws2022").expect("a preset").spec();
    spec.firmware.log_style = LogStyle::Sha1;
    spec.tpm.banks = vec![HashAlg::Sha1];
    spec.firmware.log_padding_bytes = UpTo(4096);
    let started = start(spec, 3);
    check_replay(&started, HashAlg::Sha1, "sha1");
    let log = parse(&started);
    assert_eq!(log.format, eventlog::LogFormat::Sha1);
    assert_eq!(log.padding.expect("padding").span.size, 4096);
}

#[test]
fn secure_boot_is_found_as_it_was_built() {
    for preset in preset::PRESETS {
        let spec = preset.spec();
        let expect = match spec.secure_boot.enabled {
            true => SecureBootState::On,
            false => SecureBootState::Off,
        };
        check_secure_boot(spec, expect, preset.name);
    }
    let mut spec = preset::find("supermicro-ws2022").expect("a preset").spec();
    spec.secure_boot.measured = false;
    check_secure_boot(spec, SecureBootState::Unknown, "variables that nobody measured");
}

fn check_secure_boot(spec: HostSpec, expect: SecureBootState, name: &str) {
    let started = start(spec, 1);
    let bank = alg(started.host.spec().tpm.measured_bank());
    let log = parse(&started);
    let claims = claims::extract(&replay::measure(&log, bank, None)).secure_boot;
    assert_eq!(claims.state, expect, "{name}");
    assert_eq!(claims.defects, [], "{name}");
    let approved = claims.authorities.len();
    assert_eq!(approved > 0, expect != SecureBootState::Off, "{name}: {approved} authorities");
}

#[test]
fn firmware_that_weakens_a_host_says_so() {
    let mut spec = preset::find("lenovo-ws2025-2023ca").expect("a preset").spec();
    spec.firmware.debug_mode = true;
    spec.firmware.dma_protection = false;
    spec.firmware.security_downgraded = true;
    let started = start(spec, 1);
    let log = parse(&started);
    let claims = claims::extract(&replay::measure(&log, crypto::HashAlg::Sha256, None)).secure_boot;
    let texts: Vec<_> = claims.actions.iter().map(|(text, _, _)| text.as_slice()).collect();
    assert_eq!(
        texts,
        [&b"UEFI Debug Mode"[..], b"DMA Protection Disabled", b"Security Level is Downgraded to 0"]
    );
    assert_eq!(claims.defects, []);
}

#[test]
fn digests_cover_what_they_cover_in_real_logs() {
    let started = start(preset::find("linux-debian").expect("a preset").spec(), 1);
    let log = parse(&started);
    for event in replay::extended_events(&log) {
        let binding = portcullis_engine::formats::body::binding(event, crypto::HashAlg::Sha256);
        let whole = matches!(binding, Binding::WholeData);
        let expect = match event.untrusted_type {
            EventType::SEPARATOR
            | EventType::EFI_ACTION
            | EventType::EFI_VARIABLE_DRIVER_CONFIG
            | EventType::EFI_VARIABLE_AUTHORITY
            | EventType::EFI_GPT_EVENT => true,
            EventType::EFI_VARIABLE_BOOT => false,
            _ => continue,
        };
        assert_eq!(whole, expect, "record {}: {binding:?}", event.index);
        if event.untrusted_type == EventType::EFI_VARIABLE_BOOT {
            assert!(matches!(binding, Binding::Part { .. }), "record {}", event.index);
        }
    }
}
