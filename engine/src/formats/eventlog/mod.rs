//! The measured-boot event log: records, banks and where everything stands.
//!
//! Specification: TCG PC Client Platform Firmware Profile 1.06 revision 52, section 10. All
//! integers are little-endian. Two layouts exist:
//!
//! * **crypto-agile**: the first record has the SHA-1 layout and carries the Spec ID event, which
//!   declares the banks; every further record is a `TCG_PCR_EVENT2`;
//! * **SHA-1** (TPM 1.2 and its firmware): every record is a `TCG_PCClientPCREvent`. The first
//!   may be a Spec ID event of an older revision, or anything else.
//!
//! What [`parse`] establishes: the records follow the layout and every size fits. What it does
//! **not** establish: that anything in the log happened. Digests count once a replay reaches a
//! quoted register; the *type* of a record never counts, because no register covers it; data
//! counts only as far as [`binding`](fn@super::body::binding) ties it to a digest; and the order
//! of records of different registers is not covered by anything.

mod padding;
mod record;
pub(in crate::formats) mod spec_id;
mod startup;

use portcullis_wire::{EventType, TpmAlg, event};

use super::error::{ParseError, ParseErrorKind};
use super::input::Input;
use crate::Span;
use crate::crypto::{Digest, HashAlg};
use crate::limits::{EVENT_LOG_EVENTS_MAX, Limits};

pub use padding::{Fill, Padding};
pub use spec_id::SpecId;
pub use startup::{Startup, StartupDefect, StartupLocality, startup};

/// Layout of a log's records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// `TCG_PCClientPCREvent`: one SHA-1 digest per record.
    Sha1,
    /// `TCG_PCR_EVENT2`: digests of several banks per record.
    CryptoAgile,
}

/// A bank that the log declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bank {
    /// Its hash algorithm; may be one that the engine cannot compute.
    pub alg: TpmAlg,
    /// Size in bytes of its digests.
    pub digest_size_bytes: usize,
}

/// An event log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventLog<'a> {
    /// Layout of the records.
    pub format: LogFormat,
    /// The Spec ID event, when the first record is one.
    pub spec_id: Option<SpecId<'a>>,
    /// The declared banks, in the order of the Spec ID event. A SHA-1 log has one.
    pub banks: Vec<Bank>,
    /// The records, the Spec ID record included, in the order of the log.
    pub events: Vec<Event<'a>>,
    /// Bytes behind the last record that are no records.
    pub padding: Option<Padding>,
    /// Size in bytes of the artefact, padding included.
    pub size_bytes: usize,
}

/// A log that could not be read to its end.
///
/// It is the error of [`parse`], so that nobody mistakes the records before the break for a
/// whole log; an explanation may still show them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokenLog<'a> {
    /// What was read before the break.
    pub before: EventLog<'a>,
    /// What is wrong, and at which byte.
    pub defect: ParseError,
}

impl core::fmt::Display for BrokenLog<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "event log breaks after {} records: {}", self.before.events.len(), self.defect)
    }
}

impl core::error::Error for BrokenLog<'_> {}

/// One record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event<'a> {
    /// Position in the log, from 0; the Spec ID record counts.
    pub index: usize,
    /// The register: 0 to 23, or [`event::PCR_NONE`] in a record that is extended nowhere.
    pub pcr: u32,
    /// What the record says it is. Not covered by any register.
    pub untrusted_type: EventType,
    /// The digests, at most one of each bank. May cover fewer banks than the log declares:
    /// Windows logs its own events in one bank only.
    pub digests: Vec<EventDigest<'a>>,
    /// The data. Covered by a digest only as far as [`binding`](fn@super::body::binding) says.
    pub data: &'a [u8],
    /// The whole record.
    pub span: Span,
    /// The data.
    pub data_span: Span,
}

/// A digest of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventDigest<'a> {
    /// The bank.
    pub alg: TpmAlg,
    /// The value; its size is that of the bank.
    pub value: &'a [u8],
    /// Where the value stands.
    pub span: Span,
}

impl Event<'_> {
    /// The digest of a bank, or `None` when the record has none.
    #[must_use]
    pub fn digest(&self, alg: HashAlg) -> Option<Digest> {
        let found = self.digests.iter().find(|digest| digest.alg == alg.tpm_alg())?;
        Digest::new(alg, found.value)
    }

    /// True when the firmware extended the record into a register: not `EV_NO_ACTION`, and a
    /// register that exists.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.untrusted_type != EventType::NO_ACTION
            && usize::try_from(self.pcr).is_ok_and(|pcr| pcr < event::PCR_COUNT)
    }

    /// Where the register's number stands: the first field of both layouts.
    #[must_use]
    pub const fn pcr_span(&self) -> Span {
        Span::new(self.span.offset, 4)
    }

    /// Where the type stands: the second field of both layouts.
    #[must_use]
    pub const fn type_span(&self) -> Span {
        Span::new(self.span.offset.saturating_add(4), 4)
    }
}

impl<'a> EventLog<'a> {
    /// Records in which Windows stored quotes at run time (trust points). They are extended
    /// nowhere and prove nothing by themselves.
    pub fn trust_points(&self) -> impl Iterator<Item = &Event<'a>> {
        self.events.iter().filter(|event| event.pcr == event::PCR_NONE)
    }

    /// True when the log declares the bank.
    #[must_use]
    pub fn declares(&self, alg: HashAlg) -> bool {
        self.banks.iter().any(|bank| bank.alg == alg.tpm_alg())
    }

    const fn empty(size_bytes: usize) -> Self {
        Self {
            format: LogFormat::Sha1,
            spec_id: None,
            banks: Vec::new(),
            events: Vec::new(),
            padding: None,
            size_bytes,
        }
    }
}

/// Reads an event log.
///
/// A log of zero bytes, or of padding alone, is a defect: the firmware of every measured boot
/// writes at least one record.
///
/// # Errors
/// [`BrokenLog`]: the records before the break, and the defect with its byte. Such a log is
/// incomplete and must never be appraised as if it were whole.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<EventLog<'a>, Box<BrokenLog<'a>>> {
    let mut log = EventLog::empty(bytes.len());
    match read(&mut log, Input::new(bytes), limits) {
        Ok(()) => Ok(log),
        Err(defect) => Err(Box::new(BrokenLog { before: log, defect })),
    }
}

fn read<'a>(log: &mut EventLog<'a>, input: Input<'a>, limits: &Limits) -> Result<(), ParseError> {
    let (size, limit) = (input.len(), limits.event_log_size_bytes_max);
    if size > limit {
        let kind = ParseErrorKind::OverLimit { found: size as u64, limit: limit as u64 };
        return Err(input.error(kind, "eventLog", size));
    }
    if input.is_empty() {
        return Err(input.error(ParseErrorKind::Invalid("is empty"), "eventLog", 0));
    }
    let tail = padding::uniform_tail(input.bytes());
    if padding::at(input, tail).is_some() {
        let kind = ParseErrorKind::Invalid("holds nothing but padding");
        return Err(input.error(kind, "eventLog", size));
    }

    let mut rest = read_first(log, input)?;
    while !rest.is_empty() {
        log.padding = padding::at(rest, tail);
        if log.padding.is_some() {
            break;
        }
        let index = log.events.len();
        if index >= EVENT_LOG_EVENTS_MAX {
            let limit = EVENT_LOG_EVENTS_MAX as u64;
            let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
            return Err(rest.error(kind, "eventLog", rest.len()));
        }
        let (after, event) = match log.format {
            LogFormat::Sha1 => record::sha1(rest, index)?,
            LogFormat::CryptoAgile => record::crypto_agile(rest, index, &log.banks)?,
        };
        log.events.push(event);
        rest = after;
    }
    Ok(())
}

/// Reads the first record, which decides the format, and returns what follows it.
fn read_first<'a>(log: &mut EventLog<'a>, input: Input<'a>) -> Result<Input<'a>, ParseError> {
    let (rest, first) = record::sha1(input, 0)?;
    if first.untrusted_type == EventType::NO_ACTION {
        log.spec_id = spec_id::parse(Input::at(first.data, first.data_span.offset))?;
    }
    log.events.push(first);
    match log.spec_id.as_ref().and_then(SpecId::banks) {
        Some(banks) => {
            log.format = LogFormat::CryptoAgile;
            log.banks = banks.to_vec();
        }
        None => log.banks = vec![Bank { alg: TpmAlg::SHA1, digest_size_bytes: record::SHA1_SIZE }],
    }
    Ok(rest)
}

#[cfg(test)]
mod tests;
