//! The replay held against the values that a quote signed, register by register.

use portcullis_wire::event::PCR_COUNT;

use super::{BankReplay, diagnose, extended_events};
use crate::crypto::Digest;
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::eventlog::EventLog;

/// How one register of the chosen bank stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PcrRow {
    /// The register.
    pub pcr: u8,
    /// Its signed value, when the quote covers it.
    pub quoted: Option<Digest>,
    /// Its replayed value, when the log has events for it.
    pub replayed: Option<Digest>,
    /// Number of those events.
    pub events_count: usize,
    /// What follows.
    pub state: PcrState,
}

/// What the comparison of one register says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PcrState {
    /// Signed and replayed value are equal.
    Matches,
    /// They differ.
    Differs,
    /// No event, and the signed value is the reset value.
    Untouched,
    /// No event, but the signed value is not the reset value.
    Unlogged,
    /// The log has events, but the quote does not cover the register.
    NotQuoted,
}

/// Compares every register. `quoted` gives the signed value of a register, if there is one.
///
/// A register that is logged and quoted must match, whether it is required or not: a log that
/// contradicts the TPM anywhere is not the log of this boot. A register that was extended
/// without a log is a finding only if it is `required` (Linux extends PCR 10 at run time).
#[must_use]
pub fn compare(
    log: &EventLog<'_>,
    replayed: &BankReplay,
    quoted: impl Fn(u8) -> Option<Digest>,
    required: u32,
) -> (Vec<PcrRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let rows = (0..PCR_COUNT as u8)
        .map(|pcr| {
            let row = compare_register(replayed, pcr, quoted(pcr));
            match row.state {
                PcrState::Differs => findings.push(mismatch(log, replayed, &row)),
                PcrState::Unlogged if required & (1_u32 << pcr) != 0 => {
                    let subject = Subject::Pcr(replayed.bank, pcr);
                    let mut finding = Finding::new(FindingCode::PcrUnlogged, subject);
                    finding.found = row.quoted.map(Into::into);
                    findings.push(finding);
                }
                _ => {}
            }
            row
        })
        .collect();
    (rows, findings)
}

fn compare_register(replayed: &BankReplay, pcr: u8, quoted: Option<Digest>) -> PcrRow {
    let register = replayed.register(pcr);
    let reset = replayed.reset_value(pcr);
    let state = match (quoted, register) {
        (None, Some(_)) => PcrState::NotQuoted,
        (None, None) => PcrState::Untouched,
        (Some(value), Some(register)) if value == register.value => PcrState::Matches,
        (Some(_), Some(_)) => PcrState::Differs,
        (Some(value), None) if value == reset => PcrState::Untouched,
        (Some(_), None) => PcrState::Unlogged,
    };
    PcrRow {
        pcr,
        quoted,
        replayed: register.map(|register| register.value),
        events_count: register.map_or(0, |register| register.events_count),
        state,
    }
}

fn mismatch(log: &EventLog<'_>, replayed: &BankReplay, row: &PcrRow) -> Finding {
    let subject = Subject::Pcr(replayed.bank, row.pcr);
    let mut finding = Finding::new(FindingCode::PcrReplayMismatch, subject);
    finding.expected = row.quoted.map(Into::into);
    finding.found = row.replayed.map(Into::into);
    if let Some(target) = row.quoted
        && let Some(diagnosis) = diagnose::diagnose(log, replayed, row.pcr, &target)
    {
        finding.found = Some(diagnosis.text.into());
        if let Some((index, span)) = diagnosis.event {
            finding = finding.at(Place::in_event(index, span));
        }
        return finding;
    }
    // Which event is wrong cannot be known from a hash chain: name the register's events.
    let events = extended_events(log).filter(|event| event.pcr == u32::from(row.pcr));
    events.fold(finding, |finding, event| finding.at(Place::in_event(event.index, event.span)))
}
