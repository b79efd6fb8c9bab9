//! Real event logs against what other programs say about them: the corpus' manifests (record
//! counts, expected defects) and the cross-checks recorded beside the QEMU logs.
//!
//! The corpus is not part of the repository; without it these tests say so and pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use portcullis_tests::corpus::{read, third_party as corpus};

use portcullis_engine::crypto::HashAlg;
use portcullis_engine::formats::ParseErrorKind;
use portcullis_engine::formats::body::{self, Binding, Body, PartRule, variable};
use portcullis_engine::formats::eventlog::{self, BrokenLog, EventLog, Fill, LogFormat};
use portcullis_engine::limits::{Limits, SUMMARY_CHARS_MAX};
use portcullis_engine::wire::EventType;

fn read_text(path: &Path) -> String {
    String::from_utf8(read(path)).expect("UTF-8")
}

fn parse(bytes: &[u8]) -> Result<EventLog<'_>, Box<BrokenLog<'_>>> {
    eventlog::parse(bytes, &Limits::default())
}

/// Every log of a folder and its subfolders, by file name.
fn logs(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("readable folder") {
            let path = entry.expect("readable entry").path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if matches!(extension, Some("bin" | "tcglog" | "rimel")) {
                let name = path.file_name().expect("name").to_string_lossy().into_owned();
                assert!(found.insert(name.clone(), path).is_none(), "two files `{name}`");
            }
        }
    }
    found
}

/// Files of the public corpus that must break: field, byte, records before the break.
///
/// `specid-vendordata.bin` declares four bytes of vendor data behind the end of its event; the
/// others are what their manifest rows say.
const PUBLIC_DEFECTS: &[(&str, &str, usize, usize)] = &[
    ("ek_nv_bad_prefix.bin", "eventType", 4, 0),
    ("empty.bin", "eventLog", 0, 0),
    ("keylime_bogus_34_bytes.bin", "pcrIndex", 0, 0),
    ("oversize_event_fuzz.bin", "pcrIndex", 0, 0),
    ("specid-vendordata.bin", "vendorInfo", 69, 0),
    ("specid_4g_algorithms.bin", "numberOfAlgorithms", 56, 0),
    ("tpmt_public_bug139.bin", "pcrIndex", 0, 0),
];

#[test]
fn public_logs_parse_or_break_where_the_manifest_says() {
    let Some(folder) = corpus("eventlogs") else { return };
    for (name, path) in logs(&folder) {
        let bytes = read(&path);
        let defect = PUBLIC_DEFECTS.iter().find(|(file, ..)| *file == name);
        match (parse(&bytes), defect) {
            (Ok(_), None) => {}
            (Ok(_), Some(_)) => panic!("{name}: parses, a defect was expected"),
            (Err(broken), None) => panic!("{name}: {broken}"),
            (Err(broken), Some((_, field, offset, events))) => {
                let found = (broken.defect.field, broken.defect.span.offset);
                assert_eq!(found, (*field, *offset), "{name}: {broken}");
                assert_eq!(broken.before.events.len(), *events, "{name}");
            }
        }
    }
}

/// Cells of the manifest's table rows that describe logs.
fn manifest_rows(manifest: &str) -> impl Iterator<Item = Vec<&str>> {
    manifest
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.split('|').map(str::trim).skip(1).collect::<Vec<_>>())
        .filter(|cells| cells.len() >= 5 && cells[4].parse::<usize>().is_ok())
}

#[test]
fn public_logs_have_the_records_and_banks_of_the_manifest() {
    let Some(folder) = corpus("eventlogs") else { return };
    let (manifest, logs) = (read_text(&folder.join("MANIFEST.md")), logs(&folder));
    let mut compared = BTreeSet::new();
    for cells in manifest_rows(&manifest) {
        let (name, format, events) = (cells[0], cells[3], cells[4]);
        let Some(path) = logs.get(name) else { continue };
        let bytes = read(path);
        let Ok(log) = parse(&bytes) else { continue };
        assert_eq!(log.events.len().to_string(), events, "{name}");
        let banks: Vec<_> = log.banks.iter().map(|bank| bank.alg.to_string()).collect();
        let layout = match log.format {
            LogFormat::Sha1 => "sha1",
            LogFormat::CryptoAgile => "agile",
        };
        assert_eq!(format!("{layout} {}", banks.join("/")), format, "{name}");
        compared.insert(name.to_owned());
    }
    assert!(compared.len() >= 75, "only {} logs compared", compared.len());
}

/// The manifest gives padding as `trailing (size, byte)`.
#[test]
fn padding_has_the_size_and_value_of_the_manifest() {
    let Some(folder) = corpus("eventlogs") else { return };
    let (manifest, logs) = (read_text(&folder.join("MANIFEST.md")), logs(&folder));
    let mut padded = 0;
    for line in manifest.lines().filter(|line| line.starts_with("| ")) {
        let name = line.split('|').nth(1).expect("file column").trim();
        let Some(path) = logs.get(name) else { continue };
        let bytes = read(path);
        let Ok(log) = parse(&bytes) else { continue };
        let expected = line.split_once("trailing (").map(|(_, rest)| {
            let (size, rest) = rest.split_once(", ").expect("size");
            let fill = if rest.starts_with("255)") { Fill::Ones } else { Fill::Zeroes };
            (size.parse().expect("number"), fill)
        });
        let found = log.padding.map(|padding| (padding.span.size, padding.fill));
        assert_eq!(found, expected, "{name}");
        padded += usize::from(found.is_some());
    }
    assert!(padded >= 10, "only {padded} padded logs");
}

#[test]
fn startup_records_of_public_logs_are_without_defects() {
    let Some(folder) = corpus("eventlogs") else { return };
    let mut starts = BTreeMap::new();
    for (name, path) in logs(&folder) {
        let bytes = read(&path);
        let Ok(log) = parse(&bytes) else { continue };
        let startup = eventlog::startup(&log);
        assert_eq!(startup.defects, [], "{name}");
        starts.insert(name, startup.initial_pcr0_byte());
    }
    assert_eq!(starts["gentoo-good.bin"], 3);
    assert_eq!(starts["binary_measurements_hcrtm.bin"], 4);
    assert_eq!(starts["debian-10.bin"], 0);
}

/// The value of a top-level number in a pretty-printed JSON document.
fn json_number(text: &str, key: &str) -> usize {
    let line = text.lines().find(|line| line.starts_with(&format!(" \"{key}\":")));
    let value = line.and_then(|line| line.split_once(": ")).expect(key).1;
    value.trim_end_matches(',').parse().expect(key)
}

/// The logs of the QEMU boots with their recorded cross-checks.
fn qemu_logs() -> Vec<(String, Vec<u8>, String)> {
    let Some(folder) = corpus("qemu") else { return Vec::new() };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        let log = path.join("eventlog.bin");
        if log.is_file() {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            found.push((name, read(&log), read_text(&path.join("crosscheck.json"))));
        }
    }
    found.sort();
    assert!(found.len() >= 24, "only {} QEMU logs", found.len());
    found
}

#[test]
fn qemu_logs_have_the_records_of_their_crosscheck() {
    for (name, bytes, crosscheck) in qemu_logs() {
        let log = parse(&bytes).unwrap_or_else(|broken| panic!("{name}: {broken}"));
        assert_eq!(log.events.len(), json_number(&crosscheck, "events"), "{name}");
        assert_eq!(log.size_bytes, json_number(&crosscheck, "eventlog_bytes"), "{name}");
        let agile = crosscheck.contains("\"format\": \"crypto-agile\"");
        assert_eq!(log.format == LogFormat::CryptoAgile, agile, "{name}");
    }
}

/// What must be wrong with the tampered logs that a parser can catch; the others parse.
///
/// t25 (zero bytes behind the last record) is padding here, which its manifest allows.
const TAMPERED_DEFECTS: &[(&str, &str, usize)] = &[
    ("t09-truncated-mid-event.bin", "eventSize", 47),
    ("t11-truncated-header.bin", "eventSize", 0),
    ("t12-empty.bin", "eventLog", 0),
    ("t17-pcr-index-out-of-range.bin", "pcrIndex", 24),
    ("t21-specid-wrong-digest-size.bin", "digestSize", 0),
    ("t22-huge-event-size.bin", "eventSize", 4),
    ("t24-unknown-digest-alg.bin", "hashAlg", 4),
];

#[test]
fn tampered_logs_break_where_the_tampering_is_visible_to_a_parser() {
    let Some(folder) = corpus("qemu/g-tampered/logs") else { return };
    for (name, path) in logs(&folder) {
        let bytes = read(&path);
        let expected = TAMPERED_DEFECTS.iter().find(|(file, ..)| *file == name);
        let found = parse(&bytes).err();
        let found = found.as_ref().map(|broken| (broken.defect.field, broken.before.events.len()));
        assert_eq!(found, expected.map(|(_, field, events)| (*field, *events)), "{name}");
    }
}

#[test]
fn a_record_that_claims_four_gigabytes_is_refused_by_its_size_field() {
    let Some(folder) = corpus("qemu/g-tampered/logs") else { return };
    let bytes = read(&folder.join("t22-huge-event-size.bin"));
    let broken = parse(&bytes).unwrap_err();
    assert!(matches!(
        broken.defect.kind,
        ParseErrorKind::Truncated { needed: 0xffff_fff0, left } if left < 17_112
    ));
}

/// The rule that the independent script of the QEMU corpus found for a record, as far as the log
/// alone can show it. The script also had files and variables at hand; those relations are
/// `DigestOnly` here.
fn rule_of_script(script: &str) -> Option<Binding> {
    let part = |rule| Some(Binding::Part { span: Default::default(), rule });
    match script {
        "not extended" => Some(Binding::Unbound),
        "H(data)" => Some(Binding::WholeData),
        "H(variable data only)" => part(PartRule::VariableData),
        "H(text without prefix and NUL)" => part(PartRule::BehindPrefix),
        "H(ASCII of text with NUL)" => part(PartRule::AsciiOfUtf16),
        _ => Some(Binding::DigestOnly),
    }
}

/// Counts of the recorded `digest_rules`: `"EV_X: rule": 5`.
fn digest_rules(crosscheck: &str) -> BTreeMap<String, usize> {
    let (_, rules) = crosscheck.split_once("\"digest_rules\": {").expect("digest_rules");
    let (rules, _) = rules.split_once('}').expect("end of digest_rules");
    let mut counts = BTreeMap::new();
    for line in rules.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (key, count) = line.trim_end_matches(',').rsplit_once(": ").expect("count");
        let (event_type, rule) = key.trim_matches('"').split_once(": ").expect("rule");
        let binding = rule_of_script(rule).expect("known rule");
        let count: usize = count.parse().expect("number");
        *counts.entry(binding_key(event_type, binding)).or_default() += count;
    }
    counts
}

fn binding_key(event_type: &str, binding: Binding) -> String {
    match binding {
        Binding::WholeData => format!("{event_type}: whole data"),
        Binding::Part { rule, .. } => format!("{event_type}: {rule}"),
        Binding::DigestOnly => format!("{event_type}: digest only"),
        Binding::Unbound => format!("{event_type}: unbound"),
    }
}

/// The script names the rule of the first bank that it can explain, so the banks must agree.
#[test]
fn bindings_agree_with_the_digest_rules_found_by_another_program() {
    for (name, bytes, crosscheck) in qemu_logs() {
        let log = parse(&bytes).unwrap_or_else(|broken| panic!("{name}: {broken}"));
        for bank in log.banks.iter().filter_map(|bank| HashAlg::from_tpm(bank.alg)) {
            let mut counts = BTreeMap::new();
            for event in &log.events {
                let binding = body::binding(event, bank);
                let key = binding_key(&event.untrusted_type.to_string(), binding);
                *counts.entry(key).or_default() += 1;
            }
            assert_eq!(counts, digest_rules(&crosscheck), "{name} {bank}");
        }
    }
}

/// The counts over all public logs, found once by a script that tried every slice of the data
/// against every digest. They pin the vendor quirks that the QEMU logs do not have.
#[test]
fn bindings_of_public_logs_cover_the_vendor_quirks() {
    let Some(folder) = corpus("eventlogs") else { return };
    let mut counts: BTreeMap<(EventType, PartRule), usize> = BTreeMap::new();
    for (name, path) in logs(&folder) {
        if name == "hirs_TPMLog_Altered.bin" {
            continue;
        }
        let bytes = read(&path);
        let Ok(log) = parse(&bytes) else { continue };
        for event in &log.events {
            let last = event.digests.iter().rev().find_map(|digest| HashAlg::from_tpm(digest.alg));
            let Some(bank) = last else { continue };
            let Binding::Part { span, rule } = body::binding(event, bank) else { continue };
            assert!(event.data_span.offset <= span.offset && span.end() <= event.data_span.end());
            *counts.entry((event.untrusted_type, rule)).or_default() += 1;
        }
    }
    let count = |event_type, rule| counts.get(&(event_type, rule)).copied().unwrap_or_default();
    assert_eq!(count(EventType::EFI_VARIABLE_DRIVER_CONFIG, PartRule::VariableData), 5);
    assert_eq!(count(EventType::EFI_VARIABLE_AUTHORITY, PartRule::WithoutLastByte), 9);
    assert_eq!(count(EventType::IPL, PartRule::BehindPrefixWithNul), 49);
    assert_eq!(count(EventType::IPL, PartRule::WithAddedNul), 2);
    assert!(count(EventType::EFI_VARIABLE_BOOT, PartRule::VariableData) > 300);
    assert!(count(EventType::IPL, PartRule::BehindPrefix) > 1_000);
}

#[test]
fn changed_data_is_no_longer_bound() {
    let Some(folder) = corpus("qemu/g-tampered/logs") else { return };
    let bytes = read(&folder.join("t01-data-flipped-SecureBoot-1-to-0.bin"));
    let log = parse(&bytes).unwrap();
    let event = &log.events[4];
    let Body::Variable(variable) = body::decode(event) else { panic!("no variable") };
    assert_eq!((variable.name.as_str(), variable.data), ("SecureBoot", &[0][..]));
    assert_eq!(body::binding(event, HashAlg::Sha256), Binding::DigestOnly);
}

/// All logs of the corpus: path and bytes.
fn all_logs() -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = qemu_logs().into_iter().map(|(name, bytes, _)| (name, bytes)).collect();
    if let Some(folder) = corpus("eventlogs") {
        found.extend(logs(&folder).into_iter().map(|(name, path)| (name, read(&path))));
    }
    found
}

/// Real bodies decode; those that do not are known by log and type.
#[test]
fn bodies_of_real_logs_decode() {
    let mut undecodable = BTreeMap::new();
    for (name, bytes) in all_logs() {
        let Ok(log) = parse(&bytes) else { continue };
        for event in &log.events {
            let body = body::decode(event);
            let summary = body.summary();
            assert!(summary.chars().count() <= SUMMARY_CHARS_MAX + 1, "{name}");
            assert!(!summary.chars().any(char::is_control), "{name}: {summary:?}");
            let value_fails = matches!(&body, Body::Variable(found) if found.value().is_err());
            if value_fails || matches!(body, Body::Undecodable { .. }) {
                let key = (name.clone(), event.untrusted_type.to_string());
                undecodable.insert(key, format!("{} {summary}", event.index));
            }
        }
    }
    assert_eq!(undecodable, BTreeMap::new());
}

/// OVMF prints the boot option that it starts. Its text form of a device path (upper-case
/// digits) must be that of the variable in the log.
#[test]
fn boot_options_read_as_the_firmware_printed_them() {
    let Some(folder) = corpus("qemu") else { return };
    let mut compared = 0;
    for (name, bytes, _) in qemu_logs() {
        let serial = read(&folder.join(&name).join("meta/serial.log"));
        let serial = String::from_utf8_lossy(&serial);
        let log = parse(&bytes).unwrap();
        for event in &log.events {
            let Body::Variable(found) = body::decode(event) else { continue };
            let Some(number) = found.boot_option() else { continue };
            let Ok(variable::Value::LoadOption(option)) = found.value() else { panic!("{name}") };
            let label = format!("loading Boot{number:04X} \"{}\" from ", option.description);
            for line in serial.lines() {
                let Some((_, path)) = line.split_once(&label) else { continue };
                let path: String = path.chars().take_while(|c| !c.is_control()).collect();
                let printed = path.trim_end().to_lowercase();
                assert_eq!(option.path.to_string().to_lowercase(), printed, "{name}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 20 || corpus("qemu").is_none(), "only {compared} compared");
}

/// One log with one byte changed, at every seventh place and in three ways: nothing panics, and
/// every span stays inside the log.
#[test]
fn a_changed_byte_never_leads_outside_the_log() {
    let Some(folder) = corpus("qemu") else { return };
    let original = read(&folder.join("d3-own-keys-uki/eventlog.bin"));
    let mut broken = 0;
    for place in (0..original.len()).step_by(7) {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = original.clone();
            bytes[place] ^= change;
            let log = parse(&bytes).unwrap_or_else(|found| {
                broken += 1;
                assert!(found.defect.span.end() <= bytes.len(), "{place}: {found}");
                found.before
            });
            for event in &log.events {
                assert_eq!(event.data_span.slice(&bytes), Some(event.data), "{place}");
                let _ = (body::decode(event).summary(), body::binding(event, HashAlg::Sha256));
            }
        }
    }
    assert!(broken > 100, "only {broken} changes break the log");
}
