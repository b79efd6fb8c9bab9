//! Keys and signatures: every kind that vendors use, and what is refused.

use portcullis_engine::chain::{ChainPolicy, FailureReason, Flaw, NoteKind, Tolerance};
use portcullis_engine::crypto::VerifyError;
use portcullis_engine::formats::x509::signature::SignatureError;
use portcullis_tests::certificates::{Authority, Hash, Key, Scheme, Template};
use portcullis_tests::der::{NULL, bits, oid, sequence};

use super::world::{World, ek, line};

const HASHES: [Hash; 4] = [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512];

/// A root of one key, an authority of the same kind below it, and an EK, all signed by a scheme.
fn world(root: Key, issuer: Key, scheme: Scheme) -> World {
    let (root, issuer) = (Authority::new("R", root), Authority::new("A", issuer));
    let scheme = |template: Template| template.with(|template| template.scheme = scheme);
    World {
        leaf: issuer.issue(&scheme(ek())),
        roots: vec![root.sign(&scheme(Template::of(&root)))],
        intermediates: vec![root.issue(&scheme(Template::of(&issuer)))],
        ..World::default()
    }
}

fn check(root: Key, issuer: Key, scheme: Scheme) {
    let world = world(root, issuer, scheme);
    let sha1 = matches!(scheme, Scheme::Plain(Hash::Sha1) | Scheme::Pss(Hash::Sha1));
    let notes = [(0, NoteKind::Sha1Signature), (1, NoteKind::Sha1Signature)];
    assert_eq!(world.notes(), if sha1 { &notes[..] } else { &[] }, "{scheme:?}");
    // One bit of either signature.
    let mut torn = world.clone();
    *torn.leaf.last_mut().unwrap() ^= 1;
    assert_signature_refused(&torn, 0);
    let mut torn = world;
    *torn.intermediates[0].last_mut().unwrap() ^= 1;
    assert_signature_refused(&torn, 1);
}

/// OpenSSL's opinion is the same, whatever it says about the form of an ECDSA value.
fn assert_signature_refused(world: &World, index: usize) {
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert_eq!(failure.path.len(), index + 1);
    let bad = SignatureError::Verify(VerifyError::BadSignature);
    assert!(
        matches!(&failure.reason, FailureReason::Signature { error, .. } if *error == bad),
        "{failure}"
    );
    world.ask_openssl(false, None);
}

#[test]
fn rsa_signatures_of_every_size_and_hash_verify_and_no_torn_one_does() {
    for size_bits in [2_048, 3_072, 4_096] {
        for hash in HASHES {
            check(Key::Rsa(size_bits), Key::Rsa(size_bits), Scheme::Plain(hash));
        }
    }
}

#[test]
fn ecdsa_signatures_of_both_curves_and_every_hash_verify_and_no_torn_one_does() {
    for hash in HASHES {
        check(Key::P256(1), Key::P256(2), Scheme::Plain(hash));
        check(Key::P384(1), Key::P384(2), Scheme::Plain(hash));
    }
}

#[test]
fn kinds_of_keys_may_change_along_a_path() {
    check(Key::P384(1), Key::Rsa(2_048), Scheme::Plain(Hash::Sha256));
    check(Key::Rsa(4_096), Key::P256(1), Scheme::Plain(Hash::Sha384));
}

#[test]
fn pss_signatures_verify() {
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        check(Key::Rsa(2_048), Key::Rsa(3_072), Scheme::Pss(hash));
    }
}

#[test]
fn sha1_can_be_refused() {
    let world = world(Key::P256(1), Key::P256(2), Scheme::Plain(Hash::Sha1));
    let policy = ChainPolicy { sha1: Tolerance::Refuse, ..ChainPolicy::default() };
    let what = NoteKind::Sha1Signature;
    let failure = world.verdict(policy).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Refused { index: 0, what });
}

#[test]
fn a_roots_own_sha1_signature_is_no_part_of_the_path() {
    let root = Authority::new("R", Key::P256(1));
    let template = Template::of(&root).with(|t| t.scheme = Scheme::Plain(Hash::Sha1));
    let world = World { roots: vec![root.sign(&template)], ..line(&[root]) };
    assert_eq!(world.notes(), []);
    let policy = ChainPolicy { sha1: Tolerance::Refuse, ..ChainPolicy::default() };
    assert!(world.verdict(policy).is_ok());
}

#[test]
fn a_small_rsa_key_of_an_issuer_is_a_note() {
    let world = line(&[Authority::new("R", Key::Rsa(1_024))]);
    assert_eq!(world.notes(), [(0, NoteKind::SmallIssuerKey { bits: 1_024 })]);
}

#[test]
fn a_key_that_is_declared_for_encryption_signs_nothing() {
    let (root, issuer) = (Authority::new("R", Key::P256(1)), Authority::new("A", Key::Rsa(2_048)));
    for (algorithm, scheme, openssl_differs) in [
        // RSAES-OAEP: what TPM 1.2 endorsement keys were declared as.
        ("1.2.840.113549.1.1.7", Scheme::Plain(Hash::Sha256), None),
        // RSASSA-PSS makes no PKCS #1 v1.5 signatures.
        ("1.2.840.113549.1.1.10", Scheme::Plain(Hash::Sha256), None),
    ] {
        let template = Template::of(&issuer).with(|template| {
            template.spki = issuer.key.rsa_spki(algorithm);
        });
        let world = World {
            leaf: issuer.issue(&ek().with(|template| template.scheme = scheme)),
            roots: vec![root.root()],
            intermediates: vec![root.issue(&template)],
            openssl_differs,
            ..World::default()
        };
        let mismatch = SignatureError::Verify(VerifyError::SchemeMismatch);
        assert!(
            matches!(world.refusal(), FailureReason::Signature { error, .. } if error == mismatch)
        );
    }
}

#[test]
fn a_signature_of_another_kind_than_the_issuers_key_is_refused() {
    // Both are called A; the certificate at hand is the RSA one.
    let root = Authority::new("R", Key::P256(1));
    let (right, wrong) = (Authority::new("A", Key::P256(2)), Authority::new("A", Key::Rsa(2_048)));
    let world = World {
        leaf: right.issue(&ek()),
        roots: vec![root.root()],
        intermediates: vec![root.issue(&Template::of(&wrong))],
        ..World::default()
    };
    assert!(matches!(world.refusal(), FailureReason::Signature { .. }));
}

#[test]
fn a_curve_that_is_not_computed_is_named() {
    // P-521, with the base point of no interest: 132 coordinate bytes.
    let algorithm = sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.3.132.0.35")]);
    let spki = sequence(&[&algorithm, &bits(&[&[4][..], &[1; 132]].concat())]);
    let leaf = ek().with(|template| template.spki.clone_from(&spki));
    let root = Authority::new("R", Key::P256(1));
    let world = World { leaf: root.issue(&leaf), ..line(&[root]) };
    let failure = world.verdict(ChainPolicy::default()).unwrap_err();
    assert!(matches!(failure.reason, FailureReason::UnfitLeaf(Flaw::Key(_))));
    let text = failure.reason.to_string();
    assert_eq!(text, "the certificate in question: curve `secp521r1` is not supported");
}

#[test]
fn an_algorithm_that_is_not_computed_is_named() {
    // md5WithRSAEncryption in both places, over whatever signature.
    let world = line(&[Authority::new("R", Key::Rsa(2_048))]);
    let (sha256, md5) = ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.4");
    let [from, to] = [sha256, md5].map(|dotted| sequence(&[&oid(dotted), NULL]));
    let leaf = replace_all(&world.leaf, &from, &to);
    let world = World { leaf, ..world };
    let reason = world.refusal();
    assert!(matches!(reason, FailureReason::Signature { error: SignatureError::Algorithm(_), .. }));
    assert!(
        reason.to_string().ends_with("signature algorithm `1.2.840.113549.1.1.4` is not supported")
    );
}

/// Every occurrence of one run of bytes replaced by another one of the same size.
fn replace_all(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut replaced = bytes.to_vec();
    let mut count = 0;
    for start in 0..=bytes.len() - from.len() {
        if bytes[start..].starts_with(from) {
            replaced[start..start + from.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert!(count > 0);
    replaced
}
