//! The data of each type.

use super::*;
use portcullis_wire::sipa::{BitlockerUnlock, CapiAlg, OsDevice, TransferControl};

/// The sizes of data, up to 70 bytes, that a type accepts.
fn sizes(kind: SipaType) -> Vec<usize> {
    let accepts = |size: &usize| {
        let record = element(kind, &vec![0; *size]);
        !matches!(value(&record), SipaValue::Undecodable { .. })
    };
    (0..=70).filter(accepts).collect()
}

#[test]
fn numbers_have_one_width() {
    let check = |kind, expect: &[usize]| assert_eq!(sizes(kind), expect, "{kind}");
    check(SipaType::BOOTDEBUGGING, &[1]);
    check(SipaType::CODEINTEGRITY, &[1]);
    check(SipaType::VBS_IOMMU_REQUIRED, &[1]);
    check(SipaType::HYPERVISOR_BOOT_DMA_PROTECTION, &[1]);
    check(SipaType::TRANSFER_CONTROL, &[4]);
    check(SipaType::BITLOCKER_UNLOCK, &[4]);
    check(SipaType::OSDEVICE, &[4]);
    check(SipaType::HASHALGORITHMID, &[4]);
    check(SipaType::LSAISO_CONFIG, &[4]);
    check(SipaType::MODULE_SVN, &[4]);
    check(SipaType::BOOTCOUNTER, &[8]);
    check(SipaType::DATAEXECUTIONPREVENTION, &[8]);
    check(SipaType::VSM_LAUNCH_TYPE, &[8]);
    check(SipaType::VBS_HVCI_POLICY, &[8]);
    check(SipaType::IMAGEBASE, &[8]);
    check(SipaType::AUTHENTICODEHASH, &[20, 32, 48, 64]);
    check(SipaType::AUTHORITYSHA1THUMBPRINT, &[20]);
    check(SipaType::DUMP_ENCRYPTION_KEY_DIGEST, &[32]);
}

#[test]
fn a_wrong_width_is_refused_where_it_begins_to_be_wrong() {
    refuse(SipaType::BOOTDEBUGGING, &[], "BOOTDEBUGGING", 0);
    refuse(SipaType::BOOTDEBUGGING, &[1, 0, 0, 0], "BOOTDEBUGGING", 1);
    refuse(SipaType::BOOTCOUNTER, &[1, 0, 0, 0], "BOOTCOUNTER", 0);
    refuse(SipaType::TRANSFER_CONTROL, &[1, 0, 0, 0, 0], "TRANSFER_CONTROL", 4);
    refuse(SipaType::AUTHENTICODEHASH, &[0; 31], "AUTHENTICODEHASH", 0);
}

/// True to C code, false to whoever compares with 1.
#[test]
fn a_flag_is_0_or_1() {
    for (byte, expect) in [(0, false), (1, true)] {
        let record = element(SipaType::TESTSIGNING, &[byte]);
        assert_eq!(value(&record).boolean(), Some(expect));
    }
    for byte in [2, 0x80, 0xff] {
        refuse(SipaType::TESTSIGNING, &[byte], "TESTSIGNING", 0);
        refuse(SipaType::CODEINTEGRITY, &[byte], "CODEINTEGRITY", 0);
    }
}

#[test]
fn numbers_are_little_endian() {
    let check = |kind, data: &[u8], expect: SipaValue<'_>, number: u64| {
        let record = element(kind, data);
        let found = value(&record);
        assert_eq!((found.number(), &found), (Some(number), &expect));
    };
    let data = [0x34, 0x12, 0, 0, 1, 0, 0, 0x80];
    let number = 0x8000_0001_0000_1234;
    check(SipaType::BOOTCOUNTER, &data, SipaValue::U64(number), number);
    check(SipaType::MORBIT_API_STATUS, &data[4..], SipaValue::U32(0x8000_0001), 0x8000_0001);
    let resume = SipaValue::TransferControl(TransferControl::RESUME);
    check(SipaType::TRANSFER_CONTROL, &[2, 0, 0, 0], resume, 2);
    let unlock = SipaValue::BitlockerUnlock(BitlockerUnlock(0x14));
    check(SipaType::BITLOCKER_UNLOCK, &[0x14, 0, 0, 0], unlock, 0x14);
    let device = SipaValue::OsDevice(OsDevice::PARTITION);
    check(SipaType::OSDEVICE, &[4, 0, 1, 0], device, 0x1_0004);
    let alg = SipaValue::HashAlgorithm(CapiAlg::SHA256);
    check(SipaType::HASHALGORITHMID, &[0x0c, 0x80, 0, 0], alg, 0x800c);
}

#[test]
fn texts_end_with_their_element() {
    let check = |data: &[u8], expect: &str, size: usize| {
        let record = element(SipaType::FILEPATH, data);
        let found = value(&record);
        let SipaValue::Text(text) = &found else { panic!("{found:?}") };
        assert_eq!((&*text.text, text.span), (expect, Span::new(OFFSET + 8, size)));
    };
    check(&utf16("\\Windows\0"), "\\Windows", 16);
    // Seen in real logs: names from certificates.
    check(&utf16("Intel Corporation"), "Intel Corporation", 34);
    check(&utf16("\0"), "", 0);
    check(&[], "", 0);
    check(&utf16("Gr\u{fc}\u{df}e \u{1f600}\0"), "Gr\u{fc}\u{df}e \u{1f600}", 16);
    // Control characters are of the text; only a summary escapes them.
    check(&utf16("\u{1b}[2J\0"), "\u{1b}[2J", 8);
}

#[test]
fn texts_that_readers_could_take_differently_are_refused() {
    let check = |data: &[u8], offset| refuse(SipaType::FILEPATH, data, "FILEPATH", offset);
    check(&[b'a', 0, b'b'], 0);
    check(&utf16("good.sys\0evil.sys\0"), 16);
    check(&utf16("two\0\0"), 6);
    check(&utf16("\0\0"), 0);
    // Half a pair of surrogates: the high one at the end and before a letter, the low one.
    check(&[b'a', 0, 0x3d, 0xd8], 2);
    check(&[0x3d, 0xd8, b'a', 0], 0);
    check(&[&utf16("\u{1f600}")[..], &[0x00, 0xde]].concat(), 4);
}

#[test]
fn an_authority_is_a_public_key() {
    let algorithm = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    let key = [&[0x30, 0x2a][..], &algorithm, &[0x03, 0x21, 0x00], &[0x55; 32]].concat();
    let record = element(SipaType::AUTHORITYPUBKEY, &key);
    assert_eq!(value(&record), SipaValue::PublicKey(&key));
    let check = |data: &[u8]| refuse(SipaType::AUTHORITYPUBKEY, data, "AUTHORITYPUBKEY", 0);
    check(&[]);
    check(&key[..key.len() - 1]);
    check(&[key.clone(), vec![0]].concat());
    check(&[0x30, 0x00]);
}

#[test]
fn a_quote_of_tpm_1_2_is_refused_by_its_magic() {
    let quote = [&[0x00, 0x36][..], b"QUT2", &[0; 80]].concat();
    refuse(SipaType::QUOTE, &quote, "magic", 0);
}

#[test]
fn types_without_a_layout_keep_their_bytes() {
    let check = |kind, expect: SipaValue<'_>| {
        let record = element(kind, &[1, 2, 3]);
        assert_eq!(value(&record), expect);
    };
    check(SipaType::VTL1_DUMP_CONFIG, SipaValue::Bytes(&[1, 2, 3]));
    check(SipaType::AUTHORITYSERIAL, SipaValue::Bytes(&[1, 2, 3]));
    check(SipaType(0x0005_7777), SipaValue::Unknown(&[1, 2, 3]));
    check(SipaType(0), SipaValue::Unknown(&[1, 2, 3]));
}

/// Whatever the data of a type is, decoding it ends in a value, and an error stays inside it.
#[test]
fn any_data_gives_a_value() {
    for kind in SipaType::NAMED.iter().filter(|kind| !kind.is_container()) {
        for (fill, size) in
            [0, 1, 2, 0x20, 0xff].into_iter().flat_map(|b| (0..100).map(move |s| (b, s)))
        {
            let record = element(*kind, &vec![fill; size]);
            if let SipaValue::Undecodable { reason } = value(&record) {
                let (offset, end) = (reason.span.offset, reason.span.end());
                assert!(offset >= OFFSET + 8 && end <= OFFSET + record.len(), "{kind}: {reason}");
            }
        }
    }
}
