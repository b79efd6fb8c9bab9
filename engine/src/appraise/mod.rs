//! The two calls: [`appraise`] judges evidence, [`assess`] says what an appraisal would say.
//!
//! Both run the same stages and give the same findings. A stage that fails leaves its findings
//! and the report goes on; only the proofs of all stages together make [`Passed`].

mod log;
mod tracks;

use std::collections::BTreeMap;

use crate::authenticate::{self, AkBinding};
use crate::baseline::HostMeasurements;
use crate::claims::{self, ListedClaim};
use crate::evidence::Request;
use crate::host::{HostRecord, HostRecordUpdate};
use crate::policy::{AtHand, Circumstances, PolicySet, Profile, RuleOutcome};
use crate::replay::{self, MeasuredEvents, PcrRow};
use crate::unbound::{self, Unbound};
use crate::verdict::trust_vector::Basis;
use crate::verdict::{AttestationStatus, Passed, Proofs, TrustVector, Verdict};

pub use tracks::Track;

/// Answer to [`appraise`].
#[derive(Debug)]
pub struct Appraisal {
    /// The status that the host is told.
    pub status: AttestationStatus,
    /// The sub-status that the host is told.
    pub sub_status: &'static str,
    /// The proof behind `Passed`; what tokens and certificates are issued for.
    pub passed: Option<Passed>,
    /// What to remember of the host, when it passed.
    pub record_update: Option<HostRecordUpdate>,
    /// Everything else.
    pub report: Report,
}

/// Answer to [`assess`].
#[derive(Debug)]
pub struct Assessment {
    /// What an appraisal would say.
    pub outcome: AssessmentOutcome,
    /// What stands behind it.
    pub assurance: Assurance,
    /// Everything else.
    pub report: Report,
}

/// Outcome of an assessment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssessmentOutcome {
    /// An appraisal would pass.
    WouldPass,
    /// An appraisal would fail.
    WouldFail,
}

impl AssessmentOutcome {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WouldPass => "WouldPass",
            Self::WouldFail => "WouldFail",
        }
    }
}

/// What stands behind an assessment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assurance {
    /// A TPM key signed the registers that the log leads to.
    Quoted,
    /// The log agrees with itself, no more.
    SelfConsistent,
    /// The log was changed to ask a question.
    Hypothetical,
}

impl Assurance {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quoted => "quoted",
            Self::SelfConsistent => "self_consistent",
            Self::Hypothetical => "hypothetical",
        }
    }
}

/// Who vouches for the TPM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hardware {
    /// A trusted manufacturer.
    Endorsed,
    /// Nobody, or an administrator.
    Unproven,
}

impl Hardware {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endorsed => "endorsed",
            Self::Unproven => "unproven",
        }
    }
}

/// What both answers list.
#[derive(Clone, Debug)]
pub struct Report {
    /// Graded findings and headline, of the version that decided.
    pub verdict: Verdict,
    /// What each accepted version says, in the order in which they are tried.
    pub tracks: Vec<Track>,
    /// Every policy, under the version that decided.
    pub policies: Vec<RuleOutcome>,
    /// Every register of the required bank.
    pub pcrs: Vec<PcrRow>,
    /// Bytes of the evidence that nothing vouches for.
    pub unbound: Vec<Unbound>,
    /// Who vouches for the TPM.
    pub hardware: Hardware,
    /// How the AK is bound to the EK.
    pub ak_binding: Option<AkBinding>,
    /// Profile of the policy set.
    pub profile: Profile,
    /// The result in the vocabulary of AR4SI.
    pub trust_vector: TrustVector,
    /// Every claim that the measurements support; empty when none of them counts.
    pub claims: Vec<ListedClaim>,
    /// The register of each event that a finding or a claim rests on.
    pub event_pcrs: BTreeMap<usize, u32>,
}

/// Judges the evidence of a host that is registered as `host`.
#[must_use]
pub fn appraise(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'_>,
) -> Appraisal {
    let (report, proofs) = run(set, host, request, true);
    let passed = Passed::prove(&proofs, report.verdict.holds);
    let (status, sub_status) = match passed {
        Some(_) => (AttestationStatus::Passed, "NoInformation"),
        // Without every proof the fold may not say `Passed`, whatever it found.
        None if report.verdict.holds => (AttestationStatus::TpmError, "NoInformation"),
        None => (report.verdict.status, report.verdict.sub_status),
    };
    let record_update = passed.and_then(|_| record_update(&proofs));
    Appraisal { status, sub_status, passed, record_update, report }
}

/// Says what an appraisal would say of the artefacts at hand.
#[must_use]
pub fn assess(set: &PolicySet<'_>, host: Option<&HostRecord>, request: &Request<'_>) -> Assessment {
    let (report, proofs) = run(set, host, request, false);
    let quoted = proofs.events.as_ref().is_some_and(MeasuredEvents::quoted);
    let outcome = match report.verdict.holds && proofs.events.is_some() {
        true => AssessmentOutcome::WouldPass,
        false => AssessmentOutcome::WouldFail,
    };
    let assurance = if quoted { Assurance::Quoted } else { Assurance::SelfConsistent };
    Assessment { outcome, assurance, report }
}

fn record_update(proofs: &Proofs<'_>) -> Option<HostRecordUpdate> {
    Some(HostRecordUpdate {
        ak_name: proofs.ak.as_ref()?.name().to_vec(),
        reset_count: proofs.pcrs.as_ref()?.reset_count(),
    })
}

/// All stages, in the order of the data.
fn run<'a>(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'a>,
    proofs_required: bool,
) -> (Report, Proofs<'a>) {
    let mut findings = Vec::new();
    let mut unbound = Vec::new();

    let log = log::read(request, &set.limits, &mut findings);
    let replayed = log.as_ref().map(replay::replay);
    let identity =
        authenticate::identity(set, host, request, proofs_required, &mut findings, &mut unbound);
    let quotes = authenticate::quotes(
        set,
        host,
        request,
        identity.ak_key.as_ref(),
        replayed.as_ref(),
        &mut findings,
        &mut unbound,
    );
    let stage = log::hold(set, request, log.as_ref(), replayed.as_ref(), &quotes, &mut findings);
    unbound.extend(log::unbound(log.as_ref(), &stage, &quotes));
    unbound.extend(unbound::of_recorded(replayed.as_ref(), &request.evidence.recorded_pcrs));
    unbound.extend(unbound::of_files(&request.evidence.ci_policies));

    let claims = stage.events.as_ref().map(claims::extract);
    let measurements = stage.events.as_ref().zip(claims.as_ref()).map(|(events, claims)| {
        let registers = log::registers(replayed.as_ref(), &quotes, set);
        HostMeasurements { events, claims, registers }
    });
    let mut judged = tracks::judge(
        set,
        identity.ek,
        measurements.as_ref(),
        &Circumstances {
            now_unix_s: request.now,
            reset_count: quotes.attested.as_ref().map(authenticate::AttestedPcrs::reset_count),
            at_hand: AtHand::new(&request.evidence.ci_policies),
        },
        &findings,
        proofs_required,
    );
    let proofs = Proofs {
        ek: judged.ek.take(),
        ak: identity.ak,
        pcrs: quotes.attested,
        nonce: quotes.nonce,
        events: stage.events,
    };
    let claims = claims.as_ref().map(claims::list).unwrap_or_default();
    let event_pcrs = log::event_pcrs(log.as_ref(), &judged.verdict.findings, &claims);
    let report = Report {
        claims,
        event_pcrs,
        trust_vector: trust_vector(&judged, &proofs),
        verdict: judged.verdict,
        tracks: judged.tracks,
        policies: judged.policies,
        pcrs: stage.rows,
        unbound,
        hardware: judged.hardware,
        ak_binding: proofs.ak.as_ref().map(authenticate::AkBound::binding),
        profile: set.profile,
    };
    (report, proofs)
}

fn trust_vector(judged: &tracks::Judged, proofs: &Proofs<'_>) -> TrustVector {
    TrustVector::of(&Basis {
        findings: &judged.verdict.findings,
        policies: &judged.policies,
        proven: proofs.complete(),
        endorsed: judged.hardware == Hardware::Endorsed,
        matched_level: judged.matched_level,
    })
}
