//! Events that a TPM vouches for: the only ones that claims may be drawn from.

use super::{PcrRow, PcrState, extended_events};
use crate::Span;
use crate::crypto::{Digest, HashAlg};
use crate::formats::body::{Binding, binding};
use crate::formats::eventlog::{Event, EventLog};

/// Proof that the events in it are digests of registers that match.
///
/// What it does not establish: see [`crate::replay`]; and, when it was made without a quote,
/// that any TPM ever saw the log.
#[derive(Clone, Debug)]
pub struct MeasuredEvents<'a> {
    bank: HashAlg,
    events: Vec<MeasuredEvent<'a>>,
    quoted: bool,
}

/// One event of a matching register.
#[derive(Clone, Debug)]
pub struct MeasuredEvent<'a> {
    /// The record. Its type is not measured. Its list of digests is left empty: no register that
    /// was compared vouches for those of other banks.
    pub event: Event<'a>,
    /// Its digest in the chosen bank.
    pub digest: Digest,
    /// Which of its data the digest covers.
    pub binding: Binding,
}

impl MeasuredEvent<'_> {
    /// The register, 0 to 23.
    #[must_use]
    pub fn pcr(&self) -> u8 {
        // Extended events name registers 0 to 23 only.
        u8::try_from(self.event.pcr).unwrap_or(u8::MAX)
    }

    /// The bytes of the data that the digest covers.
    #[must_use]
    pub fn bound_span(&self) -> Option<Span> {
        match &self.binding {
            Binding::WholeData => Some(self.event.data_span),
            Binding::Part { span, .. } => Some(*span),
            Binding::DigestOnly | Binding::Unbound => None,
        }
    }

    /// True when the digest covers all of the data.
    #[must_use]
    pub fn binds_all(&self) -> bool {
        matches!(self.binding, Binding::WholeData)
    }
}

impl<'a> MeasuredEvents<'a> {
    /// The bank.
    #[must_use]
    pub const fn bank(&self) -> HashAlg {
        self.bank
    }

    /// True when a quote signed the registers; false when the log is only consistent in itself.
    #[must_use]
    pub const fn quoted(&self) -> bool {
        self.quoted
    }

    /// All of them, in the order of the log. Only the order within one register is measured.
    pub fn iter(&self) -> impl Iterator<Item = &MeasuredEvent<'a>> {
        self.events.iter()
    }

    /// Those of one register.
    pub fn of_pcr(&self, pcr: u8) -> impl Iterator<Item = &MeasuredEvent<'a>> {
        self.events.iter().filter(move |event| event.pcr() == pcr)
    }
}

/// Keeps the events of registers that match.
///
/// `rows` is the outcome of [`super::compare`], or `None` when there is nothing to compare with:
/// then all events are kept, and the proof says that no quote stands behind them.
#[must_use]
pub fn measure<'a>(
    log: &EventLog<'a>,
    bank: HashAlg,
    rows: Option<&[PcrRow]>,
) -> MeasuredEvents<'a> {
    let matches = |pcr: u32| {
        rows.is_none_or(|rows| {
            rows.iter().any(|row| u32::from(row.pcr) == pcr && row.state == PcrState::Matches)
        })
    };
    // Nearly all records are measured: a place for each saves growing.
    let mut events = Vec::with_capacity(log.events.len());
    for event in extended_events(log).filter(|event| matches(event.pcr)) {
        let Some(digest) = event.digest(bank) else { continue };
        let binding = binding(event, bank);
        let event = Event { digests: Vec::new(), ..*event };
        events.push(MeasuredEvent { event, digest, binding });
    }
    MeasuredEvents { bank, events, quoted: rows.is_some() }
}
