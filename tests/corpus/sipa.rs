//! Windows' measured-boot elements against the trees that another program found in the same logs
//! (`*.sipa.json`), and against logs made to break a reader.

use portcullis_api::inspect::{self, Content, SipaDoc};
use portcullis_engine::crypto::{self, HashAlg};
use portcullis_engine::formats::eventlog::{self, Event};
use portcullis_engine::formats::sipa::{self, NodeBudget, SipaNode, SipaTree, SipaValue};
use portcullis_engine::formats::{Input, ParseError, ParseErrorKind};
use portcullis_engine::limits::{Limits, SUMMARY_CHARS_MAX};
use portcullis_engine::replay;
use portcullis_engine::wire::{EventType, SipaType};
use portcullis_tests::corpus::{read, read_json, third_party};
use serde_json::{Map, Value, json};

/// Records whose tree differs from the reference: log, record, and why.
const EXCEPTIONS: &[(&str, u64, &str)] = &[(
    "win10-option-rom-sha1.tcglog",
    60,
    "the sizes in its trust point reach past the end; the other program cuts them, this one \
     refuses the trust point",
)];

/// The Windows logs of the corpus, by name.
pub fn windows_logs() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = third_party("eventlogs/windows")?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.extension().is_some_and(|extension| extension == "tcglog") {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            found.push((name, read(&path)));
        }
    }
    found.sort();
    assert!(found.len() >= 17, "only {} Windows logs", found.len());
    Some(found)
}

/// The elements of a record; `None` when it claims none.
pub fn tree<'a>(event: &Event<'a>) -> Option<Result<SipaTree<'a>, ParseError>> {
    sipa::of_event(event, &mut NodeBudget::default())
}

/// Bytes as the reference writes them: long ones by their digest.
fn reference_bytes(bytes: &[u8]) -> Value {
    if bytes.len() <= 64 {
        return hex(bytes).into();
    }
    let digest = crypto::digest(HashAlg::Sha256, &[bytes]);
    format!("sha256:{digest} len:{}", bytes.len()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An element as the reference writes it: an object of one member.
fn reference_form(tree: &SipaTree<'_>, node: &SipaNode<'_>) -> Value {
    let alg = |number: u16| format!("{number:#x}");
    let value = match node.value() {
        SipaValue::Container => {
            tree.children_of(node).map(|child| reference_form(tree, child)).collect()
        }
        SipaValue::Boolean(flag) => u8::from(flag).into(),
        SipaValue::Text(text) => (*text.text).into(),
        SipaValue::SiPolicy(policy) => json!({
            "version": policy.version.to_string(),
            "name": policy.name.text,
            "hashAlg": alg(policy.hash_alg.0),
            "digest": hex(policy.digest),
        }),
        SipaValue::RevocationList(list) => json!({
            "creationFiletime": list.created_filetime,
            "hashAlg": alg(list.hash_alg.0),
            "digest": hex(list.digest),
        }),
        SipaValue::SbcpInfo(info) => json!({
            "payloadVersion": 1,
            "hashAlg": alg(info.hash_alg.0),
            "options": format!("{:#x}", info.options.0),
            "signersCount": info.signers_count,
            "digest": hex(info.digest),
        }),
        SipaValue::Digest(bytes) | SipaValue::Bytes(bytes) | SipaValue::PublicKey(bytes) => {
            reference_bytes(bytes)
        }
        SipaValue::VsmIdk(_) | SipaValue::Quote(_) => reference_bytes(node.data),
        other => match other.number() {
            Some(number) => number.into(),
            None => panic!("{} has no form in the reference: {other:?}", node.kind),
        },
    };
    Map::from_iter([(node.kind.to_string(), value)]).into()
}

#[test]
fn trees_equal_those_of_another_program() {
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let logs = windows_logs().unwrap_or_default();
    let (mut exceptions_met, mut compared) = (0, 0);
    for (name, bytes) in logs {
        let log = eventlog::parse(&bytes, &Limits::default()).unwrap();
        let reference = read_json(&folder.join(format!("{name}.sipa.json")));
        let reference = reference.as_array().expect("records");
        let ours: Vec<_> = log.events.iter().filter(|event| tree(event).is_some()).collect();
        let theirs = reference.iter().filter(|record| record.get("sipa").is_some());
        assert_eq!(ours.len(), theirs.clone().count(), "{name}");
        for (event, record) in ours.into_iter().zip(theirs) {
            assert_eq!(record["index"].as_u64(), Some(event.index as u64), "{name}");
            let found: Option<Value> = tree(event)
                .and_then(Result::ok)
                .map(|tree| tree.roots().map(|root| reference_form(&tree, root)).collect());
            let is_exception = |(log, index, _): &&(&str, u64, &str)| {
                *log == name && record["index"].as_u64() == Some(*index)
            };
            if let Some((.., reason)) = EXCEPTIONS.iter().find(is_exception) {
                assert_ne!(found.as_ref(), Some(&record["sipa"]), "{name}: no exception: {reason}");
                exceptions_met += 1;
            } else {
                assert_eq!(found.as_ref(), Some(&record["sipa"]), "{name} {}", event.index);
                compared += 1;
            }
        }
    }
    assert_eq!(exceptions_met, EXCEPTIONS.len());
    assert!(compared >= 119, "only {compared} records compared");
}

/// Every element of a real log has the layout that its type promises.
#[test]
fn elements_of_real_logs_decode() {
    let Some(logs) = windows_logs() else { return };
    for (name, bytes) in logs {
        let log = eventlog::parse(&bytes, &Limits::default()).unwrap();
        for tree in log.events.iter().filter_map(tree).filter_map(Result::ok) {
            for node in tree.nodes() {
                let value = node.value();
                let decoded =
                    !matches!(value, SipaValue::Undecodable { .. } | SipaValue::Unknown(_));
                assert!(decoded, "{name}: {} {value:?}", node.kind);
                let summary = tree.summary(node);
                assert!(summary.chars().count() <= SUMMARY_CHARS_MAX + 1, "{summary}");
                assert!(!summary.chars().any(char::is_control), "{summary:?}");
            }
        }
    }
}

/// A trust point is covered by no register, so its defect is that of a value.
#[test]
fn a_broken_trust_point_leaves_its_log_usable() {
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let bytes = read(&folder.join("win10-option-rom-sha1.tcglog"));
    let log = eventlog::parse(&bytes, &Limits::default()).unwrap();
    let event = &log.events[60];
    let reason = tree(event).unwrap().unwrap_err();
    assert_eq!(
        (reason.field, reason.span.offset),
        ("taggedEventDataSize", event.data_span.offset + 4)
    );
    assert_eq!(reason.kind, ParseErrorKind::Truncated { needed: 969, left: 416 });

    let recorded = read_json(&folder.join("win10-option-rom-sha1.tcglog.json"));
    let registers = replay::replay_bank(&log, HashAlg::Sha1);
    for (pcr, value) in recorded["pcrs"]["sha1"].as_object().expect("registers") {
        let register = registers.register(pcr.parse().unwrap()).expect("register");
        assert_eq!(Some(register.value.to_string().as_str()), value.as_str(), "PCR {pcr}");
    }
}

#[test]
fn logs_made_to_break_a_reader_give_an_offset() {
    let Some(folder) = third_party("eventlogs/malformed") else { return };
    let check = |name: &str, field: &str, offset: usize, kind: ParseErrorKind| {
        let bytes = read(&folder.join(name));
        let log = eventlog::parse(&bytes, &Limits::default()).unwrap();
        let reason = tree(&log.events[1]).unwrap().unwrap_err();
        assert_eq!((reason.field, reason.span.offset), (field, offset), "{name}");
        assert_eq!(reason.kind, kind, "{name}");
    };
    // The size word of the second header, behind which the record ends.
    let kind = ParseErrorKind::Truncated { needed: 0xffff_ffff, left: 0 };
    check("sipa_oversized_elam_header.bin", "taggedEventDataSize", 127, kind);
    // The ninth header of a hundred.
    let kind = ParseErrorKind::OverLimit { found: 9, limit: 8 };
    check("sipa_nested_elam_100.bin", "taggedEvent", 115 + 8 * 8, kind);
}

/// The records of one log with one byte changed: nothing panics, and everything that is read
/// stays inside the record.
#[test]
fn a_changed_byte_never_leads_outside_the_record() {
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let bytes = read(&folder.join("ws2022-supermicro-sipolicy-trustpoint.tcglog"));
    let log = eventlog::parse(&bytes, &Limits::default()).unwrap();
    let (mut broken, mut undecodable) = (0, 0);
    for event in log.events.iter().filter(|event| tree(event).is_some()) {
        for place in (0..event.data.len()).step_by(5) {
            let mut data = event.data.to_vec();
            data[place] ^= 0x41;
            let input = Input::at(&data, event.data_span.offset);
            let tree = match sipa::parse(input, &mut NodeBudget::default()) {
                Ok(tree) => tree,
                Err(reason) => {
                    assert!(reason.span.end() <= event.data_span.end(), "{place}: {reason}");
                    broken += 1;
                    continue;
                }
            };
            for node in tree.nodes() {
                assert!(node.span.end() <= event.data_span.end(), "{place}: {}", node.kind);
                assert_eq!(node.data_span.size, node.data.len());
                if let SipaValue::Undecodable { reason } = node.value() {
                    assert!(reason.span.end() <= node.span.end(), "{place}: {reason}");
                    assert!(reason.span.offset >= node.span.offset, "{place}: {reason}");
                    undecodable += 1;
                }
            }
            assert!(tree.roots().all(|root| !tree.summary(root).is_empty()));
        }
    }
    assert!(broken > 50 && undecodable > 50, "{broken} broken, {undecodable} undecodable");
}

/// What `inspect --json` shows of a real log.
#[test]
fn inspection_shows_the_elements() {
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let name = "win10-pro-latitude7520-vbs-hvci.tcglog";
    let document = inspect::inspect(name, &read(&folder.join(name)));
    let Content::EventLog(log) = document.content else { panic!("no event log") };
    assert_eq!(document.findings, []);
    let tagged = EventType::EVENT_TAG.0;
    for event in &log.events {
        assert_eq!(!event.sipa.is_empty(), event.event_type == tagged, "event {}", event.index);
    }
    let boundary = &log.events[54].sipa[0];
    assert_eq!(boundary.type_name, "TRUSTBOUNDARY");
    let value = |kind: SipaType| -> Value {
        let found = boundary.children.iter().find(|child| child.element_type == kind.0);
        serde_json::to_value(&found.expect("element").value).unwrap()
    };
    assert_eq!(value(SipaType::BOOTDEBUGGING), json!(false));
    assert_eq!(value(SipaType::HYPERVISOR_MMIO_NX_POLICY), json!("1"));
    assert_eq!(value(SipaType::BITLOCKER_UNLOCK), json!(1));
    let policy = json!({
        "name": "DriverSiPolicy.p7b",
        "version": "10.0.21250.0",
        "hash_alg": "sha256",
        "digest": "21c6ab350d9e8fa3903230aa0ee3801f44aec25a3bee3f8edd3057b50222c2bf",
    });
    assert_eq!(value(SipaType::SI_POLICY), policy);
    let json = serde_json::to_string(boundary).unwrap();
    assert_eq!(serde_json::from_str::<SipaDoc>(&json).unwrap(), *boundary);
}
