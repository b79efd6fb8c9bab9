//! `tpm2_eventlog` on simulated logs: it reads them, and comes to the registers that the host has.
//!
//! It cannot read a trust point (a register that does not exist) nor know of what is not logged,
//! in real logs either; and its version 5.4 starts PCR 0 at zero whatever the log says of the
//! locality. So the trust point is left out, PCR 0 is compared only where the TPM started at
//! locality 0, and the capped bank not at all.

use std::collections::BTreeMap;
use std::process::Command;

use portcullis_simulator::hash::HashAlg;
use portcullis_simulator::spec::{StartupLocality, System, preset};

use super::{Started, start};

/// The registers that `tpm2_eventlog` comes to, or `None` with a loud note when it is missing.
fn tool(log: &[u8], name: &str) -> Option<BTreeMap<(String, u8), String>> {
    let path = std::env::temp_dir().join(format!("portcullis-{}-{name}.log", std::process::id()));
    std::fs::write(&path, log).expect("a file");
    let output = Command::new("tpm2_eventlog").arg(&path).output();
    std::fs::remove_file(&path).expect("the same file");
    let Ok(output) = output else {
        assert!(
            std::env::var_os("PORTCULLIS_TOOLS").is_none_or(|value| value != "required"),
            "the tools are required, and tpm2_eventlog is missing"
        );
        eprintln!("SKIPPED: tpm2_eventlog is missing; nothing was compared with it");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: tpm2_eventlog refuses the log: {errors}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, tail) = text.rsplit_once("\npcrs:\n").expect("registers");
    let (mut bank, mut registers) = (String::new(), BTreeMap::new());
    for line in tail.lines() {
        let (key, value) = line.trim().split_once(':').expect("key and value");
        match key.trim().parse() {
            Ok(pcr) => {
                let digits = value.trim().trim_start_matches("0x").to_ascii_lowercase();
                registers.insert((bank.clone(), pcr), digits);
            }
            Err(_) => bank = key.to_owned(),
        }
    }
    Some(registers)
}

fn check(started: &Started, bank: HashAlg, name: &str) -> bool {
    let Some(registers) = tool(started.log(), name) else { return false };
    let bank_name = bank.to_string();
    let locality = started.host.spec().firmware.startup_locality;
    let mut compared = 0;
    for ((_, pcr), value) in registers.iter().filter(|((of, _), _)| *of == bank_name) {
        if *pcr == 0 && locality == StartupLocality::Locality3 {
            continue;
        }
        assert_eq!(*value, started.register(bank, *pcr).to_string(), "{name}: PCR {pcr} of {bank}");
        compared += 1;
    }
    assert!(compared >= 7, "{name}: only {compared} registers of {bank}");
    true
}

#[test]
fn tpm2_eventlog_comes_to_the_registers_of_every_preset() {
    for preset in preset::PRESETS {
        let started = start(preset.spec(), 1);
        if !check(&started, HashAlg::Sha256, preset.name) {
            return;
        }
        if started.host.spec().boot.system != System::Windows {
            for bank in started.host.banks() {
                check(&started, *bank, preset.name);
            }
        }
    }
}

#[test]
fn an_altered_log_leads_tpm2_eventlog_elsewhere() {
    let started = start(preset::find("linux-debian").expect("a preset").spec(), 1);
    let mut log = started.log().to_vec();
    // A byte of a digest in the second record.
    log[32 + 41 + 20] ^= 1;
    let Some(registers) = tool(&log, "altered") else { return };
    let value = &registers[&("sha1".to_owned(), 0)];
    assert_ne!(*value, started.register(HashAlg::Sha1, 0).to_string());
}
