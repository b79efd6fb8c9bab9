//! Revocation: what is named is refused, and a list that cannot be used is told.

use portcullis_engine::chain::{ChainPolicy, CrlProblem, FailureReason, NoteKind};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::x509::crl::{Crl, CrlObstacle, same_serial};
use portcullis_tests::certificates::{
    Authority, CrlTemplate, Extension, NOT_AFTER, NOW, Template, USAGE_CA, key_usage, name,
    printable_name,
};
use portcullis_tests::der::{element, octets, sequence};

use super::world::{World, authority, ek, line};

/// Needs a sign byte as an INTEGER.
const SERIAL: &[u8] = &[0x00, 0x9a, 0x5c];

/// A root, an authority and an EK with the serial number [`SERIAL`].
fn world() -> (Authority, Authority, World) {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let leaf = issuer.issue(&ek().with(|template| template.serial = SERIAL.to_vec()));
    let world = World { leaf, ..line(&[root.clone(), issuer.clone()]) };
    (root, issuer, world)
}

fn revoked(index: usize) -> FailureReason {
    FailureReason::Revoked { index }
}

#[test]
fn a_certificate_that_is_named_by_issuer_and_serial_number_is_refused() {
    let (_, _, world) = world();
    // OpenSSL has no such list.
    let refusal = |issuer: Vec<u8>, serial: &[u8]| {
        let world = World { revoked: vec![(issuer, serial.to_vec())], ..world.clone() };
        world.verdict(ChainPolicy::default()).err().map(|failure| failure.reason)
    };
    assert_eq!(refusal(name("A"), SERIAL), Some(revoked(0)));
    assert_eq!(refusal(name("A"), &SERIAL[1..]), Some(revoked(0)), "as tools print it");
    assert_eq!(refusal(printable_name("A"), SERIAL), Some(revoked(0)));
    assert_eq!(refusal(name("B"), SERIAL), None);
    assert_eq!(refusal(name("A"), &[0x9a, 0x5d]), None);
    assert_eq!(refusal(name("A"), &[]), None);
}

#[test]
fn intermediates_and_roots_can_be_named_too() {
    let (root, issuer, world) = world();
    let templates = [Template::of(&issuer), Template::of(&root)];
    for (index, template) in templates.iter().enumerate() {
        let revoked_ones = vec![(name("R"), template.serial.clone())];
        let world = World { revoked: revoked_ones, ..world.clone() };
        let failure = world.verdict(ChainPolicy::default()).unwrap_err();
        assert_eq!(failure.reason, revoked(index + 1));
    }
}

#[test]
fn a_revocation_list_of_the_issuer_refuses_what_it_names() {
    let (root, issuer, world) = world();
    let listed =
        World { lists: vec![issuer.revoke(&CrlTemplate::of(&[&[5], SERIAL]))], ..world.clone() };
    assert_eq!(listed.refusal(), revoked(0));
    let clean = World { lists: vec![issuer.revoke(&CrlTemplate::of(&[&[5]]))], ..world.clone() };
    assert_eq!(clean.notes(), []);
    // An empty list, and one of version 1.
    let empty = World { lists: vec![issuer.revoke(&CrlTemplate::of(&[]))], ..world.clone() };
    assert_eq!(empty.notes(), []);
    let version_1 = CrlTemplate { version: None, ..CrlTemplate::of(&[SERIAL]) };
    assert_eq!(
        World { lists: vec![issuer.revoke(&version_1)], ..world.clone() }.refusal(),
        revoked(0)
    );
    // The root's list is about the authority.
    let serial = Template::of(&issuer).serial;
    let list = root.revoke(&CrlTemplate::of(&[&serial]));
    let world = World { lists: vec![list], ..world };
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert_eq!(failure.reason, revoked(1));
}

#[test]
fn a_list_of_somebody_else_says_nothing() {
    let (root, issuer, world) = world();
    // Same serial number, another issuer.
    let list = root.revoke(&CrlTemplate::of(&[SERIAL]));
    let other = World { lists: vec![list], ..world.clone() };
    assert!(other.verdict(ChainPolicy::default()).unwrap().notes().is_empty());
    // The issuer's name over another key: refused as a list, and told.
    let forged = Authority::new("A", authority("", 9).key).revoke(&CrlTemplate::of(&[SERIAL]));
    let world = World {
        lists: vec![forged],
        openssl_differs: Some("it refuses when a list cannot be used"),
        ..world
    };
    assert_eq!(world.notes(), [(0, NoteKind::UnusableCrl(CrlProblem::Signature))]);
    let both = [world.lists, vec![issuer.revoke(&CrlTemplate::of(&[SERIAL]))]].concat();
    let world = World { lists: both, ..world };
    assert_eq!(world.verdict(ChainPolicy::default()).unwrap_err().reason, revoked(0));
}

#[test]
fn an_issuer_that_must_not_sign_lists_is_told() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    // keyCertSign alone.
    let template = Template::of(&issuer).extension(key_usage(USAGE_CA & !0b10));
    let world = World {
        intermediates: vec![root.issue(&template)],
        lists: vec![issuer.revoke(&CrlTemplate::of(&[SERIAL]))],
        openssl_differs: Some("it refuses when a list cannot be used"),
        ..world().2
    };
    assert_eq!(world.notes(), [(0, NoteKind::UnusableCrl(CrlProblem::IssuerMayNotSignLists))]);
}

#[test]
fn a_list_that_is_overdue_still_refuses_and_is_told() {
    let (_, issuer, world) = world();
    let overdue = |serials: &[&[u8]]| {
        issuer.revoke(&CrlTemplate { next_update: Some(NOW - 1), ..CrlTemplate::of(serials) })
    };
    let clean = World { lists: vec![overdue(&[])], ..world.clone() };
    assert_eq!(clean.notes(), [(0, NoteKind::StaleCrl { next_update_unix_s: NOW - 1 })]);
    assert_eq!(World { lists: vec![overdue(&[SERIAL])], ..world.clone() }.refusal(), revoked(0));
    let open = CrlTemplate { next_update: None, ..CrlTemplate::of(&[]) };
    assert_eq!(World { lists: vec![issuer.revoke(&open)], ..world }.notes(), []);
}

/// `issuingDistributionPoint` with one flag, by its context-specific number.
fn point(flag: u8) -> Extension {
    ("2.5.29.28".into(), true, sequence(&[&element(0x80 | flag, &[0xff])]))
}

#[test]
fn lists_of_another_kind_are_told_and_refuse_nothing() {
    let (_, issuer, world) = world();
    let with = |extension: Extension| CrlTemplate {
        extensions: vec![extension],
        ..CrlTemplate::of(&[SERIAL])
    };
    let entry = |extension: Extension| CrlTemplate {
        entries: vec![(SERIAL.to_vec(), vec![extension])],
        ..CrlTemplate::of(&[])
    };
    let names = sequence(&[&element(0xa4, &name("B"))]);
    let delta = with(("2.5.29.27".into(), true, vec![2, 1, 1]));
    let unknown = ("1.3.6.1.4.1.99999.1".to_owned(), true, octets(&[]));
    for (list, obstacle) in [
        (delta, CrlObstacle::Delta),
        (with(point(4)), CrlObstacle::Indirect),
        (with(point(5)), CrlObstacle::AttributeCertificates),
        (entry(("2.5.29.29".into(), true, names)), CrlObstacle::Indirect),
    ] {
        let world = World { lists: vec![issuer.revoke(&list)], ..world.clone() };
        let chain = world.verdict(ChainPolicy::default()).unwrap();
        let kind = NoteKind::UnusableCrl(CrlProblem::Obstacle(obstacle));
        assert_eq!(chain.notes().iter().map(|note| &note.kind).collect::<Vec<_>>(), [&kind]);
    }
    for list in [with(unknown.clone()), entry(unknown)] {
        let world = World { lists: vec![issuer.revoke(&list)], ..world.clone() };
        let text = world.verdict(ChainPolicy::default()).unwrap().notes()[0].kind.to_string();
        assert!(text.contains("`1.3.6.1.4.1.99999.1`"), "{text}");
    }
}

#[test]
fn a_list_for_some_certificates_of_its_issuer_refuses_what_it_names() {
    // onlyContainsUserCerts. A list is never taken for proof that something is not revoked.
    let (_, issuer, world) = world();
    let list = CrlTemplate { extensions: vec![point(1)], ..CrlTemplate::of(&[SERIAL]) };
    assert_eq!(World { lists: vec![issuer.revoke(&list)], ..world }.refusal(), revoked(0));
}

#[test]
fn a_path_around_a_revoked_certificate_holds() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let renewed = Template::of(&issuer).with(|template| template.serial = vec![77]);
    let mut world = line(&[root.clone(), issuer.clone()]);
    world.lists = vec![root.revoke(&CrlTemplate::of(&[&Template::of(&issuer).serial]))];
    assert_eq!(world.verdict(ChainPolicy::default()).unwrap_err().reason, revoked(1));
    world.intermediates.push(root.issue(&renewed));
    assert!(world.verdict(ChainPolicy::default()).is_ok());
}

#[test]
fn what_one_list_names_no_other_list_takes_back() {
    let (_, issuer, world) = world();
    let [names_it, names_nothing] =
        [&[SERIAL] as &[&[u8]], &[]].map(|serials| issuer.revoke(&CrlTemplate::of(serials)));
    let refusal = |world: &World| world.verdict(ChainPolicy::default()).unwrap_err().reason;
    for lists in
        [vec![names_it.clone(), names_nothing.clone()], vec![names_nothing.clone(), names_it]]
    {
        assert_eq!(refusal(&World { lists, ..world.clone() }), revoked(0));
    }
    let revoked_ones = vec![(name("A"), SERIAL.to_vec())];
    let world = World { revoked: revoked_ones, lists: vec![names_nothing], ..world };
    assert_eq!(refusal(&world), revoked(0));
}

/// The signature of the revoked certificate has been verified and remembered when the search comes
/// to the changed copy, which carries the same signature.
#[test]
fn a_changed_copy_of_a_revoked_certificate_is_no_way_around() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let mut world = line(&[root, issuer.clone()]);
    let serial = Template::of(&issuer).serial;
    world.revoked = vec![(name("R"), serial.clone())];
    let good = &world.intermediates[0];
    let place = good.windows(serial.len()).position(|window| window == serial).unwrap();
    let mut copy = good.clone();
    copy[place] ^= 2;
    world.from_host = vec![copy];
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert_eq!(failure.reason, revoked(1));
    assert_eq!(failure.signatures_checked, 3);
}

#[test]
fn a_torn_list_is_an_error_with_its_place() {
    let issuer = authority("A", 2);
    let good = issuer.revoke(&CrlTemplate::of(&[SERIAL]));
    let list = Crl::parse(Input::new(&good)).unwrap();
    assert_eq!((list.next_update_unix_s, list.entries.len()), (Some(NOT_AFTER), 1));
    assert_eq!(list.entries[0].span.slice(&good).unwrap()[2..7], [2, 3, 0x00, 0x9a, 0x5c]);
    for size in 0..good.len() {
        let error = Crl::parse(Input::new(&good[..size])).unwrap_err();
        assert!(error.span.end() <= size, "{error}");
    }
    let error = |list: CrlTemplate| {
        Crl::parse(Input::new(&issuer.revoke(&list))).unwrap_err().kind.to_string()
    };
    let extensions = vec![("2.5.29.20".to_owned(), false, vec![2, 1, 1])];
    let version_1 = CrlTemplate { version: None, extensions, ..CrlTemplate::of(&[]) };
    assert_eq!(error(version_1), "exist only in version 2");
    let version_3 = CrlTemplate { version: Some(2), ..CrlTemplate::of(&[]) };
    assert_eq!(error(version_3), "value 0x2 is not supported");
}

#[test]
fn serial_numbers_are_compared_without_zeroes_at_their_start() {
    for (one, other, expected) in [
        (&[0x00, 0x9a][..], &[0x9a][..], true),
        (&[0x00, 0x00], &[], true),
        (&[0x01, 0x00], &[0x01], false),
        (&[0x9a], &[0x9b], false),
    ] {
        assert_eq!(same_serial(one, other), expected);
        assert_eq!(same_serial(other, one), expected);
    }
}
