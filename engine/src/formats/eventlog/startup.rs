//! From which value PCR 0 starts.
//!
//! Specification: Platform Firmware Profile 1.06, section 10.4.5 (`StartupLocality`):
//! `TPM2_Startup` from locality 3 leaves 3 in the last byte of PCR 0, a hardware root of trust
//! (H-CRTM) leaves 4.
//!
//! The records that say so are not covered by any register. That needs no trust: a wrong start
//! value makes the replay miss the quoted register. Violations are data, not a parse error: the
//! replay still tries what the log claims, and the report says what is odd.

use portcullis_wire::EventType;
use portcullis_wire::event::no_action::STARTUP_LOCALITY;

use super::{Event, EventLog};
use crate::Span;

/// Locality that stands for a hardware root of trust.
const LOCALITY_HCRTM: u8 = 4;

/// What a log says about the start of PCR 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Startup {
    /// The first well-formed `StartupLocality` record.
    pub locality: Option<StartupLocality>,
    /// Number of the first `EV_EFI_HCRTM_EVENT` record of PCR 0.
    pub hcrtm_event: Option<usize>,
    /// What is wrong with these records, in the order of the log.
    pub defects: Vec<StartupDefect>,
}

/// A `StartupLocality` record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StartupLocality {
    /// The locality that sent `TPM2_Startup`.
    pub locality: u8,
    /// Number of the record.
    pub event: usize,
    /// Where the locality stands.
    pub span: Span,
}

/// Violations of the rules for `StartupLocality`. Each names the number of its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartupDefect {
    /// The record holds more or less than signature and locality; it does not count.
    Malformed {
        /// The record.
        event: usize,
    },
    /// The record names another register than PCR 0; it does not count.
    WrongRegister {
        /// The record.
        event: usize,
    },
    /// A second record; it does not count.
    Repeated {
        /// The record.
        event: usize,
    },
    /// Something was extended into PCR 0 before the record.
    AfterExtend {
        /// The record.
        event: usize,
        /// The first record that was extended into PCR 0.
        extended_by: usize,
    },
    /// A locality that cannot start a TPM (0 and 3 can; 4 stands for an H-CRTM).
    ImpossibleLocality {
        /// The record.
        event: usize,
        /// The locality.
        locality: u8,
    },
    /// Locality 4, but no `EV_EFI_HCRTM_EVENT` in PCR 0.
    HcrtmNotLogged {
        /// The record.
        event: usize,
    },
}

impl Startup {
    /// The last byte of PCR 0 before the first extend; the other bytes are zero.
    ///
    /// Without a `StartupLocality` record, a log that has an H-CRTM event started with an H-CRTM.
    #[must_use]
    pub fn initial_pcr0_byte(&self) -> u8 {
        match (self.locality, self.hcrtm_event) {
            (Some(startup), _) => startup.locality,
            (None, Some(_)) => LOCALITY_HCRTM,
            (None, None) => 0,
        }
    }
}

/// Reads what a log says about the start of PCR 0.
#[must_use]
pub fn startup(log: &EventLog<'_>) -> Startup {
    let mut startup = Startup::default();
    let mut extended_by = None;
    for event in &log.events {
        if event.untrusted_type == EventType::NO_ACTION {
            if event.data.starts_with(STARTUP_LOCALITY) {
                startup.record(event, extended_by);
            }
        } else if event.pcr == 0 {
            extended_by = extended_by.or(Some(event.index));
            if event.untrusted_type == EventType::EFI_HCRTM_EVENT {
                startup.hcrtm_event = startup.hcrtm_event.or(Some(event.index));
            }
        }
    }
    if let (Some(claim), None) = (startup.locality, startup.hcrtm_event)
        && claim.locality == LOCALITY_HCRTM
    {
        startup.defects.push(StartupDefect::HcrtmNotLogged { event: claim.event });
    }
    startup
}

impl Startup {
    fn record(&mut self, event: &Event<'_>, extended_by: Option<usize>) {
        let number = event.index;
        let Some(&[locality]) = event.data.strip_prefix(STARTUP_LOCALITY) else {
            self.defects.push(StartupDefect::Malformed { event: number });
            return;
        };
        if event.pcr != 0 {
            self.defects.push(StartupDefect::WrongRegister { event: number });
            return;
        }
        if self.locality.is_some() {
            self.defects.push(StartupDefect::Repeated { event: number });
            return;
        }
        if let Some(extended_by) = extended_by {
            self.defects.push(StartupDefect::AfterExtend { event: number, extended_by });
        }
        if !matches!(locality, 0 | 3 | LOCALITY_HCRTM) {
            self.defects.push(StartupDefect::ImpossibleLocality { event: number, locality });
        }
        let offset = event.data_span.offset.saturating_add(STARTUP_LOCALITY.len());
        self.locality =
            Some(StartupLocality { locality, event: number, span: Span::new(offset, 1) });
    }
}
