//! The documented walk-through "Authorize guarded hosts using TPM-based attestation", on simulated
//! hosts and in both tracks: what an appraisal must answer after each of its steps. A test's name
//! begins with the number of its step.
//!
//! What it does *not* show: the commands of a store that keep and list artefacts.

mod artefacts;
mod baselines;
mod policies;

use portcullis_api::policy_set::RegisteredBaselineDoc;
use portcullis_api::result::FindingDoc;
use portcullis_api::{BundleDoc, ResultDoc};
use portcullis_simulator::machine::Machine;
use portcullis_simulator::spec::preset::{self, Expectation};
use portcullis_simulator::tpm::EkTemplate;

use super::machine::service::{Version, challenge};
use super::machine::started;

/// The class of hardware that is authorised.
const CLASS: &str = "dell-r740-ws2022";

/// Both tracks.
const TRACKS: [Version; 2] = [Version::V2, Version::V1];

fn expectation() -> Expectation {
    preset::find(CLASS).unwrap().expect
}

/// A host of the class, with some fields changed.
fn host(seed: u64, changes: &[(&str, &str)]) -> Machine {
    let mut spec = preset::find(CLASS).unwrap().spec();
    spec.tpm.ek = EkTemplate::P256;
    for (key, value) in changes {
        spec.set(key, value).unwrap();
    }
    started(spec, seed)
}

/// The host's answer to a challenge, under rules that were made from itself.
fn ask(machine: &mut Machine, version: Version) -> BundleDoc {
    challenge(machine, &expectation(), version)
}

fn appraise(bundle: &BundleDoc) -> ResultDoc {
    bundle.appraise().unwrap()
}

fn failures(result: &ResultDoc) -> Vec<&str> {
    let failures = result.report.findings.iter().filter(|finding| finding.tier == "failure");
    failures.map(|finding| finding.code.as_str()).collect()
}

fn finding<'r>(result: &'r ResultDoc, code: &str) -> &'r FindingDoc {
    let mut findings = result.report.findings.iter();
    findings.find(|finding| finding.code == code).unwrap_or_else(|| panic!("no {code}"))
}

#[track_caller]
fn passes(bundle: &BundleDoc) {
    let result = appraise(bundle);
    assert_eq!(result.status, "Passed", "{:?}", failures(&result));
}

/// It fails, and this comes first.
#[track_caller]
fn fails_by(bundle: &BundleDoc, headline: &str) {
    let result = appraise(bundle);
    assert_ne!(result.status, "Passed", "{headline}");
    assert_eq!(result.report.headline, headline, "{:?}", failures(&result));
}

/// Registers everything in other versions.
fn register(bundle: &mut BundleDoc, identifier: &[&str], baseline: &[&str], ci_policy: &[&str]) {
    let set = &mut bundle.policy_set;
    let known = set.baselines[0].baseline.clone();
    let of = |version: &&str| RegisteredBaselineDoc::new(*version, known.clone());
    set.baselines = baseline.iter().map(of).collect();
    let known = set.ci_policies.clone();
    set.ci_policies = ci_policy
        .iter()
        .flat_map(|version| {
            known.iter().cloned().map(|mut policy| {
                policy.policy_version = (*version).into();
                policy
            })
        })
        .collect();
    let host = bundle.host.as_mut().unwrap();
    let known = host.registrations[0].clone();
    let of = |version: &&str| {
        let mut registration = known.clone();
        registration.policy_version = (*version).into();
        registration
    };
    host.registrations = identifier.iter().map(of).collect();
}
