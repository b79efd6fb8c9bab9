//! What attackers would say to the service.

use portcullis_agent::{Host, Transport, attest};
use portcullis_api::exchange::{
    ATTESTATIONS_PATH, AttestationReplyDoc, AttestationRequestDoc, CHALLENGES_PATH, ChallengeDoc,
};
use portcullis_api::text::Blob;
use portcullis_tests::simulated_host::SimulatedHost;

use super::running::{Running, machine};
use crate::registry::fabric::Fabric;

fn challenge(service: &Running, host: &mut SimulatedHost) -> ChallengeDoc {
    let body = serde_json::to_vec(&host.identity().unwrap()).unwrap();
    serde_json::from_slice(&service.http().post(CHALLENGES_PATH, &body).unwrap()).unwrap()
}

/// An honest answer.
fn answer(host: &mut SimulatedHost, challenge: &ChallengeDoc) -> AttestationRequestDoc {
    let secret = challenge.credential.as_ref().map(|made| Blob(host.activate(made).unwrap()));
    AttestationRequestDoc {
        challenge_id: challenge.challenge_id.clone(),
        activated_secret: secret,
        quote: host.quote(&challenge.nonce.0, &challenge.bank, &challenge.pcrs).unwrap(),
        event_log: Blob(host.event_log().unwrap()),
        audience: None,
    }
}

/// HTTP status, and the verdict when there is one.
fn submit(
    service: &Running,
    request: &AttestationRequestDoc,
) -> (u16, Option<AttestationReplyDoc>) {
    let body = serde_json::to_vec(request).unwrap();
    let (status, reply) = service.request("POST", ATTESTATIONS_PATH, "", &body);
    (status, (status == 200).then(|| serde_json::from_slice(&reply).unwrap()))
}

fn codes(reply: &AttestationReplyDoc) -> Vec<&str> {
    let failures = reply.result.report.findings.iter().filter(|finding| finding.tier == "failure");
    failures.map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_challenge_is_spent_by_its_first_answer_also_elsewhere_and_after_a_crash() {
    let (fabric, _) = Fabric::ready("serve-replay");
    let mut first = Running::start(&fabric, &[]);
    let second = Running::start(&fabric, &[]);
    let mut host = machine(1, &[]);
    let challenge_1 = challenge(&first, &mut host);
    let request = answer(&mut host, &challenge_1);
    let (status, reply) = submit(&second, &request);
    assert_eq!(status, 200, "another instance knows it");
    assert_eq!(reply.unwrap().result.status, "Passed");
    assert_eq!(submit(&first, &request).0, 409, "replayed at the first");
    assert_eq!(submit(&second, &request).0, 409, "replayed at the second");
    let challenge_2 = challenge(&first, &mut host);
    let request = answer(&mut host, &challenge_2);
    assert_eq!(submit(&first, &request).0, 200);
    first.kill();
    let third = Running::start(&fabric, &[]);
    assert_eq!(submit(&third, &request).0, 409, "replayed after a crash");
}

#[test]
fn a_challenge_expires() {
    let (fabric, _) = Fabric::ready("serve-expiry");
    let service = Running::start(&fabric, &["--challenge-seconds", "1"]);
    let mut host = machine(1, &[]);
    let challenge = challenge(&service, &mut host);
    assert_eq!(challenge.expires_in_seconds, 1);
    let request = answer(&mut host, &challenge);
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    assert_eq!(submit(&service, &request).0, 409);
}

#[test]
fn evidence_that_is_not_for_this_challenge_is_told_apart() {
    let (fabric, _) = Fabric::ready("serve-forged");
    let service = Running::start(&fabric, &[]);
    let mut host = machine(1, &[]);
    let mut other = machine(2, &[]);
    type Forgery<'f> = Box<dyn FnMut(&mut SimulatedHost, &mut AttestationRequestDoc) + 'f>;
    let cases: [(&str, &str, Forgery<'_>); 4] = [
        (
            "NONCE-MISMATCH",
            "a quote for another nonce",
            Box::new(|host, request| {
                request.quote = host.quote(&[7; 32], "sha256", &[0, 7, 11]).unwrap();
            }),
        ),
        (
            "AK-ACTIVATION-MISMATCH",
            "a guessed secret",
            Box::new(|_, request| {
                request.activated_secret = Some(Blob(vec![0; 32]));
            }),
        ),
        (
            "AK-ACTIVATION-MISMATCH",
            "no secret",
            Box::new(|_, request| {
                request.activated_secret = None;
            }),
        ),
        (
            "QUOTE-SIGNATURE-INVALID",
            "a quote of another TPM",
            Box::new(|_, request| {
                request.quote = other.quote(&[7; 32], "sha256", &[0, 7, 11]).unwrap();
            }),
        ),
    ];
    for (code, what, mut forge) in cases {
        let challenge = challenge(&service, &mut host);
        let mut request = answer(&mut host, &challenge);
        forge(&mut host, &mut request);
        let (status, reply) = submit(&service, &request);
        let reply = reply.unwrap_or_else(|| panic!("{what}: HTTP {status}"));
        assert_ne!(reply.result.status, "Passed", "{what}");
        assert_eq!(reply.token, None, "{what}");
        assert!(codes(&reply).contains(&code), "{what}: {:?}", codes(&reply));
    }
}

#[test]
fn an_unknown_host_is_asked_like_a_known_one_and_fails() {
    let (fabric, _) = Fabric::ready("serve-unknown");
    let service = Running::start(&fabric, &[]);
    let (mut known, mut unknown) = (machine(1, &[]), machine(2, &[]));
    let (one, two) = (challenge(&service, &mut known), challenge(&service, &mut unknown));
    let shape = |challenge: &ChallengeDoc| {
        let credential = challenge.credential.as_ref().unwrap();
        let size = credential.id_object.0.len();
        (size, credential.encrypted_secret.0.len(), challenge.pcrs.clone(), challenge.bank.clone())
    };
    assert_eq!(shape(&one), shape(&two));
    let outcome = attest(&mut unknown, &mut service.http(), None).unwrap();
    assert_eq!(outcome.reply.result.status, "UnauthorizedHost");
    assert_eq!(outcome.reply.token, None);
}

#[test]
fn a_tpm_that_nobody_vouches_for_passes_as_v1_alone_and_its_token_says_so() {
    let (fabric, host) = Fabric::trusting("serve-v1");
    fabric.done(&[
        "host",
        "add",
        &host.path("identifier.xml"),
        "--policy-version",
        "v1",
        "--force",
    ]);
    let v1 = ["--policy-version", "v1"];
    let add = |line: &[&str]| fabric.done(&[line, &v1[..]].concat());
    add(&["baseline", "add", &host.path("host.tcglog"), "--name", "R740"]);
    add(&["ci-policy", "add", &host.path("ci/SiPolicy.p7b"), "--name", "site"]);
    let service = Running::start(&fabric, &[]);
    let outcome = service.attest(&mut machine(1, &[]));
    assert!(outcome.passed(), "{:?}", codes(&outcome.reply));
    assert_eq!(outcome.reply.result.report.hardware, "unproven");
    let token = outcome.reply.token.unwrap();
    if let Some(claims) = super::exchange::referee(&service, &token, "portcullis") {
        let appraisal = &claims.unwrap()["submods"]["host"];
        assert_eq!(appraisal["portcullis.hardware"], "unproven");
        assert_eq!(appraisal["portcullis.policy-version"], "v1");
    }
    fabric.done(&["server", "version", "v2"]);
    assert!(!service.attest(&mut machine(1, &[])).passed(), "v1 is off");
}
