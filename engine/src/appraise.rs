//! The two calls: [`appraise`] judges evidence, [`assess`] says what an appraisal would say.
//!
//! Both run the same stages and give the same findings. A stage that fails leaves its findings
//! and the report goes on; only the proofs of all stages together make [`Passed`].

use crate::authenticate::{self, AkBinding, AttestedPcrs};
use crate::baseline::HostMeasurements;
use crate::claims;
use crate::evidence::{Artefact, Request};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::eventlog::{self, EventLog};
use crate::host::{HostRecord, HostRecordUpdate};
use crate::limits::Limits;
use crate::policy::{self, PolicySet, Profile, RuleOutcome};
use crate::replay::{self, MeasuredEvents, PcrRow, Replay};
use crate::unbound::{self, Unbound};
use crate::verdict::{self, AttestationStatus, Context, Passed, Proofs, Verdict};

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
    /// Graded findings and headline.
    pub verdict: Verdict,
    /// Every policy.
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
    let context = Context { proofs_required, endorsement_required: set.endorsement_required };

    let log = read_log(request, &set.limits, &mut findings);
    let replayed = log.as_ref().map(replay::replay);
    let identity = authenticate::identity(set, host, request, context, &mut findings, &mut unbound);
    let quotes = authenticate::quotes(
        set,
        host,
        request,
        identity.ak_key.as_ref(),
        replayed.as_ref(),
        &mut findings,
        &mut unbound,
    );
    let stage = log_stage(set, request, log.as_ref(), replayed.as_ref(), &quotes, &mut findings);

    let evaluation = match &stage.events {
        Some(events) => {
            let claims = claims::extract(events);
            let registers = registers(replayed.as_ref(), &quotes, set);
            policy::evaluate(set, Some(&HostMeasurements { events, claims: &claims, registers }))
        }
        None => policy::evaluate(set, None),
    };
    findings.extend(evaluation.findings);
    if let (Some(log), Some(events)) = (&log, &stage.events) {
        let attested = quotes.attested.as_ref();
        unbound.extend(unbound::of_log(log, events, |bank, pcr| {
            attested.is_none_or(|attested| attested.value(bank, pcr).is_some())
        }));
    }

    unbound.extend(unbound::of_recorded(replayed.as_ref(), &request.evidence.recorded_pcrs));

    let verdict = verdict::fold(findings, &evaluation.outcomes, context);
    let report = Report {
        verdict,
        policies: evaluation.outcomes,
        pcrs: stage.rows,
        unbound,
        hardware: if identity.endorsed { Hardware::Endorsed } else { Hardware::Unproven },
        ak_binding: identity.ak.as_ref().map(authenticate::AkBound::binding),
        profile: set.profile,
    };
    let proofs = Proofs {
        ek: identity.ek,
        ak: identity.ak,
        pcrs: quotes.attested,
        nonce: quotes.nonce,
        events: stage.events,
    };
    (report, proofs)
}

fn read_log<'a>(
    request: &Request<'a>,
    limits: &Limits,
    findings: &mut Vec<Finding>,
) -> Option<EventLog<'a>> {
    let subject = Subject::Artefact(Artefact::EventLog);
    let Some(bytes) = request.evidence.event_log else {
        findings.push(Finding::new(FindingCode::LogMissing, subject));
        return None;
    };
    if bytes.is_empty() {
        findings.push(Finding::new(FindingCode::LogEmpty, subject));
        return None;
    }
    match eventlog::parse(bytes, limits) {
        Ok(log) => {
            if let Some(padding) = &log.padding {
                findings.push(
                    Finding::new(FindingCode::LogPadding, subject)
                        .found(format!("{} bytes", padding.span.size))
                        .at(Place::new(Artefact::EventLog, padding.span)),
                );
            }
            Some(log)
        }
        Err(broken) => {
            findings.push(
                Finding::new(FindingCode::LogUnreadable, subject)
                    .found(broken.defect.to_string())
                    .at(Place::new(Artefact::EventLog, broken.defect.span)),
            );
            None
        }
    }
}

#[derive(Default)]
struct LogStage<'a> {
    rows: Vec<PcrRow>,
    events: Option<MeasuredEvents<'a>>,
}

/// Holds the log against what the TPM signed, and keeps the events that it vouches for.
fn log_stage<'a>(
    set: &PolicySet<'_>,
    request: &Request<'_>,
    log: Option<&EventLog<'a>>,
    replayed: Option<&Replay>,
    quotes: &authenticate::Quotes,
    findings: &mut Vec<Finding>,
) -> LogStage<'a> {
    let (Some(log), Some(replayed)) = (log, replayed) else { return LogStage::default() };
    findings.extend(replay::startup_findings(log));
    let attested = quotes.attested.as_ref();
    let quoted = |bank, pcr| attested.and_then(|attested| attested.value(bank, pcr));
    findings.extend(replay::compare_other_banks(log, replayed, set.bank, &quoted));
    findings.extend(replay::compare_recorded(log, replayed, &request.evidence.recorded_pcrs));
    let Some(bank) = replayed.bank(set.bank) else {
        let subject = Subject::Bank(set.bank);
        findings.push(Finding::new(FindingCode::LogBankMissing, subject));
        return LogStage::default();
    };
    findings.extend(replay::coverage_finding(bank));
    let (rows, mismatches) =
        replay::compare(log, bank, |pcr| quoted(set.bank, pcr), set.required_pcrs);
    findings.extend(mismatches);
    let events = match attested {
        Some(_) => replay::measure(log, set.bank, Some(&rows)),
        // Evidence that brought quotes, none of which holds, says nothing at all.
        None if !request.evidence.quotes.is_empty() => return LogStage { rows, events: None },
        None => replay::measure(log, set.bank, None),
    };
    if attested.is_some() {
        findings.extend(replay::carte_blanche_finding(bank, |pcr| quoted(set.bank, pcr)));
    }
    LogStage { rows, events: Some(events) }
}

/// The registers of the required bank as far as they are known: signed, or without any quote
/// replayed.
fn registers(
    replayed: Option<&Replay>,
    quotes: &authenticate::Quotes,
    set: &PolicySet<'_>,
) -> [Option<crate::crypto::Digest>; 24] {
    let mut registers = [None; 24];
    let bank = replayed.and_then(|replayed| replayed.bank(set.bank));
    for (pcr, register) in (0_u8..).zip(registers.iter_mut()) {
        *register = match &quotes.attested {
            Some(attested) => AttestedPcrs::value(attested, set.bank, pcr),
            None => bank.map(|bank| {
                bank.register(pcr).map_or(bank.reset_value(pcr), |register| register.value)
            }),
        };
    }
    registers
}
