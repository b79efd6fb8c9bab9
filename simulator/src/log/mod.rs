//! From what a boot measures to the two places that it leaves traces in: the event log and the
//! registers of the TPM.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06, section 10. A boot is a sequence of
//! [`Measurement`]s; [`record`] turns it into the bytes of the log and the list of extends. The
//! two differ on purpose where real machines differ: an extend may go unlogged, and a record may
//! carry fewer banks than the TPM has.

mod encode;

use portcullis_wire::EventType;
use portcullis_wire::event::PCR_NONE;

use crate::hash::{Digest, HashAlg, digest};

pub use encode::{LogFormat, LogLayout};

/// A choice of banks among those that are active.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Banks {
    /// Every active bank.
    All,
    /// This one.
    Only(HashAlg),
    /// Every active bank but this one.
    AllBut(HashAlg),
    /// None.
    None,
}

impl Banks {
    /// True when the choice holds `bank`.
    #[must_use]
    pub fn hold(self, bank: HashAlg) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => only == bank,
            Self::AllBut(other) => other != bank,
            Self::None => false,
        }
    }
}

/// What is extended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hashed {
    /// The data of the record.
    Data,
    /// Something that the data only describes: an image, a file, a table.
    Content(Vec<u8>),
    /// A digest of zero bytes, as it stands: nothing was hashed.
    Zeroes,
}

/// One step of a boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measurement {
    /// The register, or [`PCR_NONE`].
    pub pcr: u32,
    /// What the record says it is.
    pub event_type: EventType,
    /// The data of the record.
    pub data: Vec<u8>,
    /// What the digests cover.
    pub hashed: Hashed,
    /// The banks that are extended.
    pub extended: Banks,
    /// The banks whose digests the record carries; [`Banks::None`] leaves no record.
    pub logged: Banks,
}

impl Measurement {
    /// A record whose digests cover its data, in every bank.
    #[must_use]
    pub fn of_data(pcr: u32, event_type: EventType, data: impl Into<Vec<u8>>) -> Self {
        let (data, hashed) = (data.into(), Hashed::Data);
        Self { pcr, event_type, data, hashed, extended: Banks::All, logged: Banks::All }
    }

    /// A record whose digests cover something else, in every bank.
    #[must_use]
    pub fn of_content(
        pcr: u32,
        event_type: EventType,
        data: impl Into<Vec<u8>>,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let hashed = Hashed::Content(content.into());
        Self { hashed, ..Self::of_data(pcr, event_type, data) }
    }

    /// An informational record: extended nowhere, its digests zero.
    #[must_use]
    pub fn unextended(pcr: u32, data: impl Into<Vec<u8>>) -> Self {
        let (hashed, extended) = (Hashed::Zeroes, Banks::None);
        Self { hashed, extended, ..Self::of_data(pcr, EventType::NO_ACTION, data) }
    }

    /// The same in one bank only, as Windows measures.
    #[must_use]
    pub fn only_in(self, bank: HashAlg) -> Self {
        Self { extended: Banks::Only(bank), logged: Banks::Only(bank), ..self }
    }

    fn digest(&self, bank: HashAlg) -> Digest {
        match &self.hashed {
            Hashed::Data => digest(bank, &[&self.data]),
            Hashed::Content(content) => digest(bank, &[content]),
            Hashed::Zeroes => Digest::filled(bank, 0),
        }
    }
}

/// One `TPM2_PCR_Extend`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extend {
    /// The register, 0 to 23.
    pub pcr: u8,
    /// A digest for each bank that is extended.
    pub digests: Vec<Digest>,
}

/// What a boot leaves behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// The event log.
    pub event_log: Vec<u8>,
    /// The extends, in order.
    pub extends: Vec<Extend>,
}

/// Turns the steps of a boot into its log and its extends.
#[must_use]
pub fn record(measurements: &[Measurement], layout: &LogLayout) -> Recorded {
    let mut event_log = layout.head();
    let mut extends = Vec::new();
    for measurement in measurements {
        let digests = |choice: Banks| {
            let banks = layout.banks.iter().filter(move |bank| choice.hold(**bank));
            banks.map(|bank| measurement.digest(*bank)).collect::<Vec<_>>()
        };
        if measurement.logged != Banks::None {
            layout.append(&mut event_log, measurement, &digests(measurement.logged));
        }
        let extended = digests(measurement.extended);
        if let (Ok(pcr @ 0..24), false) = (u8::try_from(measurement.pcr), extended.is_empty()) {
            extends.push(Extend { pcr, digests: extended });
        }
    }
    layout.pad(&mut event_log);
    Recorded { event_log, extends }
}

/// The record in which Windows stores quotes at run time. Its digest covers the data, and is
/// extended nowhere.
#[must_use]
pub fn trust_point_record(data: Vec<u8>, bank: HashAlg) -> Measurement {
    let extended = Banks::None;
    let record = Measurement::of_data(PCR_NONE, EventType::NO_ACTION, data);
    Measurement { extended, logged: Banks::Only(bank), ..record }
}

/// The steps of a boot that stops in the loader: those before the loader's first set.
#[must_use]
pub(crate) fn before_windows_closes(mut steps: Vec<Measurement>) -> Vec<Measurement> {
    // The boot manager writes once into PCR 14; what comes behind it, the loader writes.
    let boot_manager = steps.iter().position(|step| step.pcr == 14);
    steps.truncate(boot_manager.map_or(steps.len(), |last| last.saturating_add(1)));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(banks: &[HashAlg]) -> LogLayout {
        LogLayout { banks: banks.to_vec(), ..LogLayout::default() }
    }

    #[test]
    fn an_unlogged_step_is_extended_and_leaves_no_record() {
        let layout = layout(&[HashAlg::Sha1, HashAlg::Sha256]);
        let cap = Measurement {
            hashed: Hashed::Zeroes,
            extended: Banks::AllBut(HashAlg::Sha256),
            logged: Banks::None,
            ..Measurement::of_data(3, EventType::ACTION, [])
        };
        let recorded = record(&[cap], &layout);
        assert_eq!(recorded.event_log, record(&[], &layout).event_log);
        let digests = vec![Digest::filled(HashAlg::Sha1, 0)];
        assert_eq!(recorded.extends, [Extend { pcr: 3, digests }]);
    }

    #[test]
    fn a_windows_step_carries_one_digest_whatever_the_banks() {
        let layout = layout(&[HashAlg::Sha1, HashAlg::Sha256]);
        let step =
            Measurement::of_data(12, EventType::EVENT_TAG, *b"data").only_in(HashAlg::Sha256);
        let recorded = record(&[step], &layout);
        let [Extend { pcr: 12, digests }] = recorded.extends.as_slice() else { panic!("extends") };
        assert_eq!(*digests, [digest(HashAlg::Sha256, &[b"data"])]);
        let head = record(&[], &layout).event_log.len();
        assert_eq!(recorded.event_log.len() - head, 12 + 2 + 32 + 4 + 4);
    }

    #[test]
    fn informational_records_extend_nothing() {
        let trust_point = trust_point_record(b"quote".to_vec(), HashAlg::Sha256);
        let locality = Measurement::unextended(0, *b"StartupLocality\0\x03");
        assert_eq!(record(&[locality, trust_point], &layout(&[HashAlg::Sha256])).extends, []);
    }
}
