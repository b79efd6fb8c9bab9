//! Which path is found, and which is not.

use portcullis_engine::chain::{ChainPolicy, FailureReason, NoteKind, Source};
use portcullis_engine::limits::{CHAIN_DEPTH_MAX, HOST_INTERMEDIATES_MAX};
use portcullis_tests::certificates::{
    Authority, Key, NOT_BEFORE, NOW, Template, authority_key_id, key_id, printable_name,
};

use super::world::{World, authority, ek, line, subjects};

/// It takes the first issuer that fits by name and key identifier, and stays with it.
const NO_WAY_BACK: &str = "it does not go back to try another issuer";

const EK: &str = "2.23.133.2.3=id:0705,2.23.133.2.2=SLB 9670,2.23.133.2.1=id:49465800";

#[test]
fn a_path_is_leaf_intermediates_root() {
    let chain = line(&[authority("R", 1)]).path();
    assert_eq!(subjects(&chain), [EK, "CN=R"]);
    let chain = line(&[authority("R", 1), authority("A", 2), authority("B", 3)]).path();
    assert_eq!(subjects(&chain), [EK, "CN=B", "CN=A", "CN=R"]);
    assert_eq!(chain.signatures_checked(), 3);
    assert_eq!(chain.notes(), []);
    let sources: Vec<_> = chain.path().iter().map(|step| step.source).collect();
    assert_eq!(sources, [Source::Leaf, Source::Intermediate, Source::Intermediate, Source::Root]);
}

#[test]
fn five_certificates_are_a_path_and_six_are_none() {
    let all = [("R", 1), ("A", 2), ("B", 3), ("C", 4), ("D", 5)].map(|(n, k)| authority(n, k));
    let chain = line(&all[..4]).path();
    assert_eq!(chain.path().len(), CHAIN_DEPTH_MAX);
    let world = World { openssl_differs: Some("its limit is 100 certificates"), ..line(&all) };
    assert_eq!(world.refusal(), FailureReason::TooDeep { limit: 5 });
}

#[test]
fn a_root_within_reach_is_found_beside_a_line_that_is_too_deep() {
    // E's issuer is known twice: at the end of a line of six, and under a root.
    let all = [("R", 1), ("A", 2), ("B", 3), ("C", 4), ("D", 5)].map(|(n, k)| authority(n, k));
    let other = authority("S", 6);
    let mut world = line(&all);
    world.roots.push(other.root());
    world.intermediates.push(other.issue(&Template::of(&all[4])));
    assert_eq!(subjects(&world.path()), [EK, "CN=D", "CN=S"]);
}

#[test]
fn nothing_that_the_host_sends_is_a_root() {
    let own = authority("R", 9);
    let configured = authority("R", 1);
    let world = World {
        leaf: own.issue(&ek()),
        roots: vec![configured.root()],
        from_host: vec![own.root()],
        ..World::default()
    };
    // The name of a configured root helps nothing without its key.
    assert!(matches!(world.refusal(), FailureReason::Signature { .. }));
    for roots in [vec![authority("S", 1).root()], Vec::new()] {
        let world = World { roots, ..world.clone() };
        assert_eq!(world.refusal(), FailureReason::UntrustedRoot);
    }
}

#[test]
fn certificates_of_the_host_complete_a_path_to_a_configured_root() {
    let mut world = line(&[authority("R", 1), authority("A", 2)]);
    world.from_host = std::mem::take(&mut world.intermediates);
    let chain = world.path();
    assert_eq!(chain.path()[1].source, Source::Host);
    assert_eq!(chain.path()[2].source, Source::Root);
}

#[test]
fn the_host_may_send_sixteen_certificates_and_not_seventeen() {
    let decoy = |number: usize| authority(&format!("decoy {number}"), number as u8 + 50).root();
    let mut world = line(&[authority("R", 1), authority("A", 2)]);
    world.from_host = std::mem::take(&mut world.intermediates);
    world.from_host.extend((1..HOST_INTERMEDIATES_MAX).map(decoy));
    assert_eq!(world.from_host.len(), 16);
    assert_eq!(world.path().path().len(), 3);
    world.from_host.push(decoy(17));
    world.openssl_differs = Some("it has no such limit");
    let reason = FailureReason::TooManyHostIntermediates { found: 17, limit: 16 };
    assert_eq!(world.refusal(), reason);
}

#[test]
fn a_missing_issuer_is_named_with_its_key_identifier() {
    let lost = authority("lost", 2);
    let world =
        World { roots: vec![authority("R", 1).root()], ..line(std::slice::from_ref(&lost)) };
    let reason = FailureReason::MissingIssuer {
        issuer: "CN=lost".into(),
        authority_key_id: Some(key_id(&lost.key.spki())),
    };
    assert_eq!(world.refusal(), reason);
    assert!(reason.to_string().starts_with("no certificate of the issuer `CN=lost` is known (key"));
}

#[test]
fn a_cross_certificate_leads_to_the_root_that_is_trusted() {
    // A is signed by R, which nobody trusts, and by S, which is trusted.
    let (untrusted, trusted, issuer) = (authority("R", 1), authority("S", 2), authority("A", 3));
    let world = World {
        leaf: issuer.issue(&ek()),
        roots: vec![trusted.root()],
        intermediates: vec![
            untrusted.issue(&Template::of(&issuer)),
            untrusted.root(),
            trusted.issue(&Template::of(&issuer)),
        ],
        openssl_differs: Some(NO_WAY_BACK),
        ..World::default()
    };
    assert_eq!(subjects(&world.path()), [EK, "CN=A", "CN=S"]);
    let mut world = World { openssl_differs: None, ..world };
    world.intermediates.reverse();
    assert_eq!(subjects(&world.path()), [EK, "CN=A", "CN=S"]);
}

#[test]
fn a_cross_certificate_of_a_configured_root_changes_nothing() {
    // The host sends R as S signed it; R itself is trusted, S is not.
    let (root, other) = (authority("R", 1), authority("S", 2));
    let mut world = line(std::slice::from_ref(&root));
    world.from_host = vec![other.issue(&Template::of(&root)), other.root()];
    assert_eq!(subjects(&world.path()), [EK, "CN=R"]);
}

#[test]
fn authorities_that_certify_one_another_end_the_search() {
    let (one, other) = (authority("A", 1), authority("B", 2));
    let world = World {
        leaf: one.issue(&ek()),
        roots: vec![authority("R", 3).root()],
        from_host: vec![one.issue(&Template::of(&other)), other.issue(&Template::of(&one))],
        ..World::default()
    };
    assert_eq!(world.refusal(), FailureReason::Loop);
}

#[test]
fn the_same_name_with_another_key_is_another_issuer() {
    let (root, right, wrong) = (authority("R", 1), authority("A", 2), authority("A", 3));
    let certificates = [&wrong, &right].map(|issuer| root.issue(&Template::of(issuer)));
    let world = World {
        leaf: right.issue(&ek()),
        roots: vec![root.root()],
        intermediates: certificates.to_vec(),
        ..World::default()
    };
    let chain = world.path();
    assert_eq!(chain.signatures_checked(), 2, "the key identifier tells them apart");
    // Without key identifiers it takes the signature to tell.
    let key_ids = ["2.5.29.14", "2.5.29.35"];
    let bare = |template: Template| key_ids.iter().fold(template, |t, oid| t.without(oid));
    let certificates = [&wrong, &right]
        .map(|issuer| root.sign(&bare(Template::of(issuer)).with(|t| t.issuer = name_of(&root))));
    let world = World {
        leaf: right.sign(&ek().with(|template| template.issuer = name_of(&right))),
        intermediates: certificates.to_vec(),
        openssl_differs: Some(NO_WAY_BACK),
        ..world
    };
    assert_eq!(world.path().signatures_checked(), 3);
    let only_wrong = World {
        intermediates: vec![world.intermediates[0].clone()],
        openssl_differs: None,
        ..world
    };
    assert!(matches!(only_wrong.refusal(), FailureReason::Signature { .. }));
}

fn name_of(authority: &Authority) -> Vec<u8> {
    portcullis_tests::certificates::name(&authority.name)
}

#[test]
fn a_certificate_at_hand_twice_costs_one_signature() {
    let mut world = line(&[authority("R", 1), authority("A", 2)]);
    world.from_host = vec![world.intermediates[0].clone(); 3];
    world.intermediates = vec![world.intermediates[0].clone(); 3];
    world.roots = vec![world.roots[0].clone(); 3];
    assert_eq!(world.path().signatures_checked(), 2);
}

#[test]
fn the_string_type_of_a_name_does_not_hide_an_issuer() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let template = Template::of(&issuer).with(|t| t.subject = printable_name("A"));
    let world = World {
        leaf: issuer.issue(&ek()),
        roots: vec![root.root()],
        intermediates: vec![root.issue(&template)],
        ..World::default()
    };
    assert_eq!(world.path().path().len(), 3);
    let template = Template::of(&issuer).with(|t| t.subject = printable_name("a"));
    let world = World {
        intermediates: vec![root.issue(&template)],
        openssl_differs: Some("it folds the case of names"),
        ..world
    };
    assert!(matches!(world.refusal(), FailureReason::MissingIssuer { .. }));
}

#[test]
fn a_key_identifier_that_does_not_fit_is_a_note() {
    let root = authority("R", 1);
    let world = World {
        leaf: root.issue(&ek().extension(authority_key_id(&[7; 20]))),
        openssl_differs: Some("it takes the identifier for part of the issuer's name"),
        ..line(&[root])
    };
    assert_eq!(world.notes(), [(0, NoteKind::KeyIdMismatch)]);
}

#[test]
fn of_renewed_certificates_the_valid_one_is_taken() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let old = Template::of(&issuer).with(|template| template.not_after = NOT_BEFORE + 1);
    let mut world = line(&[root.clone(), issuer]);
    world.intermediates.insert(0, root.issue(&old));
    assert_eq!(world.notes(), []);
    let old = Template::of(&root).with(|template| template.not_after = NOW - 1);
    world.roots.insert(0, root.sign(&old));
    assert_eq!(world.notes(), []);
}

#[test]
fn a_root_needs_no_signature_of_its_own() {
    let (unknown, root, issuer) = (authority("S", 1), authority("R", 2), authority("A", 3));
    let world =
        World { roots: vec![unknown.issue(&Template::of(&root))], ..line(&[root.clone(), issuer]) };
    assert_eq!(subjects(&world.path()), [EK, "CN=A", "CN=R"]);
    // One that it has is not looked at: trust in it is the administrator's word.
    let mut torn = root.root();
    *torn.last_mut().unwrap() ^= 1;
    assert_eq!(World { roots: vec![torn], ..world }.path().path().len(), 3);
}

#[test]
fn a_root_given_as_leaf_is_refused() {
    let root = authority("R", 1);
    let world = World {
        leaf: root.root(),
        roots: vec![root.root()],
        openssl_differs: Some("to it, a trusted certificate is a chain of its own"),
        ..World::default()
    };
    assert_eq!(world.refusal(), FailureReason::LeafIsRoot);
    // Renewed: another certificate for the same name and key.
    let renewed = Template::of(&root).with(|template| template.serial = vec![77]);
    let world = World { leaf: root.sign(&renewed), openssl_differs: None, ..world };
    assert_eq!(world.refusal(), FailureReason::LeafIsRoot);
}

#[test]
fn a_self_signed_leaf_is_refused() {
    let own = Authority::new("own", Key::P256(9));
    for roots in [vec![authority("R", 1).root()], Vec::new()] {
        let world = World { leaf: own.root(), roots, ..World::default() };
        assert_eq!(world.refusal(), FailureReason::UntrustedRoot);
    }
}

#[test]
fn without_roots_nothing_holds() {
    let world = World { roots: Vec::new(), ..line(&[authority("R", 1), authority("A", 2)]) };
    assert!(matches!(world.refusal(), FailureReason::MissingIssuer { .. }));
    assert_eq!(world.verdict(ChainPolicy::default()).unwrap_err().path.len(), 2);
}

/// The reason is that of the attempt that got furthest, with its certificates.
#[test]
fn a_failure_tells_the_path_that_got_furthest() {
    let mut world = line(&[authority("R", 1), authority("A", 2), authority("B", 3)]);
    world.roots = vec![authority("S", 4).root()];
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    let subjects: Vec<_> = failure.path.iter().map(|step| step.subject.as_str()).collect();
    assert_eq!(subjects, [EK, "CN=B", "CN=A"]);
    assert_eq!(failure.signatures_checked, 2);
    let text = failure.to_string();
    let expected = format!("`{EK}` <- `CN=B` <- `CN=A` <- no certificate of the issuer `CN=R` is");
    assert!(text.starts_with(&expected), "{text}");
}

/// Both attempts get as far as the second certificate.
#[test]
fn of_two_failures_the_one_that_tells_more_is_told() {
    let (lost, known, impostor) = (authority("X", 1), authority("Y", 2), authority("Y", 3));
    let issuer = authority("A", 4);
    let [missing, forged] = [&lost, &impostor].map(|above| above.issue(&Template::of(&issuer)));
    for from_host in [vec![missing.clone(), forged.clone()], vec![forged, missing]] {
        let world = World {
            leaf: issuer.issue(&ek()),
            roots: vec![known.root()],
            from_host,
            ..World::default()
        };
        let reason = world.refusal();
        assert!(matches!(reason, FailureReason::Signature { .. }), "{reason}");
    }
}
