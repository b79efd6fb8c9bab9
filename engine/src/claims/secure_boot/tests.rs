//! PCR 7 by hand-made events: what each breach of the rules does to the claim.

use portcullis_wire::EventType;
use portcullis_wire::event::{SEPARATOR_ERROR, SEPARATOR_NORMAL};

use super::*;
use crate::formats::eventlog;
use crate::limits::Limits;
use crate::replay::measure;

/// A record of PCR 7 in the SHA-1 layout, with the digest of its data.
fn record(untrusted_type: EventType, data: &[u8]) -> Vec<u8> {
    let digest = crypto::digest(HashAlg::Sha1, &[data]);
    [
        &7_u32.to_le_bytes()[..],
        &untrusted_type.0.to_le_bytes(),
        digest.as_bytes(),
        &(data.len() as u32).to_le_bytes(),
        data,
    ]
    .concat()
}

fn separator() -> Vec<u8> {
    record(EventType::SEPARATOR, SEPARATOR_NORMAL)
}

fn variable(namespace: Guid, name: &str, data: &[u8]) -> Vec<u8> {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [
        &namespace.0[..],
        &(name.len() as u64 / 2).to_le_bytes(),
        &(data.len() as u64).to_le_bytes(),
        &name,
        data,
    ]
    .concat()
}

fn config(name: &str, data: &[u8]) -> Vec<u8> {
    let database = matches!(name, "db" | "dbx");
    let namespace = if database { guid::IMAGE_SECURITY_DATABASE } else { guid::GLOBAL_VARIABLE };
    record(EventType::EFI_VARIABLE_DRIVER_CONFIG, &variable(namespace, name, data))
}

fn authority(data: &[u8]) -> Vec<u8> {
    let data = variable(guid::IMAGE_SECURITY_DATABASE, "db", data);
    record(EventType::EFI_VARIABLE_AUTHORITY, &data)
}

/// A signature list with one entry.
fn list(kind: Guid, owner: [u8; 16], entry: &[u8]) -> Vec<u8> {
    let entry_size = 16 + entry.len() as u32;
    let sizes = [28 + entry_size, 0, entry_size].map(u32::to_le_bytes).concat();
    [&kind.0[..], &sizes, &owner, entry].concat()
}

/// A DER sequence of the size of a small certificate.
fn certificate(filling: u8) -> Vec<u8> {
    [&[0x30, 0x82, 0x01, 0x40][..], &[filling; 0x140]].concat()
}

const OWNER: [u8; 16] = [0x77; 16];

/// Variables of a machine with Secure Boot on whose `db` holds `db`, then `rest`.
fn with_db(db: &[u8], rest: &[Vec<u8>]) -> SecureBootClaims {
    let key = list(guid::CERT_X509, OWNER, &certificate(1));
    let variables = [
        config("SecureBoot", &[1]),
        config("PK", &key),
        config("KEK", &key),
        config("db", db),
        config("dbx", b""),
    ];
    claims(&[&variables, rest].concat())
}

fn claims(records: &[Vec<u8>]) -> SecureBootClaims {
    let bytes = records.concat();
    let log = eventlog::parse(&bytes, &Limits::default()).unwrap();
    extract(&measure(&log, HashAlg::Sha1, None))
}

#[test]
fn an_authority_is_found_in_db_with_and_without_its_owner() {
    let db = list(guid::CERT_X509, OWNER, &certificate(2));
    let owned = [&OWNER[..], &certificate(2)].concat();
    // shim logs the bare certificate.
    let bare = certificate(2);
    let found = with_db(&db, &[separator(), authority(&owned), authority(&bare)]);
    assert_eq!((found.state, &found.defects[..]), (SecureBootState::On, &[][..]));
    let named = crypto::digest(HashAlg::Sha256, &[&bare]);
    assert!(found.authorities.iter().all(|authority| authority.data_sha256 == named));
}

#[test]
fn an_authority_that_is_an_image_digest_is_found_in_db() {
    let db = list(guid::CERT_SHA256, OWNER, &[0xab; 32]);
    let admitted = [&OWNER[..], &[0xab; 32]].concat();
    assert_eq!(with_db(&db, &[separator(), authority(&admitted)]).defects, []);
}

#[test]
fn an_authority_that_is_not_in_db_is_a_defect() {
    let db = list(guid::CERT_X509, OWNER, &certificate(2));
    let foreign = [&OWNER[..], &certificate(3)].concat();
    for db in [&db[..], &[]] {
        let found = with_db(db, &[separator(), authority(&foreign)]);
        let is_foreign = |defect: &_| matches!(defect, SecureBootDefect::ForeignAuthority(_));
        assert!(found.defects.iter().any(is_foreign), "{:?}", found.defects);
    }
}

#[test]
fn an_authority_counts_on_either_side_of_the_separator() {
    let db = list(guid::CERT_X509, OWNER, &certificate(2));
    let admitted = authority(&[&OWNER[..], &certificate(2)].concat());
    for rest in [[separator(), admitted.clone()], [admitted.clone(), separator()]] {
        let found = with_db(&db, &rest);
        assert_eq!((found.authorities.len(), &found.defects[..]), (1, &[][..]));
    }
}

#[test]
fn secure_boot_that_admitted_nothing_is_a_defect() {
    let db = list(guid::CERT_X509, OWNER, &certificate(2));
    assert_eq!(with_db(&db, &[separator()]).defects, [SecureBootDefect::NoAuthority]);
    // Without Secure Boot nothing has to be admitted.
    let off = claims(&[config("SecureBoot", &[0]), separator()]);
    assert_eq!((off.state, &off.defects[..]), (SecureBootState::Off, &[][..]));
}

#[test]
fn an_error_separator_behind_variables_is_a_defect() {
    let error = record(EventType::SEPARATOR, SEPARATOR_ERROR);
    let off = config("SecureBoot", &[0]);
    let found = claims(&[off, error.clone()]);
    assert!(matches!(found.defects[..], [SecureBootDefect::ErrorSeparator(_)]));
    // A conventional BIOS has no variables, and this is its normal separator.
    assert_eq!(claims(&[error]).defects, []);
}

#[test]
fn secure_boot_is_unknown_when_its_variable_comes_late_or_twice_or_not_at_all() {
    let on = || config("SecureBoot", &[1]);
    let off = || config("SecureBoot", &[0]);
    assert_eq!(claims(&[separator(), on()]).state, SecureBootState::Unknown);
    assert_eq!(claims(&[on(), off(), separator()]).state, SecureBootState::Unknown);
    assert_eq!(claims(&[on(), on(), separator()]).state, SecureBootState::Unknown);
    assert_eq!(claims(&[separator()]).state, SecureBootState::Unknown);
    assert_eq!(claims(&[config("SecureBoot", &[2]), separator()]).state, SecureBootState::Unknown);
    assert_eq!(claims(&[config("SecureBoot", &[]), separator()]).state, SecureBootState::Off);
}

#[test]
fn a_variable_whose_data_is_not_covered_says_nothing() {
    let mut bytes = config("SecureBoot", &[0]);
    *bytes.last_mut().unwrap() = 1;
    let found = claims(&[bytes, separator()]);
    assert_eq!(found.state, SecureBootState::Unknown);
    assert!(matches!(found.defects[..], [SecureBootDefect::Unbound(_)]));
}

#[test]
fn the_type_of_a_record_decides_nothing() {
    let relabelled = variable(guid::GLOBAL_VARIABLE, "SecureBoot", &[1]);
    for untrusted_type in [EventType::EFI_VARIABLE_AUTHORITY, EventType::ACTION, EventType(99)] {
        let found = claims(&[record(untrusted_type, &relabelled), separator()]);
        assert_eq!(found.state, SecureBootState::On, "{untrusted_type}");
    }
}
