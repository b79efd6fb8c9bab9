//! What a search may cost (RUSTSEC-2023-0052 and its kind): limits, and that honest stores stay
//! far below them.

use portcullis_engine::chain::{ChainPolicy, FailureReason};
use portcullis_engine::limits::{CHAIN_SIGNATURES_MAX, CHAIN_STEPS_MAX};
use portcullis_tests::certificates::{Authority, Template};

use super::world::{World, authority, ek, line};

/// Every authority of the list certified by every one, itself excepted.
fn mesh(authorities: &[Authority]) -> Vec<Vec<u8>> {
    let mut certificates = Vec::new();
    for (number, issuer) in authorities.iter().enumerate() {
        for (other, subject) in authorities.iter().enumerate().filter(|(at, _)| *at != number) {
            let template =
                Template::of(subject).with(|t| t.serial = vec![1, number as u8, other as u8]);
            certificates.push(issuer.issue(&template));
        }
    }
    certificates
}

#[test]
fn a_mesh_of_one_name_with_many_keys_ends_at_the_signature_budget() {
    let all: Vec<Authority> = (1..=12).map(|number| authority("mesh", number)).collect();
    let world = World {
        leaf: all[0].issue(&ek()),
        roots: vec![authority("R", 50).root()],
        intermediates: mesh(&all),
        ..World::default()
    };
    let reason = FailureReason::SignatureBudget { limit: 64 };
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert_eq!((&failure.reason, failure.signatures_checked), (&reason, CHAIN_SIGNATURES_MAX));
    assert_eq!(world.refusal(), reason);
}

#[test]
fn a_mesh_that_the_host_sends_ends_too() {
    // Four authorities, twelve certificates: all that a host may send, nearly.
    let all: Vec<Authority> = (1..=4).map(|number| authority("mesh", number)).collect();
    let world = World {
        leaf: all[0].issue(&ek()),
        roots: vec![authority("R", 50).root()],
        from_host: mesh(&all),
        ..World::default()
    };
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    // The leaf and twelve certificates, each under four keys.
    assert!(failure.signatures_checked <= 13 * 4, "{}", failure.signatures_checked);
    assert_eq!(world.refusal(), FailureReason::TooDeep { limit: 5 });
}

#[test]
fn certificates_that_share_keys_end_at_the_step_budget() {
    // Each layer is eight certificates for one name and key: 8 + 64 + 512 + ... paths over 33
    // signatures.
    let layers: Vec<Authority> =
        (1..=5).map(|number| authority(&format!("layer {number}"), number)).collect();
    let mut intermediates = Vec::new();
    for [subject, issuer] in layers.array_windows() {
        intermediates.extend(
            (1..=8).map(|serial| {
                issuer.issue(&Template::of(subject).with(|t| t.serial = vec![serial]))
            }),
        );
    }
    let world = World {
        leaf: layers[0].issue(&ek()),
        roots: vec![authority("R", 50).root()],
        intermediates,
        ..World::default()
    };
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert_eq!(failure.reason, FailureReason::StepBudget { limit: CHAIN_STEPS_MAX });
    assert!(failure.signatures_checked <= 33, "{}", failure.signatures_checked);
    assert!(matches!(world.refusal(), FailureReason::StepBudget { .. }));
}

#[test]
fn a_limit_is_told_even_when_another_attempt_got_further() {
    // The search meets a path of full depth before the budget ends it.
    let mut all: Vec<Authority> = (1..=12).map(|number| authority("mesh", number)).collect();
    let mut world = line(&[authority("S", 30), authority("T", 31), all.remove(0)]);
    world.roots = vec![authority("R", 50).root()];
    world.intermediates.extend(mesh(&all));
    all.push(authority("mesh", 1));
    world.intermediates.extend(mesh(&all));
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert!(matches!(failure.reason, FailureReason::SignatureBudget { .. }), "{failure}");
}

#[test]
fn a_store_of_many_authorities_of_one_name_costs_one_signature_each_step() {
    let roots: Vec<Authority> = (1..=100).map(|number| authority("R", number)).collect();
    let world = World {
        leaf: roots[70].issue(&ek()),
        roots: roots.iter().map(Authority::root).collect(),
        ..World::default()
    };
    assert_eq!(world.path().signatures_checked(), 1, "key identifiers lead the way");
}
