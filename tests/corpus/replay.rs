//! The engine's replay and Secure Boot state against the naive oracle, and its replay against
//! the registers that were recorded beside the logs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portcullis_engine::claims::{self, SecureBootClaims, SecureBootDefect, SecureBootState};
use portcullis_engine::crypto::{Digest, HashAlg};
use portcullis_engine::evidence::RecordedPcrs;
use portcullis_engine::finding::{Finding, FindingCode, Subject};
use portcullis_engine::formats::eventlog::{self, EventLog};
use portcullis_engine::limits::Limits;
use portcullis_engine::replay::{self, BankReplay};
use portcullis_engine::wire::guid;
use portcullis_tests::corpus::{
    LogFile, capture, event_logs, read, read_json, repository, third_party,
};
use portcullis_tests::exceptions::{assert_known, register};
use portcullis_tests::oracle;
use serde_json::Value;

/// The logs that both sides read. A log that only one side reads is a difference.
fn for_each_log(mut check: impl FnMut(&LogFile, &EventLog<'_>, &oracle::Log<'_>)) {
    let mut one_sided = BTreeSet::new();
    let mut compared = 0;
    for file in event_logs() {
        match (eventlog::parse(&file.bytes, &Limits::default()), oracle::parse(&file.bytes)) {
            (Ok(ours), Some(theirs)) => {
                check(&file, &ours, &theirs);
                compared += 1;
            }
            (Err(_), None) => {}
            _ => assert!(one_sided.insert(file.path)),
        }
    }
    assert_known("read by one side", &one_sided);
    let expected = if third_party("eventlogs").is_some() { 124 } else { 39 };
    assert!(compared >= expected, "only {compared} logs compared");
}

#[test]
fn replay_equals_the_oracle_in_every_bank_and_register() {
    for_each_log(|file, ours, theirs| {
        let declared: Vec<_> = ours.banks.iter().map(|b| (b.alg.0, b.digest_size_bytes)).collect();
        assert_eq!(declared, theirs.banks, "{}", file.path);
        assert_eq!(ours.events.len(), theirs.records.len(), "{}", file.path);
        let replayed = replay::replay(ours);
        let known = oracle::HASHES.iter().filter(|(alg, _)| declared.iter().any(|b| b.0 == *alg));
        assert_eq!(replayed.banks.len(), known.count(), "{}", file.path);
        for bank in &replayed.banks {
            let alg = bank.bank.tpm_alg().0;
            let found: oracle::Registers = (0..24)
                .filter_map(|pcr| Some((pcr.into(), bank.register(pcr)?.value.as_bytes().to_vec())))
                .collect();
            assert_eq!(found, oracle::replay(theirs, alg), "{} {}", file.path, bank.bank);
            for pcr in 0..24 {
                let reset = oracle::reset_value(theirs, alg, pcr.into());
                assert_eq!(bank.reset_value(pcr).as_bytes(), reset, "{} PCR {pcr}", file.path);
            }
        }
    });
}

/// Breaches in the oracle's words, in any order.
fn breaches(claims: &SecureBootClaims) -> Vec<String> {
    let words = claims.defects.iter().map(|defect| match defect {
        SecureBootDefect::Unbound(_) => "unbound".into(),
        SecureBootDefect::Unknown(_) => "unknown".into(),
        SecureBootDefect::Duplicate(name, _) => format!("duplicate {name}"),
        SecureBootDefect::Late(name, _) => format!("late {name}"),
        SecureBootDefect::Separators(count) => format!("{count} separators"),
        SecureBootDefect::ErrorSeparator(_) => "error separator".into(),
        SecureBootDefect::EmptyVariable(name) => format!("empty {name}"),
        SecureBootDefect::NoAuthority => "no authority".into(),
        SecureBootDefect::ForeignAuthority(_) => "foreign authority".into(),
    });
    sorted(words.collect())
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values
}

/// SHA-256 as the engine's claims carry it.
fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(HashAlg::Sha256, &oracle::hash(0x000b, bytes)).unwrap()
}

#[test]
fn secure_boot_claims_equal_the_oracle_in_every_bank() {
    let mut states = BTreeSet::new();
    for_each_log(|file, ours, theirs| {
        for bank in replay::hash_banks(ours) {
            let context = format!("{} {bank}", file.path);
            let found = claims::extract(&replay::measure(ours, bank, None)).secure_boot;
            let expected = oracle::secure_boot(theirs, bank.tpm_alg().0);
            let state = match found.state {
                SecureBootState::On => oracle::State::On,
                SecureBootState::Off => oracle::State::Off,
                SecureBootState::Unknown => oracle::State::Unknown,
            };
            assert_eq!(state, expected.state, "{context}");
            states.insert(format!("{state:?}"));

            let variables: Vec<_> = found
                .variables
                .iter()
                .map(|found| (found.name.clone(), found.place.span.slice(&file.bytes).unwrap()))
                .collect();
            assert_eq!(variables, expected.variables, "{context}");
            let authorities: Vec<_> =
                found.authorities.iter().map(|it| (it.variable.clone(), it.data_sha256)).collect();
            let expected_authorities: Vec<_> =
                expected.authorities.iter().map(|(name, it)| (name.clone(), sha256(it))).collect();
            assert_eq!(authorities, expected_authorities, "{context}");
            let actions: Vec<_> = found.actions.iter().map(|(text, ..)| text.as_slice()).collect();
            assert_eq!(actions, expected.actions, "{context}");
            compare_databases(&found, &expected, &context);
            assert_eq!(breaches(&found), sorted(expected.breaches), "{context}");
        }
    });
    assert_eq!(states.len(), 3, "only {states:?} occur");
}

/// The entries of the signature databases.
fn compare_databases(found: &SecureBootClaims, expected: &oracle::SecureBoot<'_>, context: &str) {
    for (variable, (name, contents)) in found.variables.iter().zip(&expected.variables) {
        if !["PK", "KEK", "db", "dbx", "dbt", "dbr"].contains(&name.as_str()) {
            assert!(variable.entries.is_empty(), "{context} {name}");
            continue;
        }
        let entries = oracle::signatures(contents);
        assert_eq!(variable.entries.len(), entries.len(), "{context} {name}");
        for (found, expected) in variable.entries.iter().zip(entries) {
            let digest = match found.signature_type {
                guid::CERT_SHA256 => Digest::new(HashAlg::Sha256, expected).unwrap(),
                _ => sha256(expected),
            };
            assert_eq!(found.digest, digest, "{context} {name}");
        }
    }
}

/// Registers that were read from a TPM, or that the log's source computed.
struct Record {
    /// Path of the record.
    path: String,
    /// The log of the same boot.
    log: Vec<u8>,
    /// By bank and register.
    registers: BTreeMap<HashAlg, BTreeMap<u8, Digest>>,
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn registers(bank: HashAlg, values: &Value) -> BTreeMap<u8, Digest> {
    let values = values.as_object().unwrap().iter();
    values
        .map(|(pcr, value)| {
            let value = Digest::new(bank, &hex(value.as_str().unwrap()));
            (pcr.parse().unwrap(), value.unwrap())
        })
        .collect()
}

fn banks(values: &Value) -> BTreeMap<HashAlg, BTreeMap<u8, Digest>> {
    let banks = values.as_object().into_iter().flatten();
    banks
        .map(|(name, values)| {
            let bank = HashAlg::from_name(name).unwrap();
            (bank, registers(bank, values))
        })
        .collect()
}

/// What the TPMs of the captures answered.
fn captured_records(records: &mut Vec<Record>) {
    for file in event_logs().into_iter().filter(|file| file.path.ends_with("/eventlog.bin")) {
        let name = file.path.split('/').nth(1).unwrap();
        let path = capture(name).join("expected-pcrs.json");
        let registers = banks(&read_json(&path)["pcrs"]);
        let path = format!("captures/{name}/expected-pcrs.json");
        records.push(Record { path, log: file.bytes, registers });
    }
}

/// The sidecars of the third-party logs, and the quotes with values.
fn third_party_records(records: &mut Vec<Record>) {
    let Some(root) = third_party("eventlogs") else { return };
    for path in json_files(&root) {
        let (document, name) = (read_json(&root.join(&path)), format!("eventlogs/{path}"));
        // Two sidecars may share a log; the others stand beside theirs.
        let log = match document["log"].as_str() {
            Some(log) => log.split(' ').next().unwrap().to_owned(),
            None => path.trim_end_matches(".json").to_owned(),
        };
        let mut registers = BTreeMap::new();
        if document["pcrs"].is_object() {
            registers = banks(&document["pcrs"]);
        }
        for quote in document["quotes"].as_array().into_iter().flatten() {
            let bank = HashAlg::from_name(quote["bank"].as_str().unwrap()).unwrap();
            registers.insert(bank, self::registers(bank, &quote["pcrs"]));
        }
        if !registers.is_empty() {
            records.push(Record { path: name, log: read(&root.join(log)), registers });
        }
    }
}

/// JSON files below a folder, as relative paths.
fn json_files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn records() -> Vec<Record> {
    let mut records = Vec::new();
    captured_records(&mut records);
    third_party_records(&mut records);
    records
}

/// The value that a recorded register must have, or `None` where the log cannot know.
fn expected(replayed: &BankReplay, pcr: u8) -> Option<Digest> {
    match replayed.register(pcr) {
        Some(register) => Some(register.value),
        // Linux' IMA extends PCR 10 at run time and has a log of its own.
        None if pcr == 10 => None,
        None => Some(replayed.reset_value(pcr)),
    }
}

/// Windows' cap: each register up to 13 is extended once more, with zeroes, PCR 11 with more.
fn is_capped(replayed: &BankReplay, recorded: &BTreeMap<u8, Digest>) -> bool {
    let zeroes = Digest::filled(replayed.bank, 0);
    (0..14).filter(|pcr| *pcr != 11).all(|pcr| {
        let before = replayed.register(pcr).map_or(zeroes, |register| register.value);
        recorded.get(&pcr) == Some(&replay::extend(&before, &zeroes))
    })
}

#[test]
fn replay_equals_the_recorded_registers() {
    let (mut differing, mut capped, mut compared) = (BTreeSet::new(), BTreeSet::new(), 0);
    for record in records() {
        let log = eventlog::parse(&record.log, &Limits::default()).unwrap();
        let replayed = replay::replay(&log);
        for (bank, recorded) in &record.registers {
            let Some(replayed) = replayed.bank(*bank) else {
                differing.insert(format!("{} {bank}", record.path));
                continue;
            };
            if is_capped(replayed, recorded) {
                capped.insert(format!("{} {bank}", record.path));
                continue;
            }
            for (pcr, value) in recorded {
                compared += 1;
                if expected(replayed, *pcr).is_some_and(|expected| expected != *value) {
                    differing.insert(register(&record.path, bank, *pcr));
                }
            }
        }
    }
    assert_known("recorded registers", &differing);
    assert_known("capped banks", &capped);
    let expected = if third_party("eventlogs").is_some() { 2_640 } else { 1_560 };
    assert!(compared >= expected, "only {compared} registers compared");
}

/// Bank and register of the findings of one kind.
fn subjects(findings: &[Finding], code: FindingCode) -> Vec<&Subject> {
    findings.iter().filter(|finding| finding.code == code).map(|it| &it.subject).collect()
}

/// What an appraisal says about registers that came without a quote.
#[test]
fn recorded_registers_contradict_the_log_exactly_where_they_differ() {
    let (mut capped, mut mismatches) = (BTreeSet::new(), 0);
    for record in records() {
        let log = eventlog::parse(&record.log, &Limits::default()).unwrap();
        let replayed = replay::replay(&log);
        for (bank, recorded) in record.registers.iter().filter(|(_, it)| it.len() == 24) {
            let values = recorded.values().flat_map(|value| value.as_bytes().to_vec());
            let values: Vec<u8> = values.collect();
            let recorded_pcrs = [RecordedPcrs { bank: *bank, values: &values }];
            let findings = replay::compare_recorded(&log, &replayed, &recorded_pcrs);
            if !subjects(&findings, FindingCode::BankCapped).is_empty() {
                assert_eq!(findings.len(), 1, "{}", record.path);
                capped.insert(format!("{} {bank}", record.path));
                continue;
            }
            let Some(replayed) = replayed.bank(*bank) else { continue };
            let logged = (0..24).filter_map(|pcr| Some((pcr, replayed.register(pcr)?.value)));
            let differing: Vec<_> = logged
                .filter(|(pcr, value)| recorded[pcr] != *value)
                .map(|(pcr, _)| Subject::Pcr(*bank, pcr))
                .collect();
            let found = subjects(&findings, FindingCode::RecordedPcrMismatch);
            assert_eq!(found, differing.iter().collect::<Vec<_>>(), "{}", record.path);
            mismatches += differing.len();
        }
    }
    assert_known("capped banks", &capped);
    assert!(mismatches > 0 || third_party("eventlogs").is_none(), "nothing differs");
}

/// The captures hold the registers twice: as JSON, and as 24 digests in a row.
#[test]
fn both_forms_of_the_captured_registers_agree() {
    let mut compared = 0;
    let mut records = Vec::new();
    captured_records(&mut records);
    for record in records {
        let folder = capture(record.path.split('/').nth(1).unwrap());
        for (bank, recorded) in record.registers {
            let path = folder.join(format!("pcrs-{bank}.bin"));
            if path.is_file() {
                let values: Vec<u8> =
                    recorded.values().flat_map(|value| value.as_bytes().to_vec()).collect();
                assert_eq!(read(&path), values, "{}", path.display());
                compared += 1;
            }
        }
    }
    assert!(compared >= 60, "only {compared} banks compared");
}

/// `expectations.json` says of each tampered log which registers it changes, and whether a
/// parser that knows no more than the layout refuses it.
#[test]
fn tampered_logs_change_the_registers_that_were_foretold() {
    let original = read(&capture("a-sb-on-ms").join("eventlog.bin"));
    let original = replay::replay(&eventlog::parse(&original, &Limits::default()).unwrap());
    let folder = capture("g-tampered").join("logs");
    let expectations = read_json(&folder.join("expectations.json"));
    let expectations = expectations.as_object().unwrap();
    let mut otherwise = BTreeSet::new();
    for (name, expectation) in expectations {
        let path = format!("captures/g-tampered/logs/{name}.bin");
        let bytes = read(&folder.join(format!("{name}.bin")));
        assert_eq!(expectation["bytes"], bytes.len(), "{name}");
        let parsed = eventlog::parse(&bytes, &Limits::default());
        if parsed.is_ok() != expectation["parse_error"].is_null() {
            otherwise.insert(path.clone());
        }
        let (Ok(log), Some(changed)) =
            (parsed, expectation["pcrs_whose_replay_changes"].as_object())
        else {
            continue;
        };
        let replayed = replay::replay(&log);
        let found: Vec<_> = replayed.banks.iter().map(|bank| bank.bank.to_string()).collect();
        assert_eq!(sorted(found), sorted(changed.keys().cloned().collect()), "{name}");
        for bank in &replayed.banks {
            let before = original.bank(bank.bank).unwrap();
            let differs = |pcr: &u8| before.register(*pcr) != bank.register(*pcr);
            let found: Vec<_> = (0..24_u8).filter(differs).map(Value::from).collect();
            assert_eq!(changed[&bank.bank.to_string()], Value::from(found), "{name} {}", bank.bank);
        }
    }
    assert_known("tampered logs", &otherwise);
    let files = event_logs().into_iter().filter(|file| file.path.contains("/g-tampered/"));
    assert_eq!(files.count(), expectations.len());
}

/// Zero bytes behind the last record are padding, so nothing changes but the finding.
#[test]
fn trailing_zeroes_change_no_register() {
    let folder = capture("g-tampered").join("logs");
    let original = read(&capture("a-sb-on-ms").join("eventlog.bin"));
    let padded = read(&folder.join("t25-trailing-zeros.bin"));
    let replay = |bytes| replay::replay(&eventlog::parse(bytes, &Limits::default()).unwrap());
    let (original, padded) = (replay(&original), replay(&padded));
    let registers = |replayed: &replay::Replay| -> Vec<_> {
        replayed.banks.iter().map(|bank| bank.registers).collect()
    };
    assert_eq!(registers(&original), registers(&padded));
}

#[test]
fn the_oracle_is_short_and_shares_nothing_with_the_engine() {
    let folder = repository().join("tests/src/oracle");
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = String::from_utf8(read(&entry.unwrap().path())).unwrap();
        assert!(!text.contains("portcullis_"), "the oracle uses our crates");
        lines += text.lines().count();
    }
    assert!((1..400).contains(&lines), "{lines} lines");
}
