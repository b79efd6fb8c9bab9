//! What an administrator reads: every reason, note and quirk in words, hostile text made harmless.

use portcullis_engine::Span;
use portcullis_engine::chain::{CrlProblem, FailureReason, Flaw, NoteKind};
use portcullis_engine::crypto::VerifyError;
use portcullis_engine::formats::x509::QuirkKind;
use portcullis_engine::formats::x509::crl::CrlObstacle;
use portcullis_engine::formats::x509::signature::SignatureError;
use portcullis_tests::certificates::Template;

use super::world::{World, authority, ek, line};

#[test]
fn every_reason_has_words() {
    let signature = |error| FailureReason::Signature {
        issuer: "CN=A".into(),
        error: SignatureError::Verify(error),
        span: Span::default(),
    };
    for (reason, words) in [
        (
            FailureReason::MissingIssuer { issuer: "CN=A".into(), authority_key_id: None },
            "no certificate of the issuer `CN=A` is known",
        ),
        (
            FailureReason::MissingIssuer {
                issuer: "CN=A".into(),
                authority_key_id: Some(vec![0x0a, 0xff]),
            },
            "no certificate of the issuer `CN=A` is known (key identifier `0aff`)",
        ),
        (FailureReason::UntrustedRoot, "the last certificate is self-issued and no trusted root"),
        (FailureReason::LeafIsRoot, "the certificate in question is itself a trusted root"),
        (FailureReason::TooDeep { limit: 5 }, "no trusted root within 5 certificates"),
        (FailureReason::Loop, "the certificates issue one another in a circle"),
        (signature(VerifyError::BadSignature), "issuer `CN=A`: the signature does not verify"),
        (signature(VerifyError::BadKey), "issuer `CN=A`: the issuer's key is not usable"),
        (
            signature(VerifyError::SchemeMismatch),
            "issuer `CN=A`: the issuer's key is not of the kind that makes such signatures",
        ),
        (
            FailureReason::UnfitLeaf(Flaw::NotCa),
            "the certificate in question: is no certification authority",
        ),
        (
            FailureReason::Refused { index: 1, what: NoteKind::Sha1Signature },
            "certificate 1 of the path: is signed over SHA-1, which the policy refuses",
        ),
        (FailureReason::Revoked { index: 0 }, "certificate 0 of the path is revoked"),
        (FailureReason::SignatureBudget { limit: 64 }, "no path was found within 64 signatures"),
        (
            FailureReason::StepBudget { limit: 1_024 },
            "no path was found within 1024 attempts to find an issuer",
        ),
        (
            FailureReason::TooManyHostIntermediates { found: 17, limit: 16 },
            "the host sent 17 certificates, at most 16 are taken",
        ),
    ] {
        assert_eq!(reason.to_string(), words);
    }
}

#[test]
fn every_note_has_words() {
    for (note, words) in [
        (NoteKind::Expired { not_after_unix_s: 0 }, "has expired"),
        (NoteKind::NotYetValid { not_before_unix_s: 0 }, "is not yet valid"),
        (NoteKind::Sha1Signature, "is signed over SHA-1"),
        (NoteKind::Version1Root, "is a root of version 1"),
        (NoteKind::SmallIssuerKey { bits: 1_024 }, "has an RSA key of 1024 bits"),
        (NoteKind::KeyIdMismatch, "names another key identifier than its issuer has"),
        (
            NoteKind::UnusableCrl(CrlProblem::Obstacle(CrlObstacle::Delta)),
            "a revocation list of its issuer is not used: the list only names changes",
        ),
        (
            NoteKind::UnusableCrl(CrlProblem::Obstacle(CrlObstacle::Indirect)),
            "a revocation list of its issuer is not used: the list names certificates of other \
             issuers",
        ),
        (
            NoteKind::UnusableCrl(CrlProblem::Obstacle(CrlObstacle::AttributeCertificates)),
            "a revocation list of its issuer is not used: the list names attribute certificates",
        ),
        (
            NoteKind::UnusableCrl(CrlProblem::Signature),
            "a revocation list of its issuer does not verify",
        ),
        (
            NoteKind::UnusableCrl(CrlProblem::IssuerMayNotSignLists),
            "its issuer must not sign revocation lists",
        ),
        (
            NoteKind::StaleCrl { next_update_unix_s: 0 },
            "a newer revocation list of its issuer was due",
        ),
    ] {
        assert_eq!(note.to_string(), words);
    }
}

#[test]
fn every_quirk_has_words_of_its_own() {
    let quirks = [
        QuirkKind::NvHeader,
        QuirkKind::TrailingPadding { byte: 0xff },
        QuirkKind::TrailingBytes,
        QuirkKind::SetOrder,
        QuirkKind::EncodedDefault,
        QuirkKind::RsaesOaepKey,
        QuirkKind::AlgorithmParameters,
        QuirkKind::TimeEncoding,
        QuirkKind::MalformedExtension,
        QuirkKind::SerialNotPositive,
        QuirkKind::SerialTooLong,
    ];
    let mut words: Vec<String> = quirks.iter().map(ToString::to_string).collect();
    assert!(words.iter().all(|text| !text.ends_with('.') && !text.starts_with(char::is_uppercase)));
    words.sort();
    words.dedup();
    assert_eq!(words.len(), quirks.len());
}

/// Names come from whoever made the certificate.
#[test]
fn a_failure_shows_no_raw_control_characters() {
    let hostile = authority("a\u{1b}[2J\u{202e}b,\n\"", 2);
    let world =
        World { roots: vec![authority("R", 1).root()], ..line(std::slice::from_ref(&hostile)) };
    let text = world.refusal().to_string();
    assert!(text.contains("CN=a\\1b[2J\\e2\\80\\aeb\\,\\0a\\\""), "{text}");
    assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'));
    let long = authority(&"x".repeat(5_000), 3);
    let leaf = long.issue(&ek());
    let from_host = vec![authority("R", 1).issue(&Template::of(&long))];
    let world = World { leaf, from_host, ..world };
    assert!(world.path().path()[1].subject.chars().count() <= 1_025);
}
