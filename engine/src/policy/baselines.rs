//! `Hgs_SecureBootSettings`, which needs a registered match (a "negative" policy): without one it
//! is violated, and an empty list matches nothing.
//!
//! A delta counts beside its baseline until its day. A host that matches with its help is told
//! so, and one that would match had it not expired is told when it did.

use super::evaluate::{Answer, Outcome};
use super::{PolicyName, PolicySet, RegisteredBaseline};
use crate::baseline::{
    self, Baseline, BaselineDelta, BaselineLevel, HostMeasurements, SecureBootKind,
};
use crate::date;
use crate::finding::{Finding, FindingCode, Subject};
use crate::formats::x509::well_known;
use crate::host::PolicyVersion;

/// `Hgs_SecureBootSettings`: the host matches a TPM baseline of this version at this time.
pub(super) fn answer(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
    now_unix_s: u64,
) -> Answer {
    let mut nearest: Option<(&RegisteredBaseline, Vec<Finding>)> = None;
    for registered in set.baselines.iter().filter(|registered| registered.version == version) {
        let whole = registered.at(now_unix_s, host);
        let differences = baseline::compare(&whole, host);
        if differences.is_empty() {
            let mut findings: Vec<Finding> = third_party_ca(&whole).into_iter().collect();
            findings.extend(deltas_used(registered, host, now_unix_s));
            let matched = Some(whole.name.clone());
            return Answer { outcome: Outcome::Satisfied, matched, findings };
        }
        if nearest.as_ref().is_none_or(|(_, known)| differences.len() < known.len()) {
            nearest = Some((registered, differences));
        }
    }
    let findings = match (of_other_version(set, version, host, now_unix_s), nearest) {
        (Some(finding), _) => vec![finding],
        (None, Some((registered, mut differences))) => {
            let expired = deltas_expired(registered, host, now_unix_s, differences.len());
            differences.extend(expired);
            differences
        }
        (None, None) => {
            let subject = Subject::Policy(PolicyName::SecureBootSettings.text());
            let finding = Finding::new(FindingCode::BaselineMissing, subject);
            vec![finding.expected(format!("a baseline that is registered as {}", version.name()))]
        }
    };
    Answer { outcome: Outcome::Violated, matched: None, findings }
}

/// Names a baseline that would match, had it been registered in this version.
fn of_other_version(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
    now_unix_s: u64,
) -> Option<Finding> {
    let other = set.baselines.iter().find(|registered| {
        registered.version != version
            && baseline::compare(&registered.at(now_unix_s, host), host).is_empty()
    })?;
    let subject = Subject::Baseline(other.reference.name.clone());
    let finding = Finding::new(FindingCode::BaselineVersionMixed, subject);
    Some(finding.expected(version.name()).found(other.version.name()))
}

/// The deltas without which a host that matches would not, one finding each. Where several would
/// do, those that last longest are named.
fn deltas_used(
    registered: &RegisteredBaseline,
    host: &HostMeasurements<'_, '_>,
    now_unix_s: u64,
) -> Vec<Finding> {
    let live = registered.deltas.iter().filter(|delta| delta.counts_at(now_unix_s));
    let mut needed: Vec<&BaselineDelta> = live.collect();
    needed.sort_by_key(|delta| delta.expires_unix_s);
    let mut index = 0;
    while index < needed.len() {
        let mut fewer = needed.clone();
        fewer.remove(index);
        let whole = registered.reference.with(fewer.iter().copied(), &host.registers);
        if baseline::compare(&whole, host).is_empty() {
            needed = fewer;
        } else {
            index = index.saturating_add(1);
        }
    }
    let finding = |delta: &&BaselineDelta| {
        of_delta(FindingCode::BaselineDeltaUsed, registered).found(described(delta))
    };
    needed.iter().map(finding).collect()
}

/// The deltas that would leave less than `differences_count` differences, had they not expired.
fn deltas_expired(
    registered: &RegisteredBaseline,
    host: &HostMeasurements<'_, '_>,
    now_unix_s: u64,
    differences_count: usize,
) -> Vec<Finding> {
    let helps = |expired: &&BaselineDelta| {
        let counted =
            |delta: &&BaselineDelta| delta.counts_at(now_unix_s) || delta.name == expired.name;
        let deltas = registered.deltas.iter().filter(counted);
        let whole = registered.reference.with(deltas, &host.registers);
        baseline::compare(&whole, host).len() < differences_count
    };
    let expired = registered.deltas.iter().filter(|delta| !delta.counts_at(now_unix_s));
    let finding = |delta: &BaselineDelta| {
        of_delta(FindingCode::BaselineDeltaExpired, registered)
            .expected(described(delta))
            .found(date::text(now_unix_s))
    };
    expired.filter(helps).map(finding).collect()
}

fn of_delta(code: FindingCode, registered: &RegisteredBaseline) -> Finding {
    let name = &registered.reference.name;
    Finding::new(code, Subject::Baseline(name.clone())).by_rule(name)
}

fn described(delta: &BaselineDelta) -> String {
    format!("delta `{}`, until {}", delta.name, date::text(delta.expires_unix_s))
}

/// The standing finding on a baseline whose level cannot exclude another loader.
fn third_party_ca(baseline: &Baseline) -> Option<Finding> {
    if baseline.level != BaselineLevel::SecureBoot {
        return None;
    }
    let authority = baseline.secure_boot.iter().find(|reference| {
        reference.kind == SecureBootKind::Authority
            && reference
                .data_sha256
                .is_some_and(|digest| well_known::is_third_party_uefi_ca(digest.as_bytes()))
    })?;
    let subject = Subject::Baseline(baseline.name.clone());
    let finding = Finding::new(FindingCode::BaselineThirdPartyCa, subject);
    let certificate = authority.data_sha256.unwrap_or(authority.digest);
    Some(finding.found(certificate).by_rule(&baseline.name))
}
