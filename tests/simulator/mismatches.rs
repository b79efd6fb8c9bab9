//! Each way in which a host can differ from its baseline is named by the headline, at each level
//! that can see it.

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::{BundleDoc, ResultDoc};
use portcullis_simulator::log::Measurement;
use portcullis_simulator::machine::Machine;
use portcullis_simulator::spec::preset;
use portcullis_simulator::tpm::EkTemplate;
use portcullis_wire::guid::IMAGE_SECURITY_DATABASE;

use super::attacks::remeasured;
use super::machine::service::{Version, challenge};
use super::machine::started;

const CLASS: &str = "dell-r740-ws2022";
const LEVELS: [&str; 3] = ["secure_boot", "boot_chain", "strict"];

/// Neither option ROMs nor another application: the boot manager of Windows is all that runs.
const PLAIN: [(&str, &str); 2] =
    [("firmware.option_roms", "0"), ("firmware.vendor_application", "false")];

fn machine(seed: u64, changes: &[(&str, &str)]) -> Machine {
    let mut spec = preset::find(CLASS).unwrap().spec();
    spec.tpm.ek = EkTemplate::P256;
    for (key, value) in changes {
        spec.set(key, value).unwrap();
    }
    started(spec, seed)
}

/// A host with changes, asked under the baseline of one that has only `base`.
fn ask(base: &[(&str, &str)], changes: &[(&str, &str)], level: &str) -> BundleDoc {
    let reference = machine(501, base);
    let log = &reference.host().last_boot().unwrap().event_log;
    let mut host = machine(501, &[base, changes].concat());
    let mut bundle = challenge(&mut host, &preset::find(CLASS).unwrap().expect, Version::V2);
    // The registers of the firmware; those of Windows hold counters and keys.
    let baseline = derive("class", &[log], level, HashAlg::Sha256, 0x0000_00ff).unwrap();
    bundle.policy_set.baselines[0].baseline = baseline;
    bundle
}

fn headline(result: &ResultDoc) -> (&str, &str) {
    let first = &result.report.findings[0];
    assert_eq!(first.code, result.report.headline);
    (&first.code, &first.subject)
}

#[test]
fn a_change_of_the_machine_is_the_headline_at_every_level_that_sees_it() {
    let roms: &[(&str, &str)] = &[("firmware.option_roms", "2"), PLAIN[1]];
    type Row<'r> = (&'r [(&'r str, &'r str)], (&'r str, &'r str), [&'r str; 3]);
    let rows: &[Row<'_>] = &[
        (&PLAIN, ("secure_boot.dbx_entries", "300"), ["DBX-ENTRIES-ADDED"; 3]),
        (&PLAIN, ("secure_boot.dbx_entries", "200"), ["DBX-ENTRIES-REMOVED"; 3]),
        (
            &PLAIN,
            ("secure_boot.authorities", "\"microsoft-both\""),
            ["SECURE-BOOT-VARIABLE-CHANGED"; 3],
        ),
        (&PLAIN, ("firmware.option_roms", "2"), ["LAUNCH-AUTHORITY-ADDED"; 3]),
        (roms, ("firmware.option_roms", "0"), ["LAUNCH-AUTHORITY-MISSING"; 3]),
        (&PLAIN, ("firmware.dma_protection", "false"), ["FIRMWARE-ACTION-CHANGED"; 3]),
        (&PLAIN, ("firmware.debug_mode", "true"), ["UEFI-DEBUG-MODE"; 3]),
        // The register that Windows writes it into is not among the exact ones.
        (&PLAIN, ("secure_boot.custom_policy", "true"), ["SECURE-BOOT-POLICY-CHANGED"; 3]),
        (
            &PLAIN,
            ("windows.patch", "\"2026-09\""),
            ["ALL-CHECKS-HOLD", "BOOT-IMAGE-NOT-ALLOWED", "BOOT-IMAGE-NOT-ALLOWED"],
        ),
        (
            roms,
            ("firmware.option_roms", "3"),
            ["WINDOWS-NOT-VOUCHED", "ALL-CHECKS-HOLD", "MEASUREMENT-CHANGED"],
        ),
        (
            &PLAIN,
            ("firmware.version", "\"2.20.0\""),
            ["ALL-CHECKS-HOLD", "ALL-CHECKS-HOLD", "MEASUREMENT-CHANGED"],
        ),
    ];
    for (base, change, headlines) in rows {
        for (level, expected) in LEVELS.into_iter().zip(headlines) {
            let result = ask(base, &[*change], level).appraise().unwrap();
            let (code, subject) = headline(&result);
            assert_eq!(code, *expected, "{change:?} at {level}: {subject}");
            let passes = *expected == "ALL-CHECKS-HOLD";
            assert_eq!(result.status == "Passed", passes, "{change:?} at {level}");
        }
    }
}

/// Without the policy that asks for it, a firmware debugger still differs from the baseline.
#[test]
fn the_debuggers_action_is_a_difference_of_the_baseline_too() {
    let mut bundle = ask(&PLAIN, &[("firmware.debug_mode", "true")], "secure_boot");
    bundle.policy_set.policies.insert("Hgs_UefiDebugDisabled".into(), "Disabled".into());
    let result = bundle.appraise().unwrap();
    assert_eq!(headline(&result).0, "FIRMWARE-ACTION-CHANGED");
    assert_eq!(result.report.findings[0].found.as_deref(), Some("UEFI Debug Mode"));
}

/// An option ROM of another version is named by its event, in the register of option ROMs.
#[test]
fn an_option_rom_is_named_at_strict_by_its_event() {
    let base = [("firmware.option_roms", "2"), PLAIN[1]];
    let result = ask(&base, &[("firmware.option_roms", "3")], "strict").appraise().unwrap();
    let (code, subject) = headline(&result);
    assert!(subject.ends_with("(pcr 2)"), "{code} {subject}");
    let place = &result.report.findings[0].because[0];
    assert_eq!((place.artefact.as_str(), place.pcr), ("event_log", Some(2)));
    let differing: Vec<&str> = result
        .report
        .findings
        .iter()
        .filter(|finding| finding.code == "PCR-DIFFERS-FROM-BASELINE")
        .map(|finding| finding.subject.as_str())
        .collect();
    assert_eq!(differing, ["pcr 2 (sha256)"]);
}

/// The record of a variable: namespace, lengths of name and data, name, data.
fn is_variable(step: &Measurement, name: &str) -> bool {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u64::try_from(name.len() / 2).unwrap().to_le_bytes();
    step.pcr == 7 && step.data[16..24] == length && step.data[32..].starts_with(&name)
}

/// Appends a list with one image digest to the variable's data.
fn with_entry(step: &mut Measurement) {
    const SHA256: [u8; 16] = [
        0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43,
        0x28,
    ];
    let list = [
        &SHA256[..],
        &76_u32.to_le_bytes(),
        &0_u32.to_le_bytes(),
        &48_u32.to_le_bytes(),
        &[0x77; 16],
        &[0xee; 32],
    ]
    .concat();
    let size = u64::from_le_bytes(step.data[24..32].try_into().unwrap());
    let grown = size + u64::try_from(list.len()).unwrap();
    step.data[24..32].copy_from_slice(&grown.to_le_bytes());
    step.data.extend(list);
}

#[test]
fn each_secure_boot_database_is_named_with_the_entry_that_it_gained() {
    for (name, code) in [
        ("PK", "SECURE-BOOT-VARIABLE-CHANGED"),
        ("KEK", "SECURE-BOOT-VARIABLE-CHANGED"),
        ("db", "SECURE-BOOT-VARIABLE-CHANGED"),
        ("dbx", "DBX-ENTRIES-ADDED"),
    ] {
        let bundle = remeasured(502, |steps| {
            let step = steps.iter_mut().find(|step| is_variable(step, name)).unwrap();
            with_entry(step);
        });
        let result = bundle.appraise().unwrap();
        assert_eq!(headline(&result), (code, format!("variable {name}").as_str()));
        assert_eq!(result.sub_status, "SecureBootSettings");
        let difference = result.report.findings[0].difference.as_ref().unwrap();
        assert_eq!((difference.added_count, difference.removed_count), (1, 0), "{name}");
        assert_eq!(difference.added[0].digest, "ee".repeat(32), "{name}");
        let place = &result.report.findings[0].because[0];
        let log = bundle.request.evidence.event_log.as_ref().unwrap();
        let bytes = &log.0[place.offset..place.offset + place.size];
        assert!(bytes.ends_with(&[0xee; 32]), "{name}: the bytes that say so");
    }
}

/// A database that nobody measured before is no addition to another one.
#[test]
fn a_database_that_the_baseline_does_not_know_is_named() {
    let bundle = remeasured(503, |steps| {
        let index = steps.iter().position(|step| is_variable(step, "dbx")).unwrap();
        let mut dbt = steps[index].clone();
        // `dbx` and `dbt` have names of one length.
        dbt.data[36] = b't';
        assert_eq!(dbt.data[..16], IMAGE_SECURITY_DATABASE.0);
        steps.insert(index + 1, dbt);
    });
    let result = bundle.appraise().unwrap();
    assert_eq!(headline(&result), ("SECURE-BOOT-VARIABLE-CHANGED", "variable dbt"));
    assert_eq!(result.report.findings[0].expected.as_deref(), Some("not measured"));
}
