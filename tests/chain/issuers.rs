//! Who may issue: RFC 5280, 6.1.4 (k) to (o), one violation at a time.

use portcullis_engine::chain::{ChainPolicy, FailureReason, Flaw, NoteKind};
use portcullis_tests::certificates::{
    Extension, Template, USAGE_ENCIPHERMENT, basic_constraints, extended_key_usage, key_usage,
};
use portcullis_tests::der::sequence;

use super::world::{World, authority, ek, line};

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";

/// A root, an authority whose certificate is changed, and an EK under it.
fn with_issuer(change: impl FnOnce(Template) -> Template) -> World {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    World {
        intermediates: vec![root.issue(&change(Template::of(&issuer)))],
        ..line(&[root, issuer])
    }
}

/// A root whose own certificate is changed, and an EK under it.
fn with_root(change: impl FnOnce(Template) -> Template) -> World {
    let root = authority("R", 1);
    World { roots: vec![root.sign(&change(Template::of(&root)))], ..line(&[root]) }
}

fn flaw(world: &World) -> Flaw {
    match world.refusal() {
        FailureReason::UnfitIssuer { flaw, .. } | FailureReason::UnfitLeaf(flaw) => flaw,
        other => panic!("{other}"),
    }
}

#[test]
fn an_issuer_that_is_no_authority_is_refused() {
    let world = with_issuer(|issuer| issuer.extension(basic_constraints(false, None)));
    assert_eq!(flaw(&world), Flaw::NotCa);
    let world = with_issuer(|issuer| issuer.without(BASIC_CONSTRAINTS));
    assert_eq!(flaw(&world), Flaw::NotCa);
    // Not even a configured root.
    let world = with_root(|root| root.extension(basic_constraints(false, None)));
    assert_eq!(flaw(&world), Flaw::NotCa);
}

#[test]
fn an_ek_certificate_issues_nothing() {
    let (root, holder) = (authority("R", 1), authority("A", 2));
    let template = Template::ek(&holder.key).with(|template| {
        template.subject = portcullis_tests::certificates::name("A");
    });
    let world = World {
        from_host: vec![root.issue(&template)],
        intermediates: Vec::new(),
        ..line(&[root, holder])
    };
    assert_eq!(flaw(&world), Flaw::NotCa);
}

#[test]
fn an_issuer_whose_key_must_not_sign_certificates_is_refused() {
    let world = with_issuer(|issuer| issuer.extension(key_usage(USAGE_ENCIPHERMENT)));
    assert_eq!(flaw(&world), Flaw::KeyUsage);
    let world = with_root(|root| root.extension(key_usage(USAGE_ENCIPHERMENT)));
    assert_eq!(flaw(&world), Flaw::KeyUsage);
    // Without the extension every use is allowed (4.2.1.3).
    let world = with_issuer(|issuer| issuer.without(KEY_USAGE));
    assert_eq!(world.notes(), []);
}

#[test]
fn purposes_of_an_issuer_restrict_nothing() {
    let server = extended_key_usage(&["1.3.6.1.5.5.7.3.1"]);
    assert_eq!(with_issuer(|issuer| issuer.extension(server)).notes(), []);
}

#[test]
fn intermediates_are_counted_against_the_path_length() {
    let all = [("R", 1), ("A", 2), ("B", 3)].map(|(name, key)| authority(name, key));
    let limited = |length| {
        let root = Template::of(&all[0]).extension(basic_constraints(true, Some(length)));
        World { roots: vec![all[0].sign(&root)], ..line(&all) }
    };
    assert_eq!(limited(2).notes(), []);
    assert_eq!(flaw(&limited(1)), Flaw::PathLength { allowed: 1, found: 2 });
    assert_eq!(flaw(&limited(0)), Flaw::PathLength { allowed: 0, found: 2 });
}

#[test]
fn self_issued_certificates_do_not_count_against_the_path_length() {
    // A renewed its key: its new key is certified by its old one, under the same name.
    let (root, old, new) = (authority("R", 1), authority("A", 2), authority("A", 3));
    let limited = Template::of(&root).extension(basic_constraints(true, Some(1)));
    let world = World {
        leaf: new.issue(&ek()),
        roots: vec![root.sign(&limited)],
        intermediates: vec![root.issue(&Template::of(&old)), old.issue(&Template::of(&new))],
        ..World::default()
    };
    assert_eq!(world.path().path().len(), 4);
}

#[test]
fn an_intermediate_of_version_1_is_refused_and_a_root_is_noted() {
    let version_1 = |template: Template| {
        template.with(|template| {
            template.version = 0;
            template.extensions.clear();
        })
    };
    assert_eq!(flaw(&with_issuer(version_1)), Flaw::Version(1));
    assert_eq!(with_root(version_1).notes(), [(1, NoteKind::Version1Root)]);
}

/// An extension that nobody knows.
fn unknown(critical: bool) -> Extension {
    ("1.3.6.1.4.1.99999.1".into(), critical, sequence(&[]))
}

#[test]
fn a_critical_extension_that_is_not_processed_refuses_its_certificate() {
    let is_unknown = |world: &World| match flaw(world) {
        Flaw::UnknownCriticalExtension { oid, .. } => oid.to_string(),
        other => panic!("{other}"),
    };
    let leaf = |extension| {
        let root = authority("R", 1);
        World { leaf: root.issue(&ek().extension(extension)), ..line(&[root]) }
    };
    assert_eq!(is_unknown(&leaf(unknown(true))), "1.3.6.1.4.1.99999.1");
    assert_eq!(is_unknown(&with_issuer(|t| t.extension(unknown(true)))), "1.3.6.1.4.1.99999.1");
    assert_eq!(leaf(unknown(false)).notes(), []);
    assert_eq!(with_issuer(|template| template.extension(unknown(false))).notes(), []);
}

#[test]
fn what_could_forbid_the_path_is_refused_when_critical() {
    // OpenSSL processes these; they are empty, so that they forbid nothing.
    for (dotted, openssl_differs) in [
        ("2.5.29.30", Some("it processes name constraints")),
        ("2.5.29.36", Some("it processes policy constraints")),
    ] {
        let value = match dotted {
            // excludedSubtrees: e-mail addresses at one host.
            "2.5.29.30" => {
                let host = portcullis_tests::der::element(0x81, b"example.com");
                let subtrees = portcullis_tests::der::element(0xa1, &sequence(&[&host]));
                sequence(&[&subtrees])
            }
            // inhibitPolicyMapping 0.
            _ => sequence(&[&portcullis_tests::der::element(0x81, &[0])]),
        };
        let extension = (dotted.to_owned(), true, value);
        let world =
            World { openssl_differs, ..with_issuer(|template| template.extension(extension)) };
        assert!(matches!(flaw(&world), Flaw::UnknownCriticalExtension { .. }));
    }
}

#[test]
fn critical_policies_restrict_nothing() {
    // anyPolicy; STM's and Intel's intermediates have their own.
    let policy = sequence(&[&sequence(&[&portcullis_tests::der::oid("2.5.29.32.0")])]);
    let extension = ("2.5.29.32".to_owned(), true, policy);
    assert_eq!(with_issuer(|template| template.extension(extension)).notes(), []);
}

#[test]
fn an_extension_that_occurs_twice_refuses_its_certificate() {
    let world = with_issuer(|template| {
        template.with(|template| template.extensions.push(basic_constraints(true, None)))
    });
    let Flaw::UndecodableExtension { error, .. } = flaw_only_here(&world) else { panic!() };
    assert!(error.to_string().ends_with("occurs twice"), "{error}");
}

#[test]
fn a_malformed_extension_refuses_its_certificate_with_the_offset() {
    let world = with_issuer(|template| {
        template.extension((KEY_USAGE.to_owned(), true, vec![0x03, 0x05, 0x00]))
    });
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    let FailureReason::UnfitIssuer { flaw: Flaw::UndecodableExtension { error, .. }, .. } =
        failure.reason
    else {
        panic!()
    };
    assert_eq!(error.field, "keyUsage");
    assert_eq!(error.span.slice(&world.intermediates[0]).unwrap(), [0x03, 0x05, 0x00]);
}

/// The flaw alone: whether OpenSSL 3 refuses repeated extensions depends on its version.
fn flaw_only_here(world: &World) -> Flaw {
    match world.verdict(ChainPolicy::default()).unwrap_err().reason {
        FailureReason::UnfitIssuer { flaw, .. } => flaw,
        other => panic!("{other}"),
    }
}

#[test]
fn a_fit_issuer_is_found_behind_an_unfit_one() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let unfit = Template::of(&issuer).extension(basic_constraints(false, None));
    let mut world = line(&[root.clone(), issuer]);
    world.intermediates.insert(0, root.issue(&unfit));
    world.openssl_differs = Some("it does not go back to try another issuer");
    assert_eq!(world.path().path().len(), 3);
}

#[test]
fn every_flaw_has_words() {
    let flaws = [
        (Flaw::Version(1), "has version 1 and is no configured root"),
        (Flaw::NotCa, "is no certification authority"),
        (Flaw::KeyUsage, "may not sign certificates by its key usage"),
        (Flaw::PathLength { allowed: 0, found: 1 }, "allows 0 intermediates below it, there are 1"),
    ];
    for (flaw, words) in flaws {
        assert_eq!(flaw.to_string(), words);
        let reason = FailureReason::UnfitIssuer { issuer: "CN=A".into(), flaw };
        assert_eq!(reason.to_string(), format!("issuer `CN=A`: {words}"));
    }
}
