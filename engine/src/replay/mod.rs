//! Replay: the registers that a log leads to, and whether the TPM agrees.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06, section 10 (event log) and TPM 2.0
//! Library part 1, section 17 (PCR operations).
//!
//! A matching replay establishes that each digest of the log was extended into its register in
//! this order. It does *not* establish the type of any event, the data of an event whose digest
//! covers something else, nor the order of events in different registers.

mod banks;
mod compare;
mod diagnose;
mod measured;

use portcullis_wire::event::PCR_COUNT;

pub use banks::{
    carte_blanche_finding, compare_other_banks, compare_recorded, coverage_finding,
    startup_findings,
};
pub use compare::{PcrRow, PcrState, compare};
pub use measured::{MeasuredEvent, MeasuredEvents, measure};

use crate::crypto::{self, Digest, HashAlg};
use crate::formats::eventlog::{self, Event, EventLog};

/// The registers of every bank that the log has digests for and the engine can compute.
#[derive(Clone, Debug)]
pub struct Replay {
    /// One entry for each bank, in the order of the log's header.
    pub banks: Vec<BankReplay>,
}

/// The registers of one bank.
#[derive(Clone, Debug)]
pub struct BankReplay {
    /// The bank.
    pub bank: HashAlg,
    /// Last byte of PCR 0 before its first event.
    pub startup_locality: u8,
    /// The registers 0 to 23; `None` where the log holds no event.
    pub registers: [Option<Register>; PCR_COUNT],
    /// Indices of extended records without a digest for this bank.
    pub uncovered: Vec<usize>,
}

/// One replayed register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Register {
    /// Its value after the last event.
    pub value: Digest,
    /// Number of events that were extended into it.
    pub events_count: usize,
}

impl Replay {
    /// The registers of one bank.
    #[must_use]
    pub fn bank(&self, bank: HashAlg) -> Option<&BankReplay> {
        self.banks.iter().find(|replayed| replayed.bank == bank)
    }
}

impl BankReplay {
    /// One register; `None` when the log holds no event for it.
    #[must_use]
    pub fn register(&self, pcr: u8) -> Option<&Register> {
        self.registers.get(usize::from(pcr))?.as_ref()
    }

    /// Value of a register before its first event.
    #[must_use]
    pub fn reset_value(&self, pcr: u8) -> Digest {
        reset_value(self.bank, pcr, self.startup_locality)
    }
}

/// The banks of a log that the engine can compute.
pub fn hash_banks(log: &EventLog<'_>) -> impl Iterator<Item = HashAlg> {
    log.banks.iter().filter_map(|bank| HashAlg::from_tpm(bank.alg))
}

/// The records that a TPM saw: all but the informational ones.
pub fn extended_events<'l, 'a>(log: &'l EventLog<'a>) -> impl Iterator<Item = &'l Event<'a>> {
    log.events.iter().filter(|event| event.is_extended())
}

/// Value of a register before its first event: 17 to 22 (DRTM) are all ones until a dynamic
/// launch, the others zero, with the startup locality as last byte of PCR 0.
#[must_use]
pub fn reset_value(bank: HashAlg, pcr: u8, startup_locality: u8) -> Digest {
    match pcr {
        0 if startup_locality != 0 => {
            let mut bytes = vec![0; bank.size_bytes()];
            if let Some(last) = bytes.last_mut() {
                *last = startup_locality;
            }
            Digest::new(bank, &bytes).unwrap_or(Digest::filled(bank, 0))
        }
        17..=22 => Digest::filled(bank, 0xff),
        _ => Digest::filled(bank, 0),
    }
}

/// `TPM2_PCR_Extend`.
#[must_use]
pub fn extend(register: &Digest, digest: &Digest) -> Digest {
    crypto::digest(register.alg(), &[register.as_bytes(), digest.as_bytes()])
}

/// Replays every bank of a log.
#[must_use]
pub fn replay(log: &EventLog<'_>) -> Replay {
    let startup_locality = eventlog::startup(log).initial_pcr0_byte();
    let banks = hash_banks(log).map(|bank| replay_from(log, bank, startup_locality));
    Replay { banks: banks.collect() }
}

/// Replays one bank of a log.
#[must_use]
pub fn replay_bank(log: &EventLog<'_>, bank: HashAlg) -> BankReplay {
    replay_from(log, bank, eventlog::startup(log).initial_pcr0_byte())
}

fn replay_from(log: &EventLog<'_>, bank: HashAlg, startup_locality: u8) -> BankReplay {
    let mut registers = [None; PCR_COUNT];
    let mut uncovered = Vec::new();
    for event in extended_events(log) {
        let Some(digest) = event.digest(bank) else {
            uncovered.push(event.index);
            continue;
        };
        let Ok(pcr) = u8::try_from(event.pcr) else { continue };
        let Some(slot) = registers.get_mut(usize::from(pcr)) else { continue };
        let register = slot.get_or_insert_with(|| {
            let value = reset_value(bank, pcr, startup_locality);
            Register { value, events_count: 0 }
        });
        register.value = extend(&register.value, &digest);
        register.events_count = register.events_count.saturating_add(1);
    }
    BankReplay { bank, startup_locality, registers, uncovered }
}
