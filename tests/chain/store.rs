//! The store of a policy set: which files make one, and what it says about those that do not.

use portcullis_engine::chain::{
    ChainPolicy, FailureReason, TrustError, TrustStore, read_trust_files, verify_chain,
};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::x509::{Certificate, QuirkKind, find_certificates};
use portcullis_engine::limits::CERTIFICATES_PER_ARTEFACT_MAX;
use portcullis_tests::certificates::{NOW, Template};
use portcullis_tests::der::armour;

use super::world::{World, authority, ek, line};

/// The reason for which the leaf of a world does not lead to a root of the files.
fn refusal(world: &World, files: &[&[u8]]) -> Option<FailureReason> {
    let files = read_trust_files(files.iter().copied()).unwrap();
    let store = TrustStore::new(&files).unwrap();
    let leaf = Certificate::parse(Input::new(&world.leaf)).unwrap();
    let verdict = verify_chain(&leaf, store.issuers(&[]), NOW, &ChainPolicy::default());
    verdict.err().map(|failure| failure.reason)
}

#[test]
fn der_pem_and_bundles_make_the_same_store() {
    let world = line(&[authority("R", 1), authority("A", 2)]);
    let (root, issuer) = (&world.roots[0], &world.intermediates[0]);
    let pem = [root, issuer].map(|der| armour("CERTIFICATE", der));
    let (bundle, run) = (pem.concat(), [root.as_slice(), issuer].concat());
    for files in [
        &[root.as_slice(), issuer] as &[&[u8]],
        &[issuer, root],
        &[pem[0].as_bytes(), issuer],
        &[bundle.as_bytes()],
        &[&run],
        &[&run, bundle.as_bytes()],
    ] {
        assert_eq!(refusal(&world, files), None);
    }
    assert!(matches!(refusal(&world, &[root]), Some(FailureReason::MissingIssuer { .. })));
}

#[test]
fn an_empty_store_trusts_nobody() {
    let store = TrustStore::new(&[]).unwrap();
    assert!(store.is_empty());
    let world = line(&[authority("R", 1)]);
    assert!(matches!(refusal(&world, &[]), Some(FailureReason::MissingIssuer { .. })));
}

#[test]
fn intermediates_alone_are_no_store() {
    let world = line(&[authority("R", 1), authority("A", 2)]);
    let files = read_trust_files([world.intermediates[0].as_slice()]).unwrap();
    let error = TrustStore::new(&files).unwrap_err();
    assert_eq!(error, TrustError::NoRoot);
    assert_eq!(error.to_string(), "none of the certificates is a root (issued by itself)");
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_place() {
    let root = authority("R", 1).root();
    let error = read_trust_files([root.as_slice(), b"nothing"]).unwrap_err();
    assert!(
        error.to_string().starts_with("certificate file 1: `Certificate` at byte 0"),
        "{error}"
    );
    // One that is found and does not parse: the whole store is refused, not the one file.
    let torn = [&root[..4], &[0x02], &root[5..]].concat();
    let files = read_trust_files([root.as_slice(), &torn]).unwrap();
    let error = TrustStore::new(&files).unwrap_err();
    assert!(matches!(error, TrustError::Unreadable { file: 1, .. }), "{error}");
}

#[test]
fn what_the_host_sends_stands_beside_the_store() {
    let world = line(&[authority("R", 1), authority("A", 2)]);
    let files = read_trust_files([world.roots[0].as_slice()]).unwrap();
    let store = TrustStore::new(&files).unwrap();
    let sent = [Certificate::parse(Input::new(&world.intermediates[0])).unwrap()];
    let leaf = Certificate::parse(Input::new(&world.leaf)).unwrap();
    let policy = ChainPolicy::default();
    let verdict = |from_host| verify_chain(&leaf, store.issuers(from_host), NOW, &policy);
    assert!(verdict(&sent).is_ok());
    assert!(verdict(&[]).is_err());
}

/// A certificate of few bytes: framing is all that the search for certificates looks at.
const SMALL: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x05];

#[test]
fn an_artefact_of_too_many_certificates_is_refused() {
    let many = CERTIFICATES_PER_ARTEFACT_MAX + 1;
    let words = "4097 is over the limit of 4096";
    let run = SMALL.repeat(many);
    let error = find_certificates(&run).unwrap_err();
    assert_eq!((error.kind.to_string().as_str(), error.span.offset), (words, run.len() - 5));
    assert_eq!(find_certificates(&run[5..]).unwrap().len(), CERTIFICATES_PER_ARTEFACT_MAX);
    let text = armour("CERTIFICATE", SMALL).repeat(many);
    let error = find_certificates(text.as_bytes()).unwrap_err();
    assert_eq!(error.kind.to_string(), words);
    assert_eq!(error.span.end(), text.len() - 1);
}

#[test]
fn quirks_around_a_certificate_join_those_of_the_certificate() {
    let serial = ek().with(|template: &mut Template| template.serial = vec![0]);
    let der = authority("R", 1).issue(&serial);
    let size = ((der.len() + 2) as u16).to_be_bytes();
    let blob = [&[0x10, 0x01, 0x00], &size[..], &[0x10, 0x02], &der, &[0xff; 9]].concat();
    let found = find_certificates(&blob).unwrap();
    let certificate = found[0].parse().unwrap();
    let mut kinds: Vec<QuirkKind> = certificate.quirks.iter().map(|quirk| quirk.kind).collect();
    kinds.sort();
    let padding = QuirkKind::TrailingPadding { byte: 0xff };
    assert_eq!(kinds, [QuirkKind::NvHeader, padding, QuirkKind::SerialNotPositive]);
    // Places count from the start of the blob.
    assert_eq!(certificate.span.slice(&blob).unwrap(), der);
    assert_eq!(certificate.serial_span.slice(&blob).unwrap(), [2, 1, 0]);
}
