//! Why a register does not replay, where that can be known.
//!
//! A hash chain does not say which link is wrong. But a few causes can be tried: each candidate
//! change of the log is replayed, and one that leads to the signed value is the cause.

use portcullis_wire::event::action;

use super::{BankReplay, extend, extended_events, reset_value};
use crate::Span;
use crate::crypto::{self, Digest, HashAlg};
use crate::formats::eventlog::{Event, EventLog};
use crate::limits::DIAGNOSE_EVENTS_MAX;

/// The cause of a mismatch.
pub(super) struct Diagnosis {
    /// In words.
    pub text: String,
    /// The record that is at fault, if one is.
    pub event: Option<(usize, Span)>,
}

/// Tries the known causes, the likeliest first.
pub(super) fn diagnose(
    log: &EventLog<'_>,
    replayed: &BankReplay,
    pcr: u8,
    target: &Digest,
) -> Option<Diagnosis> {
    let bank = replayed.bank;
    let events: Vec<&Event<'_>> =
        extended_events(log).filter(|event| event.pcr == u32::from(pcr)).collect();
    // Every candidate replays the register: quadratic, so bounded.
    if events.len() > DIAGNOSE_EVENTS_MAX {
        return None;
    }
    let digests: Vec<Digest> = events.iter().filter_map(|event| event.digest(bank)).collect();
    if digests.len() != events.len() {
        return None;
    }
    let reset = replayed.reset_value(pcr);
    surplus_tail(&events, &digests, reset, target)
        .or_else(|| surplus_event(&events, &digests, reset, target))
        .or_else(|| altered_digest(&events, &digests, reset, target))
        .or_else(|| startup_locality(&digests, bank, pcr, target))
        .or_else(|| missing_exit_boot_services(&digests, bank, pcr, reset, target))
}

fn fold<'d>(start: Digest, digests: impl IntoIterator<Item = &'d Digest>) -> Digest {
    digests.into_iter().fold(start, |register, digest| extend(&register, digest))
}

/// The register equals a prefix of the log: what follows was appended.
fn surplus_tail(
    events: &[&Event<'_>],
    digests: &[Digest],
    reset: Digest,
    target: &Digest,
) -> Option<Diagnosis> {
    let mut register = reset;
    for (event, digest) in events.iter().zip(digests) {
        if register == *target {
            return Some(Diagnosis {
                text: format!("the register ends before event {}", event.index),
                event: Some((event.index, event.span)),
            });
        }
        register = extend(&register, digest);
    }
    None
}

/// Leaving out one event leads to the register: that event was never extended.
fn surplus_event(
    events: &[&Event<'_>],
    digests: &[Digest],
    reset: Digest,
    target: &Digest,
) -> Option<Diagnosis> {
    let mut prefix = reset;
    for (position, (event, digest)) in events.iter().zip(digests).enumerate() {
        let without = fold(prefix, digests.iter().skip(position.saturating_add(1)));
        if without == *target {
            return Some(Diagnosis {
                text: format!("event {} was never extended", event.index),
                event: Some((event.index, event.span)),
            });
        }
        prefix = extend(&prefix, digest);
    }
    None
}

/// Replacing one digest by the hash of its data leads to the register: the digest was altered.
fn altered_digest(
    events: &[&Event<'_>],
    digests: &[Digest],
    reset: Digest,
    target: &Digest,
) -> Option<Diagnosis> {
    let mut prefix = reset;
    for (position, (event, digest)) in events.iter().zip(digests).enumerate() {
        let hashed = crypto::digest(digest.alg(), &[event.data]);
        if hashed != *digest {
            let tail = digests.iter().skip(position.saturating_add(1));
            if fold(extend(&prefix, &hashed), tail) == *target {
                return Some(Diagnosis {
                    text: format!("the digest of event {} was altered", event.index),
                    event: Some((event.index, event.span)),
                });
            }
        }
        prefix = extend(&prefix, digest);
    }
    None
}

/// Another startup locality leads to the register.
fn startup_locality(
    digests: &[Digest],
    bank: HashAlg,
    pcr: u8,
    target: &Digest,
) -> Option<Diagnosis> {
    if pcr != 0 {
        return None;
    }
    let locality = [0, 3, 4]
        .into_iter()
        .find(|&locality| fold(reset_value(bank, 0, locality), digests) == *target)?;
    Some(Diagnosis {
        text: format!("the TPM was started at locality {locality}, the log says otherwise"),
        event: None,
    })
}

/// The log was captured before the operating system took over, the quote after.
fn missing_exit_boot_services(
    digests: &[Digest],
    bank: HashAlg,
    pcr: u8,
    reset: Digest,
    target: &Digest,
) -> Option<Diagnosis> {
    if pcr != 5 {
        return None;
    }
    let invocation = crypto::digest(bank, &[action::EXIT_BOOT_SERVICES_INVOCATION]);
    let success = crypto::digest(bank, &[action::EXIT_BOOT_SERVICES_SUCCESS]);
    let failure = crypto::digest(bank, &[action::EXIT_BOOT_SERVICES_FAILURE]);
    let register = fold(reset, digests);
    let tails: [&[Digest]; 4] = [
        &[success],
        &[invocation, success],
        &[invocation, failure],
        &[invocation, failure, success],
    ];
    tails.into_iter().find(|tail| fold(register, *tail) == *target)?;
    Some(Diagnosis {
        text: "the log was captured before ExitBootServices: its last events are missing".into(),
        event: None,
    })
}
