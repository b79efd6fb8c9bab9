//! Bodies of every kind: as the specification has them, as real firmware writes them, broken.

use portcullis_wire::guid;

use super::ipl::IplRole;
use super::variable::Value;
use super::*;
use crate::Span;
use crate::formats::ParseErrorKind;
use crate::limits::{SUMMARY_CHARS_MAX, TAGGED_EVENTS_MAX};

/// Where the data of a test's record stands.
const OFFSET: usize = 100;

fn record(pcr: u32, untrusted_type: EventType, data: &[u8]) -> Event<'_> {
    Event {
        index: 1,
        pcr,
        untrusted_type,
        digests: Vec::new(),
        data,
        span: Span::new(OFFSET - 50, data.len() + 50),
        data_span: Span::new(OFFSET, data.len()),
    }
}

fn decoded(untrusted_type: EventType, data: &[u8]) -> Body<'_> {
    decode(&record(0, untrusted_type, data))
}

/// Checks the summary of a record.
fn check(untrusted_type: EventType, data: &[u8], expect: &str) {
    assert_eq!(decoded(untrusted_type, data).summary(), expect);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// `UEFI_VARIABLE_DATA`.
fn variable(guid: Guid, name: &str, data: &[u8]) -> Vec<u8> {
    let name = utf16(name);
    let sizes = [name.len() as u64 / 2, data.len() as u64].map(u64::to_le_bytes).concat();
    [&guid.0[..], &sizes, &name, data].concat()
}

/// A signature list of `count` SHA-256 entries.
fn hashes(count: usize) -> Vec<u8> {
    let sizes = [28 + 48 * count as u32, 0, 48].map(u32::to_le_bytes).concat();
    [&guid::CERT_SHA256.0[..], &sizes, &vec![0x11; 48 * count]].concat()
}

#[test]
fn a_variable_has_the_spans_of_its_parts() {
    let data = variable(guid::GLOBAL_VARIABLE, "SecureBoot", &[1]);
    let Body::Variable(found) = decoded(EventType::EFI_VARIABLE_DRIVER_CONFIG, &data) else {
        panic!("no variable")
    };
    assert!(found.is(guid::GLOBAL_VARIABLE, "SecureBoot"));
    assert_eq!(found.guid_span, Span::new(OFFSET, 16));
    assert_eq!(found.name_span, Span::new(OFFSET + 32, 20));
    assert_eq!((found.data, found.data_span), (&[1][..], Span::new(OFFSET + 52, 1)));
}

#[test]
fn variables_are_summarised_by_their_name() {
    let check = |guid, name, data: &[u8], expect| {
        let data = variable(guid, name, data);
        check(EventType::EFI_VARIABLE_DRIVER_CONFIG, &data, expect);
    };
    let (global, image) = (guid::GLOBAL_VARIABLE, guid::IMAGE_SECURITY_DATABASE);
    check(global, "SecureBoot", &[1], "SecureBoot = 01");
    check(global, "PK", &[], "PK: empty");
    check(image, "dbx", &hashes(77), "dbx: 77 entries");
    check(image, "db", &[hashes(1), hashes(0)].concat(), "db: 1 entry");
    check(global, "db", &hashes(1)[..20], "db = 2616c4c14c509240aca941f936934328… (20 bytes)");
    check(global, "BootOrder", &[1, 0, 0xa, 0], "BootOrder = 0001,000A");
    check(guid::SHIM_LOCK, "SbatLevel", b"sbat,1,2021030218\n", r"SbatLevel = sbat,1,2021030218\n");
    check(
        global,
        "BootOrder",
        &[1],
        "BootOrder: undecodable: `BootOrder` at byte 150: is not a list of 16-bit numbers",
    );
}

#[test]
fn a_boot_option_shows_its_description_and_path() {
    let path = [1, 1, 6, 0, 0, 2, 0x7f, 0xff, 4, 0];
    let option = [&[1, 0, 0, 0, 10, 0][..], &utf16("debian\0"), &path, b"opt"].concat();
    let data = variable(guid::GLOBAL_VARIABLE, "Boot000A", &option);
    check(EventType::EFI_VARIABLE_BOOT, &data, "Boot000A: debian, Pci(0x2,0x0)");
    let Body::Variable(found) = decoded(EventType::EFI_VARIABLE_BOOT, &data) else {
        panic!("no variable")
    };
    assert_eq!(found.boot_option(), Some(10));
    let Ok(Value::LoadOption(found)) = found.value() else { panic!("no load option") };
    assert_eq!((found.attributes, found.optional_data), (1, &b"opt"[..]));
    assert_eq!(found.optional_data_span.end(), OFFSET + data.len());

    for name in ["Boot00", "Boot00001", "Boot00G0", "Boot+123"] {
        let data = variable(guid::GLOBAL_VARIABLE, name, &option);
        let found = variable::parse(Input::new(&data)).unwrap();
        assert_eq!(found.boot_option(), None, "{name}");
    }
}

#[test]
fn an_authority_has_an_owner_unless_shim_logged_it() {
    let certificate = [&[0x30, 0x82, 0x01, 0x00][..], &[0xaa; 256]].concat();
    let owned = [&guid::OWNER_MICROSOFT.0[..], &certificate].concat();
    let of = |data: &[u8]| {
        let data = variable(guid::IMAGE_SECURITY_DATABASE, "db", data);
        let Body::Authority(found) = decoded(EventType::EFI_VARIABLE_AUTHORITY, &data) else {
            panic!("no authority")
        };
        let authority = found.authority();
        authority.map(|found| (found.owner, found.signature.to_vec(), found.span.offset - OFFSET))
    };
    let owner = Some(guid::OWNER_MICROSOFT);
    assert_eq!(of(&owned), Some((owner, certificate.clone(), 36 + 16)));
    assert_eq!(of(&certificate), Some((None, certificate.clone(), 36)));
    assert_eq!(of(&[7; 48]), Some((Some(Guid([7; 16])), vec![7; 32], 36 + 16)));
    assert_eq!(of(&[7; 16]), None);

    let data = variable(guid::IMAGE_SECURITY_DATABASE, "db", &owned);
    let expect = "authority db: entry of 260 bytes, owner Microsoft";
    check(EventType::EFI_VARIABLE_AUTHORITY, &data, expect);
}

#[test]
fn sizes_that_do_not_fit_make_the_body_undecodable() {
    let check = |untrusted_type, data: &[u8], field: &str, offset: usize| {
        let Body::Undecodable { reason } = decoded(untrusted_type, data) else {
            panic!("decoded: {untrusted_type}")
        };
        assert_eq!((reason.field, reason.span.offset), (field, OFFSET + offset), "{reason}");
    };
    let huge = u64::MAX.to_le_bytes();

    let mut data = variable(guid::GLOBAL_VARIABLE, "PK", &[]);
    data[16..24].copy_from_slice(&huge);
    check(EventType::EFI_VARIABLE_DRIVER_CONFIG, &data, "UnicodeNameLength", 16);
    let mut data = variable(guid::GLOBAL_VARIABLE, "PK", &[]);
    data[24..32].copy_from_slice(&huge);
    check(EventType::EFI_VARIABLE_DRIVER_CONFIG, &data, "VariableData", 36);

    let image = [&[0; 24][..], &huge].concat();
    check(EventType::EFI_BOOT_SERVICES_APPLICATION, &image, "DevicePath", 32);
    check(EventType::EFI_HANDOFF_TABLES, &huge, "NumberOfTables", 0);
    check(EventType::EFI_HANDOFF_TABLES, &[0; 9], "TableEntry", 8);
    check(EventType::EFI_PLATFORM_FIRMWARE_BLOB, &[0; 15], "BlobLength", 8);
    check(EventType::EFI_PLATFORM_FIRMWARE_BLOB, &[0; 17], "BlobLength", 16);
    check(EventType::EFI_PLATFORM_FIRMWARE_BLOB2, &[9, 0], "Description", 1);
    check(EventType::EVENT_TAG, &[1, 0, 0, 0, 9, 0, 0, 0, 0], "taggedEventData", 8);
    check(EventType::EFI_GPT_EVENT, &[0; 200], "Signature", 0);
    let mut gpt = [&b"EFI PART"[..], &[0; 84], &huge].concat();
    check(EventType::EFI_GPT_EVENT, &gpt, "SizeOfPartitionEntry", 84);
    gpt[84] = 128;
    check(EventType::EFI_GPT_EVENT, &gpt, "NumberOfPartitions", 92);
}

#[test]
fn more_tagged_elements_than_the_limit_are_refused() {
    let data = [0; 8].repeat(TAGGED_EVENTS_MAX + 1);
    let Body::Undecodable { reason } = decoded(EventType::EVENT_TAG, &data) else {
        panic!("decoded")
    };
    assert!(matches!(reason.kind, ParseErrorKind::OverLimit { .. }));
}

#[test]
fn firmware_records_are_summarised() {
    let blob = [0x82_0000_u64, 0xe_0000].map(u64::to_le_bytes).concat();
    let at = "of 0xe0000 bytes at 0x820000";
    check(EventType::EFI_PLATFORM_FIRMWARE_BLOB, &blob, &format!("firmware {at}"));
    check(EventType::POST_CODE, &blob, &format!("firmware {at}"));
    check(EventType::POST_CODE, b"ACPI DATA", "ACPI DATA");
    let named = [&b"\x03FV1"[..], &blob].concat();
    check(EventType::EFI_PLATFORM_FIRMWARE_BLOB2, &named, &format!("firmware FV1 {at}"));
    check(EventType::POST_CODE2, &named, &format!("firmware FV1 {at}"));

    let tables = [&1_u64.to_le_bytes()[..], &guid::SMBIOS.0, &[0; 8]].concat();
    check(EventType::EFI_HANDOFF_TABLES, &tables, "tables: SMBIOS_TABLE");
    let named = [&b"\x03TDX"[..], &tables].concat();
    check(EventType::EFI_HANDOFF_TABLES2, &named, "tables TDX: SMBIOS_TABLE");

    check(EventType::S_CRTM_VERSION, &utf16("2.5.1\0"), "2.5.1");
    check(EventType::S_CRTM_VERSION, &utf16("12345678"), "12345678");
    check(EventType::S_CRTM_VERSION, &guid::SMBIOS.0, &format!("version {}", guid::SMBIOS));
    check(EventType::S_CRTM_VERSION, &[0, 0], "empty");
    check(
        EventType::S_CRTM_CONTENTS,
        b"Boot Guard Measured S-CRTM\0",
        "Boot Guard Measured S-CRTM",
    );
    check(EventType::COMPACT_HASH, &[0x10, 0, 0, 0], "0x00000010");
    check(EventType::COMPACT_HASH, b"Dell Configuration", "Dell Configuration");
    check(EventType::EFI_ACTION, b"UEFI Debug Mode", "UEFI Debug Mode");
    check(EventType::SEPARATOR, &[0; 4], "separator");
    check(EventType::SEPARATOR, b"WBCL", "separator `WBCL`");
    check(EventType::SEPARATOR, &[0xff], "separator with unknown data");
    check(EventType::NONHOST_INFO, &[0, 1], "0001");
    check(EventType(0x1234), b"text of an unknown type", "text of an unknown type");
}

#[test]
fn a_partition_table_shows_its_partitions() {
    let mut header = [&b"EFI PART"[..], &[0; 48], &[0xaa; 16], &[0; 12]].concat();
    header.extend(128_u32.to_le_bytes());
    header.extend([0; 4]);
    let name = [utf16("boot"), vec![0; 64]].concat();
    let lbas = [0x800_u64, 0x1000, 0].map(u64::to_le_bytes).concat();
    let entry = [&guid::EFI_SYSTEM_PARTITION.0[..], &[0xbb; 16], &lbas, &name].concat();
    let data = [&header[..], &1_u64.to_le_bytes(), &entry].concat();
    let Body::Gpt(found) = decoded(EventType::EFI_GPT_EVENT, &data) else { panic!("no table") };
    let partition = &found.partitions[0];
    assert_eq!((partition.kind, partition.name.as_str()), (guid::EFI_SYSTEM_PARTITION, "boot"));
    assert_eq!((partition.first_lba, partition.last_lba), (0x800, 0x1000));
    let expect = "disk aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa, 1 partition";
    check(EventType::EFI_GPT_EVENT, &data, expect);
    let with_rest = [data, vec![0]].concat();
    let reason = decoded(EventType::EFI_GPT_EVENT, &with_rest);
    assert!(matches!(reason, Body::Undecodable { .. }));
}

#[test]
fn boot_loader_texts_lose_their_prefix() {
    let check = |data: &[u8], role, text: &str, offset: usize| {
        let Body::Ipl(found) = decoded(EventType::IPL, data) else { panic!("no text") };
        assert_eq!((found.role, &*found.text.text), (role, text));
        assert_eq!(found.text.span.offset, OFFSET + offset);
    };
    check(b"grub_cmd: insmod gzio\0", IplRole::GrubCommand, "insmod gzio", 10);
    check(b"grub_cmd set pager=1\0", IplRole::GrubCommand, "set pager=1", 9);
    check(b"kernel_cmdline: /vmlinuz ro\0", IplRole::KernelCommandLine, "/vmlinuz ro", 16);
    check(b"grub_cmd: \x1b[2J\0", IplRole::GrubCommand, "\x1b[2J", 10);
    check(b"MokListX\0", IplRole::ShimVariable, "MokListX", 0);
    check(b"/boot/grub/grub.cfg\0", IplRole::Description, "/boot/grub/grub.cfg", 0);
    check(&utf16(".cmdline\0"), IplRole::Description, ".cmdline", 0);
    assert_eq!(decoded(EventType::IPL, &[1, 2]), Body::Opaque(&[1, 2]));
}

#[test]
fn tagged_elements_are_cut_at_the_outermost_level() {
    let element = |id: u32, data: &[u8]| {
        [&id.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data].concat()
    };
    let initrd = element(tagged::LINUX_INITRD, b"Linux initrd\0");
    let data = [initrd.clone(), element(7, &initrd)].concat();
    let Body::Tagged(found) = decoded(EventType::EVENT_TAG, &data) else { panic!("no elements") };
    assert_eq!(found.len(), 2);
    assert_eq!((found[1].id, found[1].data), (7, &initrd[..]));
    assert_eq!(found[1].span, Span::new(OFFSET + 21, 29));
    assert_eq!(found[1].data_span, Span::new(OFFSET + 29, 21));
    check(EventType::EVENT_TAG, &data, "Linux initrd, 0x00000007 of 21 bytes");
    // Without the element around it: seen on a TDX guest.
    check(EventType::EVENT_TAG, b"LOADED_IMAGE::LoadOptions\0", "LOADED_IMAGE::LoadOptions");
}

#[test]
fn records_without_action_are_told_apart_by_their_signature() {
    let check = |pcr, data: &[u8], expect: &str| {
        assert_eq!(decode(&record(pcr, EventType::NO_ACTION, data)).summary(), expect);
    };
    check(0, b"StartupLocality\0\x03", "startup from locality 3");
    let trust_point = [4, 0, 1, 0xc0, 0, 0, 0, 0];
    check(u32::MAX, &trust_point, "trust point of 8 bytes");
    check(0, &trust_point, "040001c000000000");
    check(0, b"H-CRTM CompMeas\0\x05stage\0", "H-CRTM component stage");
    check(0, b"who knows", "77686f206b6e6f7773");

    let guid = [0x22; 16];
    let text = "22222222-2222-2222-2222-222222222222";
    let first = [&b"SP800-155 Event\0"[..], &7_u32.to_le_bytes(), &guid].concat();
    check(0, &first, &format!("platform of vendor 7, manifest {text}"));
    let locator = [&1_u32.to_le_bytes()[..], &2_u32.to_le_bytes(), b"u\0"].concat();
    let third = [
        &b"SP800-155 Event3"[..],
        &7_u32.to_le_bytes(),
        &guid,
        b"\x05Acme\0\x02M\0\x011\x05Acme\0",
        &7_u32.to_le_bytes(),
        b"\x042.7\0",
        &locator,
        &locator,
    ]
    .concat();
    let names = "Acme M, firmware 2.7";
    check(0, &third, &format!("platform of vendor 7: {names}, manifest {text}"));
    let cut = decode(&record(0, EventType::NO_ACTION, &third[..third.len() - 1])).summary();
    assert!(cut.starts_with("undecodable: `PlatformCertLocator`"), "{cut}");
}

#[test]
fn a_summary_never_holds_what_a_terminal_interprets() {
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r\n\u{200b}";
    let bodies = [
        (EventType::EFI_ACTION, hostile.as_bytes().to_vec()),
        (EventType::EFI_ACTION, b"\x9b\xff\x1b".to_vec()),
        (EventType::EFI_VARIABLE_BOOT, variable(guid::GLOBAL_VARIABLE, hostile, &[1])),
        (EventType::IPL, b"grub_cmd: \x1b[2J\0".to_vec()),
        (EventType::IPL, utf16("grub\u{202e}\u{200b}")),
        (EventType::NO_ACTION, [&b"H-CRTM CompMeas\0\x03"[..], b"\x1b[m"].concat()),
    ];
    for (untrusted_type, data) in bodies {
        let summary = decoded(untrusted_type, &data).summary();
        assert!(!summary.is_empty());
        for c in summary.chars() {
            let invisible = c.is_control() || "\u{202e}\u{200b}".contains(c);
            assert!(!invisible, "{untrusted_type}: {summary:?}");
        }
    }
}

#[test]
fn a_summary_has_a_limit() {
    let check = |character: &str, expect: usize| {
        let text = character.repeat(10_000);
        let summary = decoded(EventType::EFI_ACTION, text.as_bytes()).summary();
        assert_eq!(summary.chars().count(), expect);
        assert!(summary.ends_with('…'));
    };
    check("x", SUMMARY_CHARS_MAX + 1);
    // An escape is not cut in half.
    check("\u{1b}", SUMMARY_CHARS_MAX / 6 * 6 + 1);
    let exact = "x".repeat(SUMMARY_CHARS_MAX);
    assert_eq!(decoded(EventType::EFI_ACTION, exact.as_bytes()).summary(), exact);
}
