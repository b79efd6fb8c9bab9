//! The difference of two event logs, register by register.

use std::collections::BTreeMap;

use portcullis_engine::crypto::{Digest, HashAlg};
use portcullis_engine::formats::body;
use portcullis_engine::formats::eventlog::{self, Event, EventLog};
use portcullis_engine::limits::Limits;
use portcullis_engine::replay;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// What was measured in one log and not in the other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DiffDoc {
    /// `portcullis.diff/1`.
    pub schema: String,
    /// The bank that was compared.
    pub bank: String,
    /// True when every register has the same value.
    pub equal: bool,
    /// The registers that differ.
    pub pcrs: Vec<PcrDiffDoc>,
}

/// One register that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PcrDiffDoc {
    /// The register.
    pub pcr: u8,
    /// Its value after the first log.
    pub before: Option<String>,
    /// Its value after the second log.
    pub after: Option<String>,
    /// Events that only the first log has.
    pub removed: Vec<EventDiffDoc>,
    /// Events that only the second log has.
    pub added: Vec<EventDiffDoc>,
    /// True when both have the same events in another order.
    pub reordered: bool,
}

/// An event that only one of the logs has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EventDiffDoc {
    /// Its number in that log.
    pub index: usize,
    /// Its type. Not measured.
    pub type_name: String,
    /// Its digest.
    pub digest: String,
    /// What it says, for people.
    pub summary: String,
}

/// Compares two logs in one bank.
///
/// # Errors
/// [`Error::Field`] when a log cannot be read or has no such bank.
pub fn diff(before: &[u8], after: &[u8], bank: HashAlg) -> Result<DiffDoc, Error> {
    let before = read("before", before, bank)?;
    let after = read("after", after, bank)?;
    let (replay_before, replay_after) =
        (replay::replay_bank(&before, bank), replay::replay_bank(&after, bank));
    let mut pcrs = Vec::new();
    for pcr in 0..24_u8 {
        let value = |replayed: &replay::BankReplay| {
            replayed.register(pcr).map(|register| register.value.to_string())
        };
        let (value_before, value_after) = (value(&replay_before), value(&replay_after));
        if value_before == value_after {
            continue;
        }
        let (of_before, of_after) = (events(&before, pcr, bank), events(&after, pcr, bank));
        let removed = only_in(&of_before, &of_after);
        let added = only_in(&of_after, &of_before);
        let reordered = removed.is_empty() && added.is_empty();
        pcrs.push(PcrDiffDoc {
            pcr,
            before: value_before,
            after: value_after,
            removed,
            added,
            reordered,
        });
    }
    Ok(DiffDoc {
        schema: "portcullis.diff/1".into(),
        bank: bank.to_string(),
        equal: pcrs.is_empty(),
        pcrs,
    })
}

fn read<'a>(field: &str, bytes: &'a [u8], bank: HashAlg) -> Result<EventLog<'a>, Error> {
    let log = eventlog::parse(bytes, &Limits::default())
        .map_err(|broken| Error::field(field, broken.defect))?;
    if log.declares(bank) {
        Ok(log)
    } else {
        Err(Error::field(field, format!("the log has no `{bank}` bank")))
    }
}

type Measured<'l, 'a> = Vec<(&'l Event<'a>, Digest)>;

fn events<'l, 'a>(log: &'l EventLog<'a>, pcr: u8, bank: HashAlg) -> Measured<'l, 'a> {
    replay::extended_events(log)
        .filter(|event| event.pcr == u32::from(pcr))
        .filter_map(|event| Some((event, event.digest(bank)?)))
        .collect()
}

fn only_in(these: &Measured<'_, '_>, those: &Measured<'_, '_>) -> Vec<EventDiffDoc> {
    let mut left: BTreeMap<Digest, usize> = BTreeMap::new();
    for (_, digest) in those {
        let count = left.entry(*digest).or_default();
        *count = count.saturating_add(1);
    }
    these
        .iter()
        .filter(|(_, digest)| match left.get_mut(digest) {
            Some(count) if *count > 0 => {
                *count = count.saturating_sub(1);
                false
            }
            _ => true,
        })
        .map(|(event, digest)| EventDiffDoc {
            index: event.index,
            type_name: event.untrusted_type.to_string(),
            digest: digest.to_string(),
            summary: body::decode(event).summary(),
        })
        .collect()
}
