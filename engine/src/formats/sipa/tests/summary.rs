//! One line for a human.

use super::*;
use crate::formats::body;
use crate::limits::SUMMARY_CHARS_MAX;

fn summary(record: &[u8]) -> String {
    let tree = read(record).expect("elements");
    tree.summary(&tree.nodes()[0])
}

fn check(kind: SipaType, data: &[u8], expect: &str) {
    assert_eq!(summary(&element(kind, data)), expect);
}

#[test]
fn values_are_shown_by_their_meaning() {
    check(SipaType::BOOTDEBUGGING, &[0], "BOOTDEBUGGING = no");
    check(SipaType::CODEINTEGRITY, &[1], "CODEINTEGRITY = yes");
    check(SipaType::BOOTCOUNTER, &[187, 0, 0, 0, 0, 0, 0, 0], "BOOTCOUNTER = 187");
    check(SipaType::COUNTERID, &[1, 0, 0x41, 1, 0, 0, 0, 0], "COUNTERID = 0x1410001");
    check(SipaType::TRANSFER_CONTROL, &[2, 0, 0, 0], "TRANSFER_CONTROL = RESUME");
    check(SipaType::TRANSFER_CONTROL, &[9, 0, 0, 0], "TRANSFER_CONTROL = 0x00000009");
    check(SipaType::BITLOCKER_UNLOCK, &[0; 4], "BITLOCKER_UNLOCK = none");
    check(SipaType::BITLOCKER_UNLOCK, &[0x14, 0, 0, 0], "BITLOCKER_UNLOCK = TPM PIN");
    check(SipaType::BITLOCKER_UNLOCK, &[0x0c, 0, 0, 0], "BITLOCKER_UNLOCK = TPM 0x8");
    check(SipaType::OSDEVICE, &[4, 0, 1, 0], "OSDEVICE = partition");
    check(SipaType::SMT_STATUS, &[2, 0, 0, 0], "SMT_STATUS = 2 (off by software)");
    let always_on = [3, 0, 0, 0, 0, 0, 0, 0];
    check(SipaType::DATAEXECUTIONPREVENTION, &always_on, "DATAEXECUTIONPREVENTION = 3 (AlwaysOn)");
    check(SipaType::HYPERVISOR_LAUNCH_TYPE, &always_on, "HYPERVISOR_LAUNCH_TYPE = 3");
    check(SipaType::SYSTEMROOT, &utf16("\\Windows\0"), "SYSTEMROOT = \\Windows");
    check(SipaType::VTL1_DUMP_CONFIG, &[1, 2], "VTL1_DUMP_CONFIG = 0102");
    check(
        SipaType(0x0005_7777),
        &[0xaa; 17],
        &format!("0x00057777 = {}… (17 bytes)", "aa".repeat(16)),
    );
    let reason = "`BOOTDEBUGGING` at byte 1008: is neither 0 nor 1";
    check(SipaType::BOOTDEBUGGING, &[2], &format!("BOOTDEBUGGING: undecodable: {reason}"));
}

#[test]
fn a_container_shows_what_it_holds() {
    let module = [
        element(SipaType::FILEPATH, &utf16("\\a.sys\0")),
        element(SipaType::AUTHENTICODEHASH, &[0xd5; 20]),
        element(SipaType::IMAGEVALIDATED, &[0]),
        element(SipaType::AUTHORITYPUBLISHER, &utf16("somebody")),
    ];
    let module = element(SipaType::LOADEDMODULE_AGGREGATION, &module.concat());
    let line = format!("module \\a.sys {}, not validated by somebody", "d5".repeat(20));
    assert_eq!(summary(&module), line);

    let elam = element(SipaType::ELAM_AGGREGATION, &element(SipaType::ELAM_POLICY, &[1]));
    let flag = element(SipaType::WINPE, &[0]);
    let empty = element(SipaType::KSR_AGGREGATION, &[]);
    let inside = [module.clone(), flag, module, elam, empty].concat();
    let line =
        "TRUSTBOUNDARY: 2 modules, WINPE = no, ELAM_AGGREGATION of 1 element, KSR_AGGREGATION";
    check(SipaType::TRUSTBOUNDARY, &inside, line);
}

#[test]
fn a_record_shows_its_elements() {
    let shown = |pcr, untrusted_type, data: &[u8]| {
        let event = Event {
            index: 0,
            pcr,
            untrusted_type,
            digests: Vec::new(),
            data,
            span: Span::new(OFFSET - 50, data.len() + 50),
            data_span: Span::new(OFFSET, data.len()),
        };
        body::decode(&event).summary()
    };
    let tagged = |data: &[u8]| shown(12, EventType::EVENT_TAG, data);
    let trust_point = |data: &[u8]| shown(event::PCR_NONE, EventType::NO_ACTION, data);
    let flag = element(SipaType::WINPE, &[1]);
    let boundary = element(SipaType::TRUSTBOUNDARY, &flag);
    let both = [boundary.clone(), flag].concat();
    assert_eq!(tagged(&both), "TRUSTBOUNDARY: WINPE = yes, WINPE = yes");
    let mut broken = boundary;
    broken[12] += 1;
    let expect = "`taggedEventDataSize` at byte 1012: needs 2 bytes, 1 are left";
    assert_eq!(tagged(&broken), format!("TRUSTBOUNDARY: undecodable: {expect}"));

    let key = |name| element(SipaType::AIKID, &utf16(name));
    let keys = ["one", "two"].map(|name| element(SipaType::TRUSTPOINT_AGGREGATION, &key(name)));
    let mut quotes = element(SipaType::TRUSTPOINT_AGGREGATION, &keys.concat());
    assert_eq!(trust_point(&quotes), "trust point of 52 bytes, key one, two");
    quotes[4] += 1;
    assert_eq!(trust_point(&quotes), "trust point of 52 bytes");
}

#[test]
fn a_summary_never_holds_what_a_terminal_interprets() {
    let hostile = utf16("\u{1b}]0;owned\u{7}\u{202e}\n\u{200b}");
    let module = element(SipaType::FILEPATH, &hostile);
    let elements = [
        element(SipaType::SYSTEMROOT, &hostile),
        element(SipaType::LOADEDMODULE_AGGREGATION, &module),
        element(SipaType::TRUSTPOINT_AGGREGATION, &element(SipaType::AIKID, &hostile)),
    ];
    for record in elements {
        let summary = summary(&record);
        assert!(summary.contains("owned"), "{summary:?}");
        let plain = |c: char| !c.is_control() && !"\u{202e}\u{200b}".contains(c);
        assert!(summary.chars().all(plain), "{summary:?}");
    }
}

#[test]
fn a_summary_has_a_limit() {
    let long = element(SipaType::SYSTEMROOT, &utf16(&"x".repeat(10_000)));
    let many = element(SipaType::TRUSTBOUNDARY, &element(SipaType::WINPE, &[0]).repeat(10_000));
    for record in [long, many] {
        let summary = summary(&record);
        assert_eq!(summary.chars().count(), SUMMARY_CHARS_MAX + 1);
        assert!(summary.ends_with('…'));
    }
}
