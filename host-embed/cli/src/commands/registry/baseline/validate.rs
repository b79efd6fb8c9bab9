//! The validation of a log that is to become a baseline (W25, with the features of W23): Secure
//! Boot on, an IOMMU demanded, virtualization-based security running with its keys, the
//! hypervisor enforcing code integrity, a code integrity policy in force. A host that fails one
//! would not attest; the reference values themselves do not depend on it.

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::call::Operation;
use portcullis_api::policy_set::RegisteredCiPolicyDoc;
use portcullis_api::request::{EvidenceDoc, RequestDoc};
use portcullis_api::result::{FindingDoc, PolicyDoc};
use portcullis_api::{AssessmentDoc, BundleDoc, PolicySetDoc};
use serde::Serialize;

use super::super::ask::ask;
use super::super::session::now;
use crate::failure::Failure;

/// Something that a reference host should have, and this one has not.
#[derive(Serialize)]
pub struct Problem {
    /// The log.
    pub file: String,
    /// The policy that the host would fail.
    pub policy: String,
    /// Code of the finding.
    pub code: String,
    /// What it says.
    pub text: String,
    /// What can be done about it.
    pub remedy: String,
}

/// The policies that a reference host must satisfy by itself.
const POLICIES: [&str; 5] = [
    "Hgs_SecureBootEnabled",
    "Hgs_IommuEnabled",
    "Hgs_VsmIdkPresent",
    "Hgs_HypervisorEnforcedCiPolicy",
    "Hgs_CiPolicy",
];
/// Which policy the host has is not the question: any will do, and none is registered here.
const ANY_POLICY_DOES: [&str; 2] = ["CI-POLICY-NOT-REGISTERED", "CI-POLICY-MISSING"];

/// What is wrong with the logs, as far as a profile asks for it.
pub fn logs(files: &[(&Path, Vec<u8>)], profile: &str) -> Result<Vec<Problem>, Failure> {
    let mut problems = Vec::new();
    for (path, bytes) in files {
        let report = assess(path, bytes, profile)?.report;
        let failures: Vec<&FindingDoc> =
            report.findings.iter().filter(|finding| finding.tier == "failure").collect();
        for policy in report.policies.iter().filter(|p| POLICIES.contains(&p.name.as_str())) {
            problems.extend(answer(path, policy, &failures));
        }
    }
    Ok(problems)
}

/// What keeps a host from satisfying a policy by itself.
fn answer(path: &Path, policy: &PolicyDoc, failures: &[&FindingDoc]) -> Vec<Problem> {
    if policy.outcome == "satisfied" || policy.outcome == "not_applicable" {
        return Vec::new();
    }
    let of_rule = |finding: &&&FindingDoc| finding.rule.as_ref() == Some(&policy.name);
    let about: Vec<&FindingDoc> = failures.iter().filter(of_rule).copied().collect();
    let registration = |finding: &&FindingDoc| ANY_POLICY_DOES.contains(&finding.code.as_str());
    if !about.is_empty() && about.iter().all(registration) {
        return Vec::new();
    }
    // A policy that could not be answered has no finding of its own: what kept it from an answer
    // is about the whole host.
    let general = failures.iter().filter(|finding| finding.rule.is_none()).copied();
    let chosen: Vec<&FindingDoc> = match about.is_empty() {
        true => general.take(1).collect(),
        false => about.into_iter().filter(|finding| !registration(finding)).collect(),
    };
    let problem = |code: &str, text: &str, remedy: &str| Problem {
        file: path.display().to_string(),
        policy: policy.name.clone(),
        code: code.to_owned(),
        text: text.to_owned(),
        remedy: remedy.to_owned(),
    };
    if chosen.is_empty() {
        let text = format!("policy {}: {}", policy.name, policy.outcome);
        return vec![problem("POLICY-NOT-SATISFIED", &text, "")];
    }
    chosen.iter().map(|found| problem(&found.code, &found.text, &found.remedy)).collect()
}

fn assess(path: &Path, bytes: &[u8], profile: &str) -> Result<AssessmentDoc, Failure> {
    let none = RegisteredCiPolicyDoc {
        policy_version: "v2".into(),
        name: "none".into(),
        policy_sha256: "0".repeat(64),
    };
    let set = PolicySetDoc {
        profile: profile.into(),
        ci_policies: vec![none],
        ..PolicySetDoc::default()
    };
    let evidence = EvidenceDoc { event_log: Some(bytes.to_vec().into()), ..EvidenceDoc::default() };
    let request = RequestDoc { now: now(), evidence, ..RequestDoc::default() };
    ask(Operation::Assess, &BundleDoc::new(set, None, request), |reason| {
        Failure::file(path, reason, "name an event log (.tcglog)")
    })
}

/// The refusal: every problem with its remedy.
pub fn refused(problems: &[Problem]) -> Failure {
    let mut reason = String::from("the host failed validation and would not attest");
    for problem in problems {
        let _ = write!(
            reason,
            "\n  `{}`, {}: {} [{}]\n    {}",
            problem.file, problem.policy, problem.text, problem.code, problem.remedy
        );
    }
    let remedy = "mend the host and capture again; or, if this is known and wanted (a CI policy \
                  that comes later), add `--skip-validation`: the output is the same";
    Failure::usage(reason, remedy)
}
