//! The two tracks: v2 is tried first, then v1.
//!
//! Source: HGS documentation on attestation versions. A host attests in a version when its
//! identifier, a baseline and a CI policy are registered in that version; artefacts of different
//! versions never go together.

use super::Hardware;
use crate::authenticate::{EkStage, EkTrack, EkTrusted};
use crate::baseline::{BaselineLevel, HostMeasurements};
use crate::finding::{Finding, FindingCode, Subject};
use crate::host::PolicyVersion;
use crate::policy::{self, Circumstances, Evaluation, PolicyName, PolicySet, RuleOutcome};
use crate::verdict::{self, Context, Verdict};

/// What one version says of the host.
#[derive(Clone, Debug)]
pub struct Track {
    /// The version.
    pub version: PolicyVersion,
    /// True when everything that this version asks for holds.
    pub holds: bool,
    /// The finding that says most about this version.
    pub headline: FindingCode,
    /// True when the EK is registered in this version (or assumed to be) and trusted under it.
    pub identifier: bool,
    /// The TPM baseline of this version that the host matched.
    pub baseline: Option<String>,
    /// The CI policy of this version that the host matched.
    pub ci_policy: Option<String>,
}

/// The judgement of the version that decided.
pub(super) struct Judged {
    pub verdict: Verdict,
    pub policies: Vec<RuleOutcome>,
    pub hardware: Hardware,
    pub ek: Option<EkTrusted>,
    pub tracks: Vec<Track>,
    /// Level of the baseline that the host matched.
    pub matched_level: Option<BaselineLevel>,
}

struct Candidate {
    track: Track,
    registered: bool,
    verdict: Verdict,
    policies: Vec<RuleOutcome>,
    ek: Option<EkTrusted>,
}

/// Judges every accepted version. The first that holds decides; when none does, the first in
/// which the EK is registered.
pub(super) fn judge(
    set: &PolicySet<'_>,
    ek: EkStage,
    host: Option<&HostMeasurements<'_, '_>>,
    beside: &Circumstances<'_>,
    findings: &[Finding],
    proofs_required: bool,
) -> Judged {
    let mut ek_tracks = ek.tracks;
    let mut candidates: Vec<Candidate> = PolicyVersion::ALL
        .into_iter()
        .filter(|version| set.accepts(*version))
        .map(|version| {
            let position = ek_tracks.iter().position(|track| track.version == version);
            let ek = position.map(|position| ek_tracks.swap_remove(position));
            let evaluation = policy::evaluate(set, version, host, beside);
            candidate(version, ek, evaluation, findings, proofs_required)
        })
        .collect();
    let tracks = candidates.iter().map(|candidate| candidate.track.clone()).collect();
    let chosen = candidates
        .iter()
        .position(|candidate| candidate.track.holds)
        .or_else(|| candidates.iter().position(|candidate| candidate.registered))
        .unwrap_or(0);
    if chosen >= candidates.len() {
        return no_version(findings, proofs_required);
    }
    let chosen = candidates.swap_remove(chosen);
    let endorsed = chosen.ek.as_ref().is_some_and(|ek| ek.chain().is_some());
    let matched = set.baselines.iter().find(|registered| {
        registered.version == chosen.track.version
            && Some(&registered.reference.name) == chosen.track.baseline.as_ref()
    });
    Judged {
        matched_level: matched.map(|registered| registered.reference.level),
        verdict: chosen.verdict,
        policies: chosen.policies,
        hardware: if endorsed { Hardware::Endorsed } else { Hardware::Unproven },
        ek: chosen.ek,
        tracks,
    }
}

fn candidate(
    version: PolicyVersion,
    ek: Option<EkTrack>,
    evaluation: Evaluation,
    findings: &[Finding],
    proofs_required: bool,
) -> Candidate {
    let mut findings = findings.to_vec();
    findings.extend(ek.iter().flat_map(|ek| ek.findings.iter().cloned()));
    findings.extend(evaluation.findings);
    let context = Context { proofs_required, version };
    let verdict = verdict::fold(findings, &evaluation.outcomes, context);
    let matched = |policy: PolicyName| {
        let rule = evaluation.outcomes.iter().find(|rule| rule.policy == policy);
        rule.and_then(|rule| rule.matched.clone())
    };
    let (registered, trusted) = match ek {
        Some(ek) => (ek.registered, ek.trusted),
        None => (false, None),
    };
    let track = Track {
        version,
        holds: verdict.holds && (trusted.is_some() || !proofs_required),
        headline: verdict.headline,
        identifier: trusted.is_some(),
        baseline: matched(PolicyName::SecureBootSettings),
        ci_policy: matched(PolicyName::CiPolicy),
    };
    Candidate { track, registered, verdict, policies: evaluation.outcomes, ek: trusted }
}

/// A policy set that accepts no version accepts no host.
fn no_version(findings: &[Finding], proofs_required: bool) -> Judged {
    let mut findings = findings.to_vec();
    findings.push(Finding::new(FindingCode::NoVersionAccepted, Subject::Host));
    let context = Context { proofs_required, version: PolicyVersion::V2 };
    Judged {
        verdict: verdict::fold(findings, &[], context),
        policies: Vec::new(),
        hardware: Hardware::Unproven,
        ek: None,
        tracks: Vec::new(),
        matched_level: None,
    }
}
