//! The event log, read and held against what the TPM signed.

use std::collections::BTreeMap;

use crate::authenticate::{self, AttestedPcrs};
use crate::claims::ListedClaim;
use crate::crypto::Digest;
use crate::evidence::{Artefact, Request};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::eventlog::{self, EventLog};
use crate::limits::Limits;
use crate::policy::PolicySet;
use crate::replay::{self, MeasuredEvents, PcrRow, Replay};
use crate::unbound::{self, Unbound};
use crate::verdict::GradedFinding;

/// Reads the log; what cannot be read is a finding.
pub(super) fn read<'a>(
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

/// The register of each event that a finding or a claim rests on, as the log names it.
pub(super) fn event_pcrs(
    log: Option<&EventLog<'_>>,
    findings: &[GradedFinding],
    claims: &[ListedClaim],
) -> BTreeMap<usize, u32> {
    let places = findings.iter().flat_map(|graded| &graded.finding.because);
    let indices =
        places.chain(claims.iter().flat_map(|claim| &claim.places)).filter_map(|place| place.event);
    indices.filter_map(|index| Some((index, log?.events.get(index)?.pcr))).collect()
}

/// What the log and the quotes say together.
#[derive(Default)]
pub(super) struct LogStage<'a> {
    pub rows: Vec<PcrRow>,
    pub events: Option<MeasuredEvents<'a>>,
}

/// Holds the log against what the TPM signed, and keeps the events that it vouches for.
pub(super) fn hold<'a>(
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
pub(super) fn registers(
    replayed: Option<&Replay>,
    quotes: &authenticate::Quotes,
    set: &PolicySet<'_>,
) -> [Option<Digest>; 24] {
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

/// The bytes of the log that nothing vouches for.
pub(super) fn unbound(
    log: Option<&EventLog<'_>>,
    stage: &LogStage<'_>,
    quotes: &authenticate::Quotes,
) -> Vec<Unbound> {
    let (Some(log), Some(events)) = (log, &stage.events) else { return Vec::new() };
    let attested = quotes.attested.as_ref();
    unbound::of_log(log, events, |bank, pcr| {
        attested.is_none_or(|attested| attested.value(bank, pcr).is_some())
    })
}
