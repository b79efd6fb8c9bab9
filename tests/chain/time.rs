//! Validity in time: judged for every certificate of the path, a note by default.

use portcullis_engine::chain::{ChainPolicy, FailureReason, NoteKind, Tolerance};
use portcullis_tests::certificates::{NOT_AFTER, NOT_BEFORE, NOW, Template};

use super::world::{World, authority, ek, line};

const STRICT: ChainPolicy<'static> = ChainPolicy {
    expired: Tolerance::Refuse,
    not_yet_valid: Tolerance::Refuse,
    sha1: Tolerance::Note,
    revocation: portcullis_engine::chain::Revocation { certificates: &[], lists: &[] },
};

/// A line of three; `change` is made to the certificate of an index, leaf first.
fn changed(index: usize, change: impl Fn(&mut Template)) -> World {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let templates = [ek(), Template::of(&issuer), Template::of(&root)];
    let mut templates = templates.map(|template| template.with(|_| ()));
    change(&mut templates[index]);
    let [leaf, middle, top] = templates;
    World {
        leaf: issuer.issue(&leaf),
        roots: vec![root.sign(&top)],
        intermediates: vec![root.issue(&middle)],
        ..World::default()
    }
}

/// Under the strict policy the engine refuses; so does OpenSSL, which then looks at the time.
fn refused_when_strict(world: &World, index: usize, what: NoteKind) {
    let failure = world.verdict(STRICT).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Refused { index, what });
    world.ask_openssl(false, Some(world.now.unwrap_or(NOW)));
}

#[test]
fn whatever_has_expired_is_noted_and_can_be_refused() {
    for index in 0..3 {
        let world = changed(index, |template| template.not_after = NOW - 1);
        let note = NoteKind::Expired { not_after_unix_s: NOW - 1 };
        assert_eq!(world.notes(), [(index, note.clone())]);
        refused_when_strict(&world, index, note);
    }
}

#[test]
fn whatever_is_not_yet_valid_is_noted_and_can_be_refused() {
    for index in 0..3 {
        let world = changed(index, |template| template.not_before = NOW + 1);
        let note = NoteKind::NotYetValid { not_before_unix_s: NOW + 1 };
        assert_eq!(world.notes(), [(index, note.clone())]);
        refused_when_strict(&world, index, note);
    }
}

#[test]
fn what_has_ended_and_what_has_not_begun_are_refused_apart() {
    let ended = changed(0, |template| template.not_after = NOW - 1);
    let not_begun = changed(0, |template| template.not_before = NOW + 1);
    let expired = ChainPolicy { not_yet_valid: Tolerance::Note, ..STRICT };
    assert!(ended.verdict(expired).is_err() && not_begun.verdict(expired).is_ok());
    let not_yet_valid = ChainPolicy { expired: Tolerance::Note, ..STRICT };
    assert!(ended.verdict(not_yet_valid).is_ok() && not_begun.verdict(not_yet_valid).is_err());
}

#[test]
fn both_ends_of_the_validity_are_included() {
    let world = line(&[authority("R", 1), authority("A", 2)]);
    for (now, notes) in [(NOT_BEFORE - 1, 3), (NOT_BEFORE, 0), (NOT_AFTER, 0), (NOT_AFTER + 1, 3)] {
        let world = World { now: Some(now), ..world.clone() };
        assert_eq!(world.notes().len(), notes, "{now}");
        assert_eq!(world.verdict(STRICT).is_ok(), notes == 0);
    }
    for now in [NOT_BEFORE, NOT_AFTER - 1] {
        world.ask_openssl(true, Some(now));
    }
    for now in [NOT_BEFORE - 1, NOT_AFTER + 1] {
        world.ask_openssl(false, Some(now));
    }
}

#[test]
fn a_certificate_without_an_end_does_not_expire() {
    // RFC 5280, 4.1.2.5: 99991231235959Z.
    let world = changed(0, |template| template.not_after = 253_402_300_799);
    let world = World { now: Some(NOT_AFTER), ..world };
    assert_eq!(world.notes(), []);
}

#[test]
fn strictness_looks_for_another_path_first() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let old = Template::of(&issuer).with(|template| template.not_after = NOW - 1);
    let mut world = line(&[root.clone(), issuer]);
    world.intermediates.push(root.issue(&old));
    assert!(world.verdict(STRICT).is_ok());
    world.intermediates.remove(0);
    assert!(world.verdict(STRICT).is_err());
}
