//! Breaches of the order in which Windows measures. Each spoils the whole story: a log that
//! breaks the order was not written by Windows alone.

use core::fmt;

use crate::finding::Place;
use crate::wire::SipaType;

/// A breach.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WindowsDefect {
    /// The digest of an event does not cover its data, so the data proves nothing.
    Unbound(Place),
    /// The data of an event is no run of elements, or an element does not decode.
    Malformed {
        /// Where.
        place: Place,
        /// Why, safe to print.
        reason: String,
    },
    /// An element stands where Windows writes none of its type.
    Misplaced(SipaType, Place),
    /// A register was not closed, or closed twice.
    Separators {
        /// The register.
        pcr: u8,
        /// How many separators it holds.
        count: usize,
    },
    /// PCR 11 does not hold exactly the opening and the cap.
    Cap {
        /// How many events it holds.
        events_count: usize,
    },
    /// PCR 12 and 13 state this element differently.
    StatesDiffer(SipaType),
    /// PCR 12 and 13 name different modules.
    ModulesDiffer,
}

impl WindowsDefect {
    /// Where it is, when it is in one place.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        match self {
            Self::Unbound(place) | Self::Malformed { place, .. } | Self::Misplaced(_, place) => {
                Some(*place)
            }
            _ => None,
        }
    }
}

impl fmt::Display for WindowsDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbound(_) => f.write_str("data that its digest does not cover"),
            Self::Malformed { reason, .. } => f.write_str(reason),
            Self::Misplaced(kind, _) => write!(f, "`{kind}` where Windows writes none"),
            Self::Separators { pcr, count } => {
                write!(f, "{count} `WBCL` separators in PCR {pcr}, expected one")
            }
            Self::Cap { events_count } => {
                write!(f, "PCR 11 does not hold the opening and the cap, but {events_count} events")
            }
            Self::StatesDiffer(kind) => write!(f, "PCR 12 and 13 state `{kind}` differently"),
            Self::ModulesDiffer => f.write_str("PCR 12 and 13 name different modules"),
        }
    }
}
