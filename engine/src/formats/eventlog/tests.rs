//! Records, banks, padding and startup, by logs that are built here byte by byte.

use super::*;
use crate::limits::EVENT_LOG_BANKS_MAX;

const SHA1: (u16, u16) = (4, 20);
const SHA256: (u16, u16) = (0x0b, 32);

/// A record of the SHA-1 layout, digest bytes `0x5a`.
fn sha1_record(pcr: u32, event_type: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = [pcr.to_le_bytes(), event_type.to_le_bytes()].concat();
    bytes.extend([0x5a; 20]);
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A record of the crypto-agile layout, digest bytes `0x5a`.
fn agile_record(pcr: u32, event_type: u32, digests: &[(u16, u16)], data: &[u8]) -> Vec<u8> {
    let mut bytes = [pcr, event_type, digests.len() as u32].map(u32::to_le_bytes).concat();
    for (alg, size) in digests {
        bytes.extend(alg.to_le_bytes());
        bytes.extend(vec![0x5a; usize::from(*size)]);
    }
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// The data of a Spec ID event, revision 03.
fn spec_id_data(banks: &[(u16, u16)]) -> Vec<u8> {
    let mut data = b"Spec ID Event03\0".to_vec();
    data.extend([0, 0, 0, 0, 0, 2, 0, 2]);
    data.extend((banks.len() as u32).to_le_bytes());
    for (alg, size) in banks {
        data.extend(alg.to_le_bytes());
        data.extend(size.to_le_bytes());
    }
    data.push(0);
    data
}

/// A Spec ID record with the two usual banks: 69 bytes.
fn spec_id() -> Vec<u8> {
    sha1_record(0, 3, &spec_id_data(&[SHA1, SHA256]))
}

fn parsed(bytes: &[u8]) -> EventLog<'_> {
    parse(bytes, &Limits::default()).unwrap()
}

/// Checks that a log breaks at a field, after a number of records.
fn breaks(bytes: &[u8], events: usize, field: &str, offset: usize) -> ParseErrorKind {
    let broken = parse(bytes, &Limits::default()).unwrap_err();
    let defect = broken.defect;
    assert_eq!(
        (broken.before.events.len(), defect.field, defect.span.offset),
        (events, field, offset),
        "{defect}"
    );
    defect.kind
}

#[test]
fn a_crypto_agile_record_is_read_with_its_spans() {
    let bytes = [spec_id(), agile_record(7, 4, &[SHA1, SHA256], b"data")].concat();
    let log = parsed(&bytes);
    assert_eq!(log.format, LogFormat::CryptoAgile);
    assert_eq!(
        log.banks,
        [
            Bank { alg: TpmAlg::SHA1, digest_size_bytes: 20 },
            Bank { alg: TpmAlg::SHA256, digest_size_bytes: 32 }
        ]
    );
    assert_eq!((log.padding, log.size_bytes), (None, bytes.len()));

    let event = &log.events[1];
    assert_eq!((event.index, event.pcr, event.untrusted_type), (1, 7, EventType::SEPARATOR));
    assert_eq!(event.data, b"data");
    assert_eq!(event.span, Span::new(69, 76));
    assert_eq!(event.pcr_span().slice(&bytes).unwrap(), 7_u32.to_le_bytes());
    assert_eq!(event.type_span().slice(&bytes).unwrap(), 4_u32.to_le_bytes());
    assert_eq!(event.data_span.slice(&bytes), Some(&b"data"[..]));
    for digest in &event.digests {
        assert_eq!(digest.span.slice(&bytes), Some(digest.value));
    }
    assert_eq!(event.digest(HashAlg::Sha256), Some(Digest::filled(HashAlg::Sha256, 0x5a)));
    assert_eq!(event.digest(HashAlg::Sha384), None);
    assert!(event.is_extended());
}

#[test]
fn a_log_without_spec_id_has_sha1_records() {
    let bytes = [sha1_record(0, 8, b"v1"), sha1_record(5, 4, &[0; 4])].concat();
    let log = parsed(&bytes);
    assert_eq!((log.format, log.spec_id.is_none(), log.events.len()), (LogFormat::Sha1, true, 2));
    assert!(log.declares(HashAlg::Sha1) && !log.declares(HashAlg::Sha256));
}

#[test]
fn a_first_record_too_short_for_a_spec_id_opens_a_sha1_log() {
    let log = sha1_record(0, 3, b"StartupLocality");
    assert_eq!(parsed(&log).format, LogFormat::Sha1);
}

#[test]
fn an_older_spec_id_opens_a_sha1_log() {
    let data = [&b"Spec ID Event02\0"[..], &[0, 0, 0, 0, 2, 1, 0, 2, 1, 0xaa]].concat();
    let bytes = [sha1_record(0, 3, &data), sha1_record(4, 4, &[0; 4])].concat();
    let log = parsed(&bytes);
    let spec_id = log.spec_id.unwrap();
    assert_eq!(spec_id.banks(), None);
    assert_eq!((spec_id.version_major, spec_id.version_minor), (1, 2));
    assert_eq!(spec_id.vendor_info, [0xaa]);
    assert_eq!((log.format, log.events.len()), (LogFormat::Sha1, 2));
}

#[test]
fn a_record_may_have_digests_of_fewer_banks_than_declared() {
    let bytes = [spec_id(), agile_record(12, 6, &[SHA256], b"")].concat();
    let log = parsed(&bytes);
    assert_eq!(log.events[1].digest(HashAlg::Sha1), None);
    assert!(log.events[1].digest(HashAlg::Sha256).is_some());
}

#[test]
fn an_unknown_algorithm_uses_its_declared_size() {
    let bank = (0x7777, 7);
    let first = sha1_record(0, 3, &spec_id_data(&[bank]));
    let bytes = [first, agile_record(0, 4, &[bank], b"x")].concat();
    assert_eq!(parsed(&bytes).events[1].digests[0].value, [0x5a; 7]);
}

#[test]
fn a_log_without_records_is_a_defect() {
    assert_eq!(breaks(b"", 0, "eventLog", 0), ParseErrorKind::Invalid("is empty"));
    let padding = ParseErrorKind::Invalid("holds nothing but padding");
    assert_eq!(breaks(&[0; 64], 0, "eventLog", 0), padding);
    assert_eq!(breaks(&[0xff; 64], 0, "eventLog", 0), padding);
}

#[test]
fn a_log_over_the_size_limit_is_not_read() {
    let limits = Limits { event_log_size_bytes_max: 68, ..Limits::default() };
    let bytes = spec_id();
    let broken = parse(&bytes, &limits).unwrap_err();
    assert_eq!(broken.defect.kind, ParseErrorKind::OverLimit { found: 69, limit: 68 });
    assert!(broken.before.events.is_empty());
}

#[test]
fn a_damaged_spec_id_names_its_field() {
    // The list starts at byte 32 + 28.
    let log = |data: Vec<u8>| sha1_record(0, 3, &data);
    breaks(&log(spec_id_data(&[])), 0, "numberOfAlgorithms", 56);
    breaks(&log(spec_id_data(&[SHA1; EVENT_LOG_BANKS_MAX + 1])), 0, "numberOfAlgorithms", 56);
    breaks(&log(spec_id_data(&[SHA1, SHA1])), 0, "algorithmId", 64);
    breaks(&log(spec_id_data(&[(4, 21)])), 0, "digestSize", 62);
    breaks(&log(spec_id_data(&[(0x7777, 0)])), 0, "digestSize", 62);

    let mut data = spec_id_data(&[SHA1]);
    data.pop();
    breaks(&log(data.clone()), 0, "vendorInfoSize", 64);
    breaks(&log([data.as_slice(), &[2, 0xaa]].concat()), 0, "vendorInfo", 65);
    breaks(&log([data.as_slice(), &[0, 0xaa]].concat()), 0, "vendorInfo", 65);

    let mut unknown = spec_id_data(&[SHA1]);
    unknown[14] = b'4';
    breaks(&log(unknown), 0, "signature", 32);
}

#[test]
fn a_break_keeps_the_records_before_it_and_names_the_field() {
    let broken_by =
        |record: Vec<u8>| [spec_id(), agile_record(0, 8, &[SHA1], b""), record].concat();
    // 69 bytes of Spec ID and 38 of the record behind it.
    let at = 69 + 38;
    let good = agile_record(4, 5, &[SHA1, SHA256], b"abc");

    let truncated = |size: usize| broken_by(good[..size].to_vec());
    breaks(&truncated(2), 2, "pcrIndex", at);
    breaks(&truncated(7), 2, "eventType", at + 4);
    breaks(&truncated(9), 2, "digests.count", at + 8);
    breaks(&truncated(13), 2, "hashAlg", at + 12);
    breaks(&truncated(33), 2, "digest", at + 14);
    breaks(&truncated(69), 2, "eventSize", at + 68);
    let kind = breaks(&truncated(74), 2, "eventSize", at + 68);
    assert_eq!(kind, ParseErrorKind::Truncated { needed: 3, left: 2 });

    let mut none = good.clone();
    none[8] = 0;
    breaks(&broken_by(none), 2, "digests.count", at + 8);
    let mut three = good.clone();
    three[8] = 3;
    breaks(&broken_by(three), 2, "digests.count", at + 8);
    breaks(&broken_by(agile_record(4, 5, &[SHA1, SHA1], b"")), 2, "hashAlg", at + 34);
    breaks(&broken_by(agile_record(4, 5, &[(0x0c, 48)], b"")), 2, "hashAlg", at + 12);
    breaks(&broken_by(agile_record(24, 5, &[SHA1], b"")), 2, "pcrIndex", at);
    breaks(&broken_by(agile_record(u32::MAX, 5, &[SHA1], b"")), 2, "pcrIndex", at);
}

#[test]
fn a_record_without_register_is_legal_only_without_action() {
    let bytes = [spec_id(), agile_record(u32::MAX, 3, &[SHA256], b"quote")].concat();
    let log = parsed(&bytes);
    assert_eq!(log.trust_points().map(|event| event.index).collect::<Vec<_>>(), [1]);
    assert!(!log.events[1].is_extended());
}

#[test]
fn padding_is_not_read_as_records() {
    let check = |padding: &[u8], fill| {
        for record in [spec_id(), sha1_record(0, 8, b"v1"), sha1_record(1, 8, &[0; 9])] {
            let bytes = [record.as_slice(), padding].concat();
            let log = parsed(&bytes);
            let span = Span::new(record.len(), padding.len());
            assert_eq!((log.events.len(), log.padding), (1, Some(Padding { fill, span })));
        }
    };
    check(&[0; 64], Fill::Zeroes);
    check(&[0; 3], Fill::Zeroes);
    check(&[0xff; 64], Fill::Ones);
    check(&[0xff; 5], Fill::Ones);
    check(&[&[0xff; 8][..], b"hidden"].concat(), Fill::Mixed);
}

#[test]
fn data_that_ends_in_zeroes_is_no_padding() {
    let bytes = sha1_record(0, 4, &[0; 4]);
    let log = parsed(&bytes);
    assert_eq!((log.events[0].data, log.padding), (&[0; 4][..], None));
}

#[test]
fn more_records_than_the_limit_are_a_defect() {
    let first = sha1_record(0, 8, b"");
    let bytes = first.repeat(EVENT_LOG_EVENTS_MAX + 1);
    breaks(&bytes, EVENT_LOG_EVENTS_MAX, "eventLog", EVENT_LOG_EVENTS_MAX * 32);
}

#[test]
fn every_truncation_of_a_log_is_a_shorter_log_or_a_defect() {
    let bytes = [
        spec_id(),
        agile_record(4, 5, &[SHA1, SHA256], b"abc"),
        agile_record(2, 4, &[SHA1], &[7; 4]),
    ]
    .concat();
    let whole = parsed(&bytes).events.len();
    for size in 0..bytes.len() {
        match parse(&bytes[..size], &Limits::default()) {
            Ok(log) => assert!(log.events.len() < whole, "{size}"),
            Err(broken) => assert!(broken.defect.span.end() <= size, "{size}"),
        }
    }
}

#[test]
fn startup_reads_the_locality_and_reports_violations() {
    let locality = |value: u8| [&b"StartupLocality\0"[..], &[value]].concat();
    let record = |pcr, event_type, data: &[u8]| agile_record(pcr, event_type, &[SHA1], data);
    let check = |records: &[Vec<u8>], byte: u8, defects: &[StartupDefect]| {
        let bytes = [spec_id(), records.concat()].concat();
        let startup = startup(&parsed(&bytes));
        assert_eq!((startup.initial_pcr0_byte(), startup.defects.as_slice()), (byte, defects));
        if let Some(locality) = startup.locality {
            assert_eq!(locality.span.slice(&bytes), Some(&[locality.locality][..]));
        }
    };
    let crtm = record(0, 8, b"v1");
    let three = record(0, 3, &locality(3));
    let four = record(0, 3, &locality(4));
    let hcrtm = record(0, 0x8000_0010, event::HCRTM);

    check(core::slice::from_ref(&crtm), 0, &[]);
    check(&[three.clone(), crtm.clone()], 3, &[]);
    check(&[four.clone(), hcrtm.clone()], 4, &[]);
    check(&[hcrtm, crtm.clone()], 4, &[]);
    // Other registers may be extended before.
    check(&[record(7, 4, &[0; 4]), three.clone()], 3, &[]);

    check(&[four, crtm.clone()], 4, &[StartupDefect::HcrtmNotLogged { event: 1 }]);
    let late = StartupDefect::AfterExtend { event: 2, extended_by: 1 };
    check(&[crtm, three.clone()], 3, &[late]);
    let zero = record(0, 3, &locality(0));
    check(&[three.clone(), zero], 3, &[StartupDefect::Repeated { event: 2 }]);
    let impossible = StartupDefect::ImpossibleLocality { event: 1, locality: 1 };
    check(&[record(0, 3, &locality(1))], 1, &[impossible]);
    check(&[record(1, 3, &locality(3))], 0, &[StartupDefect::WrongRegister { event: 1 }]);
    let long = record(0, 3, &[locality(3), vec![0]].concat());
    check(&[long, three], 3, &[StartupDefect::Malformed { event: 1 }]);
}
