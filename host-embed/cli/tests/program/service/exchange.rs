//! Challenge, activation, quote, verdict, token.

use std::process::Command;

use serde_json::Value;

use super::running::{Running, machine};
use crate::registry::fabric::Fabric;

/// Checks a token with PyJWT (Debian package python3-jwt) against the published keys; returns its
/// claims, or the error. `None` with a note when it is not installed.
pub fn referee(service: &Running, token: &str, audience: &str) -> Option<Result<Value, String>> {
    let (status, jwks) = service.request("GET", "/.well-known/jwks.json", "", &[]);
    assert_eq!(status, 200);
    let program = "import sys, json, jwt
try:
    keys = jwt.PyJWKSet.from_json(sys.argv[1])
    kid = jwt.get_unverified_header(sys.argv[2])['kid']
    key = next(key for key in keys.keys if key.key_id == kid)
    claims = jwt.decode(sys.argv[2], key.key, algorithms=['ES256'], audience=sys.argv[3],
        issuer='portcullis', options={'require': ['exp', 'iat', 'aud', 'iss', 'sub']})
    print(json.dumps(claims))
except Exception as error:
    print('REFUSED ' + type(error).__name__)";
    let jwks = String::from_utf8(jwks).unwrap();
    let output = Command::new("/usr/bin/python3")
        .args(["-c", program, &jwks, token, audience])
        .output()
        .unwrap();
    let missing = String::from_utf8_lossy(&output.stderr).contains("No module named");
    if missing {
        assert!(std::env::var_os("PORTCULLIS_TOOLS").is_none(), "python3-jwt is required");
        eprintln!("SKIPPED: PyJWT is missing (Debian package python3-jwt)");
        return None;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(match text.trim().strip_prefix("REFUSED ") {
        Some(error) => Err(error.to_owned()),
        None => Ok(serde_json::from_str(&text).unwrap()),
    })
}

#[test]
fn a_registered_host_passes_and_its_token_verifies_elsewhere() {
    let (fabric, _) = Fabric::ready("serve-pass");
    let service = Running::start(&fabric, &[]);
    let mut host = machine(1, &[]);
    let first = service.attest(&mut host);
    assert!(first.passed(), "{:?}", first.reply.result.report.findings);
    assert!(first.activated, "a new AK is bound by an activation");
    assert_eq!(first.reply.result.report.ak_binding, "activation");

    let second = service.attest(&mut host);
    assert!(second.passed());
    assert!(!second.activated, "a known AK needs none");
    assert_eq!(second.reply.result.report.ak_binding, "stored_name");

    let token = second.reply.token.unwrap();
    if let Some(claims) = referee(&service, &token, "portcullis") {
        let claims = claims.unwrap();
        assert_eq!(claims["sub"], "host-1");
        let appraisal = &claims["submods"]["host"];
        assert_eq!(appraisal["ear.status"], "affirming");
        assert_eq!(appraisal["portcullis.hardware"], "endorsed");
        assert_eq!(appraisal["portcullis.policy-version"], "v2");
    }
    let results = service.json("/v1/hosts/host-1/results");
    assert_eq!(results["results"][0]["outcome"], "Passed");
    let id = &results["results"][0]["id"];
    let bundle = service.json(&format!("/v1/results/{id}/bundle"));
    let path = fabric.write("again.json", bundle.to_string().as_bytes());
    let again = crate::tools::portcullis(["appraise", &path, "--json"]);
    assert_eq!(again.json()["status"], "Passed", "a verdict can be made again");
    assert_eq!(service.terminate(), Some(0));
}

#[test]
fn a_token_is_for_its_audience_and_no_other() {
    let (fabric, _) = Fabric::ready("serve-audience");
    let service = Running::start(&fabric, &["--audience", "keys.example"]);
    let mut host = machine(1, &[]);
    let token = service.attest(&mut host).reply.token.unwrap();
    let Some(refused) = referee(&service, &token, "other.example") else { return };
    assert_eq!(refused, Err("InvalidAudienceError".into()));
    assert!(referee(&service, &token, "keys.example").unwrap().is_ok());
    let (head, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{flipped}{}", &signature[1..]);
    let refused = referee(&service, &forged, "keys.example").unwrap();
    assert_eq!(refused, Err("InvalidSignatureError".into()));
}

#[test]
fn a_host_that_fails_gets_reasons_and_no_token() {
    let (fabric, _) = Fabric::ready("serve-fail");
    let service = Running::start(&fabric, &[]);
    let mut host = machine(1, &[("windows.hvci", "false")]);
    let outcome = service.attest(&mut host);
    assert!(!outcome.passed());
    assert_eq!(outcome.reply.token, None);
    assert_eq!(outcome.reply.result.record_update, None);
    assert!(!outcome.reply.result.report.findings.is_empty());
    let results = service.json("/v1/hosts/host-1/results");
    assert_eq!(results["results"][0]["outcome"], outcome.reply.result.status.as_str());
}

#[test]
fn a_rule_that_the_program_changes_holds_for_the_next_host() {
    let (fabric, _) = Fabric::ready("serve-rules");
    let service = Running::start(&fabric, &[]);
    let mut host = machine(1, &[]);
    assert!(service.attest(&mut host).passed());
    fabric.done(&["baseline", "remove", "R740"]);
    assert!(!service.attest(&mut host).passed(), "no baseline, no pass");
}
