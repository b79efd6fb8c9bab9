//! Policies that need a registered match ("negative" ones): without one they are violated, and an
//! empty list matches nothing.

use super::evaluate::{Answer, Outcome};
use super::{PolicyName, PolicySet, windows};
use crate::baseline::{self, Baseline, BaselineLevel, HostMeasurements, SecureBootKind};
use crate::claims::CiPolicyClaim;
use crate::finding::{Finding, FindingCode, Subject};
use crate::formats::x509::well_known;
use crate::host::PolicyVersion;
use crate::wire::{SipaType, TpmAlg};

/// `Hgs_SecureBootSettings`: the host matches a TPM baseline of this version.
pub(super) fn baseline(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
) -> Answer {
    let mut nearest: Option<Vec<Finding>> = None;
    for registered in set.baselines.iter().filter(|baseline| baseline.version == version) {
        let baseline = &registered.reference;
        let differences = baseline::compare(baseline, host);
        if differences.is_empty() {
            return Answer {
                outcome: Outcome::Satisfied,
                matched: Some(baseline.name.clone()),
                findings: third_party_ca(baseline).into_iter().collect(),
            };
        }
        if nearest.as_ref().is_none_or(|known| differences.len() < known.len()) {
            nearest = Some(differences);
        }
    }
    let findings = match (of_other_version(set, version, host), nearest) {
        (Some(finding), _) => vec![finding],
        (None, Some(differences)) => differences,
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
) -> Option<Finding> {
    let other = set.baselines.iter().find(|registered| {
        registered.version != version && baseline::compare(&registered.reference, host).is_empty()
    })?;
    let subject = Subject::Baseline(other.reference.name.clone());
    let finding = Finding::new(FindingCode::BaselineVersionMixed, subject);
    Some(finding.expected(version.name()).found(other.version.name()))
}

/// `Hgs_CiPolicy`: a policy in force is registered in this version, and the kernel enforces it.
pub(super) fn ci_policy(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
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
        return Answer {
            matched: Some(known.reference.name.clone()),
            ..Answer::of(unchecked.into_iter().collect())
        };
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
            measured.iter().map(|measured| foreign(set, version, measured)).collect()
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

/// A policy in force that nobody registered.
fn foreign(set: &PolicySet<'_>, version: PolicyVersion, measured: &CiPolicyClaim) -> Finding {
    let count = set.ci_policies.iter().filter(|known| known.version == version).count();
    let subject = Subject::CiPolicy(measured.name.clone());
    let digest: String = measured.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Finding::new(FindingCode::CiPolicyNotRegistered, subject)
        .expected(format!("a policy registered as {}; {count} in all", version.name()))
        .found(format!("version {}, {} {digest}", measured.version, measured.algorithm))
        .at(measured.place)
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
