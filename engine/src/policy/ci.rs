//! `Hgs_CiPolicy`, which needs a registered match (a "negative" policy): without one it is
//! violated, and an empty list matches nothing.

use super::at_hand::{self, AtHand};
use super::evaluate::Answer;
use super::{CiPolicyReference, PolicyName, PolicySet, windows};
use crate::baseline::HostMeasurements;
use crate::claims::CiPolicyClaim;
use crate::finding::{Finding, FindingCode, Subject};
use crate::host::PolicyVersion;
use crate::wire::{SipaType, TpmAlg};

/// `Hgs_CiPolicy`: a policy in force is registered in this version, and the kernel enforces it.
pub(super) fn answer(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
    at_hand: &AtHand<'_>,
) -> Answer {
    let claims = &host.claims.windows;
    let registered = |measured: &CiPolicyClaim, version: Option<PolicyVersion>| {
        set.ci_policies.iter().find(|known| {
            version.is_none_or(|version| version == known.version)
                && measured.algorithm == TpmAlg::SHA256
                && known.reference.sha256.as_bytes() == measured.digest
        })
    };
    let known = claims.ci_policies.iter().find_map(|measured| registered(measured, Some(version)));
    let unchecked = windows::expect(
        &claims.code_integrity,
        &true,
        FindingCode::CodeIntegrityOff,
        SipaType::CODEINTEGRITY,
    );
    if let Some(known) = known {
        let mut answer = Answer::of(unchecked.into_iter().collect());
        answer.matched = Some(known.reference.name.clone());
        answer.findings.extend(audits_only(&known.reference, at_hand));
        return answer;
    }
    let of_other_version =
        claims.ci_policies.iter().find_map(|measured| registered(measured, None));
    let mut findings: Vec<Finding> = match (of_other_version, claims.ci_policies.as_slice()) {
        (Some(other), _) => {
            let subject = Subject::CiPolicy(other.reference.name.clone());
            let finding = Finding::new(FindingCode::CiPolicyVersionMixed, subject);
            vec![finding.expected(version.name()).found(other.version.name())]
        }
        (None, []) => vec![Finding::new(FindingCode::CiPolicyNotMeasured, policy_subject())],
        (None, measured) => {
            let registered = registered_text(set, version, at_hand);
            let foreign = |index| foreign(measured, index, &registered, at_hand);
            (0..measured.len()).filter_map(foreign).collect()
        }
    };
    if !set.ci_policies.iter().any(|known| known.version == version) {
        let finding = Finding::new(FindingCode::CiPolicyMissing, policy_subject());
        let expected = format!("a policy that is registered as {}", version.name());
        findings.push(finding.expected(expected));
    }
    findings.extend(unchecked);
    Answer::of(findings)
}

const fn policy_subject() -> Subject {
    Subject::Policy(PolicyName::CiPolicy.text())
}

/// What is registered, with the first of it that a file at hand shows.
fn registered_text(set: &PolicySet<'_>, version: PolicyVersion, at_hand: &AtHand<'_>) -> String {
    let registered = || set.ci_policies.iter().filter(|known| known.version == version);
    let (as_version, count) = (version.name(), registered().count());
    let shown = registered().find_map(|known| {
        let file = at_hand.file(&known.reference.sha256)?;
        let (name, sha256) = (&known.reference.name, known.reference.sha256);
        let mode = at_hand::mode(file.audits);
        Some(format!(
            "a policy registered as {as_version}; {count} in all; `{name}` is `{}` \
             (version {}, {mode}, sha256 {sha256})",
            file.file, file.version
        ))
    });
    shown.unwrap_or_else(|| format!("a policy registered as {as_version}; {count} in all"))
}

/// A policy in force that nobody registered.
fn foreign(
    measured: &[CiPolicyClaim],
    index: usize,
    registered: &str,
    at_hand: &AtHand<'_>,
) -> Option<Finding> {
    let claim = measured.get(index)?;
    let subject = Subject::CiPolicy(claim.name.clone());
    let digest: String = claim.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut found = format!("version {}, {} {digest}", claim.version, claim.algorithm);
    if let Some(what) = at_hand.what_is(measured, index) {
        found.push_str(&what);
    }
    let finding = Finding::new(FindingCode::CiPolicyNotRegistered, subject);
    Some(finding.expected(registered).found(found).at(claim.place))
}

/// The digest says nothing about it, but a file at hand may: nothing is blocked on the host.
fn audits_only(known: &CiPolicyReference, at_hand: &AtHand<'_>) -> Option<Finding> {
    let file = at_hand.file(&known.sha256).filter(|file| file.audits)?;
    let subject = Subject::CiPolicy(known.name.clone());
    let found = format!("`{}` (version {}, {})", file.file, file.version, at_hand::mode(true));
    Some(Finding::new(FindingCode::CiPolicyAuditOnly, subject).expected("enforced").found(found))
}
