//! Event logs.

use std::collections::BTreeMap;

use portcullis_engine::claims::{self, SecureBootState};
use portcullis_engine::crypto::HashAlg;
use portcullis_engine::finding::FindingCode;
use portcullis_engine::formats::body::{self, Binding, Body};
use portcullis_engine::formats::eventlog::{self, Event, EventLog, LogFormat};
use portcullis_engine::formats::sipa::NodeBudget;
use portcullis_engine::limits::Limits;
use portcullis_engine::replay;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::sipa::{self, SipaDoc};
use super::{Content, NoteDoc};
use crate::text::hex;

/// Registers of one bank: index to value.
pub type BankReplayDoc = BTreeMap<u8, String>;
/// Digests of one event: bank to value.
pub type EventDigestDoc = BTreeMap<String, String>;

/// Reads registers whose numbers are text: inside a document that is told apart by a field, serde
/// no longer takes a text for a number.
fn registers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, BankReplayDoc>, D::Error> {
    let banks = BTreeMap::<String, BTreeMap<String, String>>::deserialize(deserializer)?;
    let mut replay = BTreeMap::new();
    for (bank, found) in banks {
        let mut registers = BankReplayDoc::new();
        for (pcr, value) in found {
            let pcr = pcr.parse::<u8>().map_err(|_| D::Error::custom("is no register"))?;
            registers.insert(pcr, value);
        }
        replay.insert(bank, registers);
    }
    Ok(replay)
}

/// A measured-boot event log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EventLogDoc {
    /// `crypto_agile` or `sha1`.
    pub format: String,
    /// Declared banks.
    pub banks: Vec<String>,
    /// `on`, `off` or `unknown`, as far as the log can say.
    pub secure_boot: String,
    /// The registers that the log leads to, by bank.
    #[serde(deserialize_with = "registers")]
    pub replay: BTreeMap<String, BankReplayDoc>,
    /// The records.
    pub events: Vec<EventDoc>,
}

/// One record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EventDoc {
    /// Its number, counted from 0.
    pub index: usize,
    /// The register that it names.
    pub pcr: u32,
    /// Its type. Not measured.
    #[serde(rename = "type")]
    pub event_type: u32,
    /// The type's name, or its number in hexadecimal.
    pub type_name: String,
    /// What it says, for people.
    pub summary: String,
    /// Its digests.
    pub digests: EventDigestDoc,
    /// What the digest covers: `data`, `part`, `digest_only` or `unbound`.
    pub binding: String,
    /// Offset of the record.
    pub offset: usize,
    /// Size of the record.
    pub size: usize,
    /// Offset of its data.
    pub data_offset: usize,
    /// Size of its data.
    pub data_size: usize,
    /// The elements that Windows packed into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sipa: Vec<SipaDoc>,
}

/// Recognises an event log, a broken one included.
pub(super) fn recognise(bytes: &[u8]) -> Option<(Content, Vec<NoteDoc>)> {
    match eventlog::parse(bytes, &Limits::default()) {
        Ok(log) => {
            let mut notes = Vec::new();
            if let Some(padding) = &log.padding {
                let code = FindingCode::LogPadding;
                notes.push(NoteDoc::new(code.text(), code.meaning(), Some(padding.span)));
            }
            Some((Content::EventLog(document(&log, &mut notes)), notes))
        }
        Err(broken) if looks_like_log(&broken.before) => {
            let code = match bytes.is_empty() {
                true => FindingCode::LogEmpty,
                false => FindingCode::LogUnreadable,
            };
            let note = NoteDoc::new(code.text(), &broken.defect, Some(broken.defect.span));
            let mut notes = vec![note];
            Some((Content::EventLog(document(&broken.before, &mut notes)), notes))
        }
        Err(_) => None,
    }
}

/// A file that breaks before anything log-like was read is no log at all.
fn looks_like_log(log: &EventLog<'_>) -> bool {
    log.spec_id.is_some() || log.events.iter().any(|event| event.untrusted_type.name().is_some())
}

fn document(log: &EventLog<'_>, notes: &mut Vec<NoteDoc>) -> EventLogDoc {
    let replayed = replay::replay(log);
    let registers = |bank: &replay::BankReplay| {
        let pcrs = (0..24_u8)
            .filter_map(|pcr| bank.register(pcr).map(|register| (pcr, register.value.to_string())));
        (bank.bank.to_string(), pcrs.collect())
    };
    for finding in replay::startup_findings(log) {
        let span = finding.because.first().map(|place| place.span);
        let found = finding.found.map(|fact| fact.to_string()).unwrap_or_default();
        notes.push(NoteDoc::new(finding.code.text(), found, span));
    }
    let bank = preferred_bank(log);
    let mut budget = NodeBudget::default();
    EventLogDoc {
        format: match log.format {
            LogFormat::Sha1 => "sha1".into(),
            LogFormat::CryptoAgile => "crypto_agile".into(),
        },
        banks: log.banks.iter().map(|bank| bank.alg.to_string()).collect(),
        secure_boot: secure_boot(log, bank).into(),
        replay: replayed.banks.iter().map(registers).collect(),
        events: log.events.iter().map(|event| event_doc(event, bank, &mut budget, notes)).collect(),
    }
}

/// The strongest common bank first: what is shown as bound is bound there.
fn preferred_bank(log: &EventLog<'_>) -> Option<HashAlg> {
    [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512, HashAlg::Sha1]
        .into_iter()
        .find(|bank| log.declares(*bank))
}

fn secure_boot(log: &EventLog<'_>, bank: Option<HashAlg>) -> &'static str {
    let Some(bank) = bank else { return "unknown" };
    match claims::extract(&replay::measure(log, bank, None)).secure_boot.state {
        SecureBootState::On => "on",
        SecureBootState::Off => "off",
        SecureBootState::Unknown => "unknown",
    }
}

fn event_doc(
    event: &Event<'_>,
    bank: Option<HashAlg>,
    budget: &mut NodeBudget,
    notes: &mut Vec<NoteDoc>,
) -> EventDoc {
    let decoded = body::decode(event);
    let sipa = if let Body::Undecodable { reason } = &decoded {
        let text = format!("event {}: {reason}", event.index);
        let code = FindingCode::EventUndecodable.text();
        notes.push(NoteDoc::new(code, text, Some(reason.span)));
        Vec::new()
    } else {
        sipa::documents(event, budget, notes)
    };
    let binding = match bank.map(|bank| body::binding(event, bank)) {
        Some(Binding::WholeData) => "data",
        Some(Binding::Part { .. }) => "part",
        Some(Binding::DigestOnly) => "digest_only",
        Some(Binding::Unbound) | None => "unbound",
    };
    EventDoc {
        index: event.index,
        pcr: event.pcr,
        event_type: event.untrusted_type.0,
        type_name: event.untrusted_type.to_string(),
        summary: decoded.summary(),
        digests: event
            .digests
            .iter()
            .map(|digest| (digest.alg.to_string(), hex(digest.value)))
            .collect(),
        binding: binding.into(),
        offset: event.span.offset,
        size: event.span.size,
        data_offset: event.data_span.offset,
        data_size: event.data_span.size,
        sipa,
    }
}
