//! Banks other than the required one, values that were recorded without a signature, and banks
//! that cannot be trusted at all.

use portcullis_wire::event::{SEPARATOR_NORMAL, action};

use super::{BankReplay, PcrState, Replay, compare, extend, reset_value};
use crate::Span;
use crate::crypto::{self, Digest, HashAlg};
use crate::evidence::{Artefact, RecordedPcrs};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::eventlog::{self, EventLog, StartupDefect};

/// What firmware measures when the operating system takes over.
const END_OF_BOOT_SERVICES: [&[u8]; 2] =
    [action::EXIT_BOOT_SERVICES_INVOCATION, action::EXIT_BOOT_SERVICES_SUCCESS];

/// Compares signed registers of banks that are not required: they may only contradict.
#[must_use]
pub fn compare_other_banks(
    log: &EventLog<'_>,
    replayed: &Replay,
    required: HashAlg,
    quoted: &impl Fn(HashAlg, u8) -> Option<Digest>,
) -> Vec<Finding> {
    let others = replayed.banks.iter().filter(|bank| bank.bank != required);
    others
        .flat_map(|bank| {
            let quoted = |pcr| quoted(bank.bank, pcr);
            if is_capped(log, bank, quoted) {
                return vec![Finding::new(FindingCode::BankCapped, Subject::Bank(bank.bank))];
            }
            compare(log, bank, quoted, 0).1
        })
        .collect()
}

/// Compares registers that were recorded beside the log, in every bank. Nothing vouches for
/// them, so they can only contradict.
#[must_use]
pub fn compare_recorded(
    log: &EventLog<'_>,
    replayed: &Replay,
    recorded: &[RecordedPcrs<'_>],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for record in recorded {
        let Some(bank) = replayed.bank(record.bank) else { continue };
        let value = |pcr: u8| recorded_value(record, pcr).and_then(|(value, _)| value);
        if is_capped(log, bank, value) {
            findings.push(Finding::new(FindingCode::BankCapped, Subject::Bank(bank.bank)));
            continue;
        }
        let (rows, _) = compare(log, bank, value, 0);
        for row in rows.iter().filter(|row| row.state == PcrState::Differs) {
            let span = recorded_value(record, row.pcr).map_or(Span::default(), |(_, span)| span);
            let place = Place::new(Artefact::RecordedPcrs(record.bank), span);
            let subject = Subject::Pcr(bank.bank, row.pcr);
            let mut finding = Finding::new(FindingCode::RecordedPcrMismatch, subject).at(place);
            finding.expected = row.quoted.map(Into::into);
            finding.found = row.replayed.map(Into::into);
            findings.push(finding);
        }
    }
    findings
}

fn recorded_value(record: &RecordedPcrs<'_>, pcr: u8) -> Option<(Option<Digest>, Span)> {
    let size = record.bank.size_bytes();
    let span = Span::new(usize::from(pcr).checked_mul(size)?, size);
    Some((Digest::new(record.bank, span.slice(record.values)?), span))
}

/// True for a bank that Windows capped because it logs in another one: every firmware register
/// was extended once more, with zeroes, and no event says so. Firmware knows nothing of that and
/// goes on: what it measures when boot services end is logged in Windows' bank, and extended in
/// all of them.
fn is_capped(log: &EventLog<'_>, bank: &BankReplay, value: impl Fn(u8) -> Option<Digest>) -> bool {
    let zeroes = Digest::filled(bank.bank, 0);
    (0..8).all(|pcr| match (value(pcr), bank.register(pcr)) {
        (Some(value), Some(register)) => {
            let capped = extend(&register.value, &zeroes);
            value == capped || value == extend_unlogged_actions(log, bank, pcr, capped)
        }
        _ => false,
    })
}

/// A register after the actions that the log tells without a digest of this bank. The digest of
/// an action covers its text, in any bank.
fn extend_unlogged_actions(
    log: &EventLog<'_>,
    bank: &BankReplay,
    pcr: u8,
    register: Digest,
) -> Digest {
    let uncovered = bank.uncovered.iter().filter_map(|index| log.events.get(*index));
    uncovered
        .filter(|event| event.pcr == u32::from(pcr))
        .filter(|event| END_OF_BOOT_SERVICES.contains(&event.data))
        .fold(register, |value, event| extend(&value, &crypto::digest(bank.bank, &[event.data])))
}

/// Records without a digest for the required bank.
#[must_use]
pub fn coverage_finding(bank: &BankReplay) -> Option<Finding> {
    let first = bank.uncovered.first()?;
    let finding = Finding::new(FindingCode::LogCoverageGap, Subject::Bank(bank.bank));
    Some(finding.found(format!("{} records, the first is event {first}", bank.uncovered.len())))
}

/// A bank whose firmware registers hold nothing but their reset value or a separator: the
/// firmware does not extend it, so whoever runs first can write any boot story (CVE-2021-42299).
#[must_use]
pub fn carte_blanche_finding(
    bank: &BankReplay,
    quoted: impl Fn(u8) -> Option<Digest>,
) -> Option<Finding> {
    let separator = crypto::digest(bank.bank, &[SEPARATOR_NORMAL]);
    let blank = |pcr: u8, value: Digest| {
        [0, 3, 4].into_iter().any(|locality| {
            let reset = reset_value(bank.bank, pcr, locality);
            value == reset || value == extend(&reset, &separator)
        })
    };
    // PCR 0 holds the firmware's own code: no honest firmware leaves it blank.
    let value = quoted(0).filter(|value| blank(0, *value))?;
    Some(Finding::new(FindingCode::BankCarteBlanche, Subject::Pcr(bank.bank, 0)).found(value))
}

/// What is wrong with the log's `StartupLocality` records.
#[must_use]
pub fn startup_findings(log: &EventLog<'_>) -> Vec<Finding> {
    let defects = eventlog::startup(log).defects;
    defects
        .iter()
        .map(|defect| {
            let index = match *defect {
                StartupDefect::Malformed { event }
                | StartupDefect::WrongRegister { event }
                | StartupDefect::Repeated { event }
                | StartupDefect::AfterExtend { event, .. }
                | StartupDefect::ImpossibleLocality { event, .. }
                | StartupDefect::HcrtmNotLogged { event } => event,
            };
            let subject = Subject::Event { index, pcr: 0 };
            let finding = Finding::new(FindingCode::StartupLocalityInvalid, subject)
                .found(format!("{defect:?}"));
            match log.events.get(index) {
                Some(event) => finding.at(Place::in_event(index, event.span)),
                None => finding,
            }
        })
        .collect()
}
