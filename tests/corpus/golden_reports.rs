//! What the appraisal says of every real Windows log: one report each, read by us before it was
//! blessed, so that a change of any claim or policy shows in the diff of these files.
//!
//! None of these hosts passes, and none is meant to: they are no guarded hosts.

use std::fmt::Write as _;

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::policy_set::RegisteredBaselineDoc;
use portcullis_api::request::{EvidenceDoc, RequestDoc};
use portcullis_api::{AssessmentDoc, BundleDoc, PolicySetDoc};
use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_tests::{corpus, golden};

use super::sipa::windows_logs;

/// The bank that Windows logged in.
fn bank(bytes: &[u8]) -> HashAlg {
    let log = eventlog::parse(bytes, &Limits::default()).unwrap();
    if log.declares(HashAlg::Sha256) { HashAlg::Sha256 } else { HashAlg::Sha1 }
}

/// The log, assessed against the baseline of its own boot.
fn assess(name: &str, bytes: &[u8]) -> AssessmentDoc {
    let bank = bank(bytes);
    let baseline = derive(name, &[bytes], "boot_chain", bank, 0).unwrap();
    let set = PolicySetDoc {
        bank: bank.to_string(),
        versions: vec!["v1".into()],
        baselines: vec![RegisteredBaselineDoc::new("v1", baseline)],
        ..PolicySetDoc::default()
    };
    let evidence = EvidenceDoc { event_log: Some(bytes.to_vec().into()), ..EvidenceDoc::default() };
    let request = RequestDoc { now: 1_795_600_000, evidence, ..RequestDoc::default() };
    BundleDoc::new(set, None, request).assess().unwrap()
}

fn report(document: &AssessmentDoc) -> String {
    let report = &document.report;
    let mut text = format!("{} {}\n\n", document.outcome, report.headline);
    for policy in &report.policies {
        let _ = writeln!(text, "{:<14} {}", policy.outcome, policy.name);
    }
    text.push('\n');
    for finding in &report.findings {
        let places: Vec<String> = finding
            .because
            .iter()
            .map(|place| format!("{}+{}", place.offset, place.size))
            .collect();
        let found = finding.found.as_deref().unwrap_or("-");
        let _ = writeln!(
            text,
            "{} {} | {} | {found} | {}",
            finding.tier,
            finding.code,
            finding.subject,
            places.join(" ")
        );
    }
    text.push('\n');
    for claim in &report.claims {
        let _ = writeln!(text, "{} {} | {}", claim.state, claim.name, claim.values.join(" | "));
    }
    text
}

#[test]
fn every_windows_log_is_reported_as_it_was_read() {
    let Some(logs) = windows_logs() else { return };
    let folder = corpus::repository().join("tests/corpus/reports");
    for (name, bytes) in &logs {
        let stem = name.trim_end_matches(".tcglog");
        golden::check(&folder.join(format!("{stem}.txt")), &report(&assess(name, bytes)));
    }
    let reports = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(reports, logs.len(), "a report without a log");
}
