//! The engine's replay against `tpm2_eventlog`, the program that administrators of Linux hosts
//! have at hand.
//!
//! It cannot read everything: those logs are listed with the reason, for the version that Debian
//! 12 ships. Another version is held to the registers only.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_engine::replay::{self, BankReplay};
use portcullis_tests::corpus::{LogFile, event_logs, third_party};
use portcullis_tests::exceptions::{assert_known, assert_listed, register};
use portcullis_tests::tools;

/// The version whose differences are listed.
const VERSION: &str = "5.4";

fn run(arguments: &[&std::ffi::OsStr]) -> Option<std::process::Output> {
    tools::run("tpm2_eventlog", "tpm2-tools", arguments)
}

/// Registers by bank name and number.
type Registers = BTreeMap<(String, u8), String>;

/// The registers that the program computes, or `None` when it cannot read the log.
fn their_registers(file: &LogFile) -> Option<Registers> {
    let output = run(&[file.file.as_os_str()]).expect("it ran before");
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let (mut registers, mut bank) = (Registers::new(), String::new());
    // Below the line `pcrs:`, a line for each bank and one for each of its registers.
    for line in text.lines().skip_while(|line| *line != "pcrs:").skip(1) {
        match line.trim().split_once(':') {
            Some((name, "")) => bank = name.to_owned(),
            Some((pcr, value)) => {
                let value = value.trim().strip_prefix("0x").expect("hexadecimal").to_owned();
                registers.insert((bank.clone(), pcr.trim().parse().expect("register")), value);
            }
            None => panic!("{}: `{line}`", file.path),
        }
    }
    Some(registers)
}

/// Registers of one bank in which both sides differ.
fn differing(path: &str, ours: &BankReplay, theirs: &Registers) -> BTreeSet<String> {
    let name = ours.bank.to_string();
    let differs = |pcr: &u8| {
        let ours = ours.register(*pcr).map(|register| register.value.to_string());
        ours.as_ref() != theirs.get(&(name.clone(), *pcr))
    };
    (0..24).filter(differs).map(|pcr| register(path, &name, pcr)).collect()
}

#[test]
fn tpm2_eventlog_computes_the_same_registers_where_it_can_read_a_log() {
    let Some(version) = run(&["--version".as_ref()]) else { return };
    let listed = String::from_utf8_lossy(&version.stdout).contains(&format!("\"{VERSION}\""));
    let (mut unread, mut tolerated) = (BTreeSet::new(), BTreeSet::new());
    let (mut differences, mut compared) = (BTreeSet::new(), 0);
    for file in event_logs() {
        let ours = eventlog::parse(&file.bytes, &Limits::default());
        match (ours, their_registers(&file)) {
            (Ok(ours), Some(theirs)) => {
                for bank in &replay::replay(&ours).banks {
                    differences.extend(differing(&file.path, bank, &theirs));
                    compared += 1;
                }
            }
            (Ok(_), None) => assert!(unread.insert(file.path)),
            (Err(_), Some(_)) => assert!(tolerated.insert(file.path)),
            (Err(_), None) => {}
        }
    }
    if listed {
        assert_known("tpm2_eventlog: other registers", &differences);
        assert_known("tpm2_eventlog: cannot read", &unread);
        assert_known("tpm2_eventlog: reads broken logs", &tolerated);
    } else {
        eprintln!("NOTE: not version {VERSION}; what it can read was not checked");
        assert_listed("tpm2_eventlog: other registers", &differences);
    }
    let expected = if third_party("eventlogs").is_some() { 227 } else { 109 };
    assert!(compared >= expected, "only {compared} banks compared");
}
