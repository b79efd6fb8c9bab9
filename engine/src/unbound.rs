//! The bytes of the evidence that nothing vouches for: an attacker may change them without any
//! effect on the outcome, so nobody should believe them.
//!
//! Keeping this list honest is a test: flipping any byte of the evidence either fails the host
//! or hits a byte that is listed here.

use crate::Span;
use crate::crypto::HashAlg;
use crate::evidence::{Artefact, CiPolicyFile, RecordedPcrs};
use crate::formats::eventlog::{Event, EventLog};
use crate::replay::{MeasuredEvents, Replay};
use crate::wire::event;

/// Bytes of one artefact that are not bound, for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unbound {
    /// The artefact.
    pub artefact: Artefact,
    /// Why nothing vouches for them.
    pub reason: &'static str,
    /// Which bytes.
    pub spans: Vec<Span>,
}

/// Why bytes of an event log are not bound.
mod reason {
    pub(super) const HEADER: &str = "the log's header is not measured";
    pub(super) const TYPE: &str = "the type of an event is not measured";
    pub(super) const DATA: &str = "the digest does not cover this data";
    pub(super) const NO_ACTION: &str = "informational events are not measured";
    pub(super) const BANK: &str = "this bank is not quoted";
    pub(super) const REGISTER: &str = "this register is not quoted";
    pub(super) const ORDER: &str = "the order of events of different registers is not measured";
    pub(super) const RECORDED: &str = "recorded without a signature, and not in the log";
    pub(super) const PADDING: &str = "padding behind the last event";
    pub(super) const FILE: &str = "a file at hand explains, and decides nothing";
}

#[derive(Default)]
struct Collector {
    ranges: Vec<Unbound>,
}

impl Collector {
    fn add(&mut self, reason: &'static str, span: Span) {
        if span.size == 0 {
            return;
        }
        match self.ranges.iter_mut().find(|range| range.reason == reason) {
            Some(range) => range.spans.push(span),
            None => self.ranges.push(Unbound {
                artefact: Artefact::EventLog,
                reason,
                spans: vec![span],
            }),
        }
    }
}

/// The unbound bytes of a log. `bank_attested` tells whether a register of a bank is signed.
#[must_use]
pub fn of_log(
    log: &EventLog<'_>,
    measured: &MeasuredEvents<'_>,
    bank_attested: impl Fn(HashAlg, u8) -> bool,
) -> Vec<Unbound> {
    let mut collector = Collector::default();
    let mut measured = measured.iter().peekable();
    for event in &log.events {
        if !event.is_extended() {
            let header = event.index == 0 && log.spec_id.is_some();
            collector.add(if header { reason::HEADER } else { reason::NO_ACTION }, event.span);
            continue;
        }
        match measured.next_if(|next| next.event.index == event.index) {
            Some(next) => {
                collector.add(reason::TYPE, type_span(event));
                other_banks(&mut collector, event, &bank_attested);
                for span in uncovered_data(event.data_span, next.bound_span()) {
                    collector.add(reason::DATA, span);
                }
            }
            None => collector.add(reason::REGISTER, event.span),
        }
    }
    if let Some(padding) = &log.padding {
        collector.add(reason::PADDING, padding.span);
    }
    // True of every log, and of no byte in particular.
    collector.ranges.push(Unbound {
        artefact: Artefact::EventLog,
        reason: reason::ORDER,
        spans: Vec::new(),
    });
    collector.ranges
}

/// The recorded registers that nothing was held against: those that the log has no events for.
#[must_use]
pub fn of_recorded(replayed: Option<&Replay>, recorded: &[RecordedPcrs<'_>]) -> Vec<Unbound> {
    let unbound = recorded.iter().map(|record| {
        let bank = replayed.and_then(|replayed| replayed.bank(record.bank));
        let size = record.bank.size_bytes();
        let logged = |pcr: usize| {
            let pcr = u8::try_from(pcr).ok();
            bank.zip(pcr).is_some_and(|(bank, pcr)| bank.register(pcr).is_some())
        };
        let spans = (0..event::PCR_COUNT).filter(|pcr| !logged(*pcr));
        let beyond = Span::new(event::PCR_COUNT.saturating_mul(size), record.values.len());
        Unbound {
            artefact: Artefact::RecordedPcrs(record.bank),
            reason: reason::RECORDED,
            spans: spans
                .map(|pcr| Span::new(pcr.saturating_mul(size), size))
                .chain([beyond].into_iter().filter(|_| record.values.len() > beyond.offset))
                .collect(),
        }
    });
    unbound.collect()
}

/// The type stands behind the register's number, at the fifth byte of a record in both layouts.
fn type_span(event: &Event<'_>) -> Span {
    Span::new(event.span.offset.saturating_add(4), 4)
}

fn other_banks(
    collector: &mut Collector,
    event: &Event<'_>,
    bank_attested: &impl Fn(HashAlg, u8) -> bool,
) {
    let pcr = u8::try_from(event.pcr).unwrap_or(u8::MAX);
    for digest in &event.digests {
        let attested = HashAlg::from_tpm(digest.alg).is_some_and(|bank| bank_attested(bank, pcr));
        if !attested {
            collector.add(reason::BANK, digest.span);
        }
    }
}

/// The parts of the data before and behind what the digest covers.
fn uncovered_data(data: Span, bound: Option<Span>) -> [Span; 2] {
    match bound {
        None => [data, Span::default()],
        Some(bound) => [
            Span::new(data.offset, bound.offset.saturating_sub(data.offset)),
            Span::new(bound.end(), data.end().saturating_sub(bound.end())),
        ],
    }
}

/// Files that only explain.
#[must_use]
pub fn of_files(files: &[CiPolicyFile<'_>]) -> Vec<Unbound> {
    let unbound = |(index, file): (usize, &CiPolicyFile<'_>)| Unbound {
        artefact: Artefact::CiPolicy(index),
        reason: reason::FILE,
        spans: vec![Span::new(0, file.content.len())],
    };
    files.iter().enumerate().map(unbound).collect()
}
