//! `Hgs_CiPolicy`, which needs a registered match (a "negative" policy): without one it is
//! violated, and an empty list matches nothing.

use super::evaluate::Answer;
use super::{PolicyName, PolicySet, windows};
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
