//! TPM baselines: reference values of good boots, and the comparison of a host with them.
//!
//! Three levels, each including the one before:
//!
//! * `secure_boot`: PCR 7 as a set of variables, authorities and actions, and Windows' Secure
//!   Boot configuration policy. This is what HGS documents. It cannot tell one loader from another that the same authority admits.
//! * `boot_chain`: also an allow-list of the boot applications of PCR 4.
//! * `strict`: also exact values of a chosen set of registers.
//!
//! A small change can be accepted beside a baseline, until a day: [`BaselineDelta`].

mod compare;
mod delta;
mod derive;
mod strict;

use std::collections::BTreeMap;
use std::fmt;

pub use compare::{HostMeasurements, compare};
pub use delta::{AcceptError, Accepted, BaselineDelta, accept};
pub use derive::{DeriveError, derive};

use crate::claims::SignatureId;
use crate::crypto::{Digest, HashAlg};

/// What a baseline demands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum BaselineLevel {
    /// PCR 7 as a set.
    SecureBoot,
    /// Also the boot applications.
    #[default]
    BootChain,
    /// Also exact registers.
    Strict,
}

impl BaselineLevel {
    /// All levels, weakest first.
    pub const ALL: [Self; 3] = [Self::SecureBoot, Self::BootChain, Self::Strict];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SecureBoot => "secure_boot",
            Self::BootChain => "boot_chain",
            Self::Strict => "strict",
        }
    }
}

impl fmt::Display for BaselineLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reference values of one class of hosts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// What it demands.
    pub level: BaselineLevel,
    /// The bank of its digests.
    pub bank: HashAlg,
    /// Number of logs that it was derived from.
    pub logs_count: usize,
    /// PCR 7, as labelled digests.
    pub secure_boot: Vec<SecureBootReference>,
    /// Boot applications that may run.
    pub images: Vec<ImageReference>,
    /// Exact registers; empty below `strict`.
    pub pcrs: BTreeMap<u8, Digest>,
    /// Registers that were asked for, but differ between the logs.
    pub pcrs_differing: Vec<u8>,
    /// The events behind `pcrs`, to say what changed.
    pub events: Vec<EventReference>,
}

/// One event of PCR 7.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecureBootReference {
    /// What kind of event.
    pub kind: SecureBootKind,
    /// Variable name, or text of the action.
    pub label: String,
    /// Its digest.
    pub digest: Digest,
    /// True when all logs of the baseline have it; false when only some do.
    pub required: bool,
    /// Entries of a signature database, to name what was added or removed.
    pub entries: Vec<SignatureId>,
    /// SHA-256 of an authority's certificate.
    pub data_sha256: Option<Digest>,
}

/// Kinds of events in PCR 7.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SecureBootKind {
    /// A configuration variable.
    Variable,
    /// Something that approved an image.
    Authority,
    /// A firmware action.
    Action,
    /// The Secure Boot configuration policy that Windows had in force (PCR 13).
    ConfigurationPolicy,
}

/// One boot application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageReference {
    /// Its Authenticode digest.
    pub digest: Digest,
    /// How the log described it. Not measured.
    pub description: String,
}

/// One event of an exactly matched register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventReference {
    /// The register.
    pub pcr: u8,
    /// Its digest.
    pub digest: Digest,
    /// What kind of thing was measured.
    pub kind: EventKind,
    /// How the log described it. Not measured.
    pub description: String,
}

/// What was measured, for choosing the words of an explanation. Never decides an outcome.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EventKind {
    /// The kernel's command line.
    KernelCommandLine,
    /// `BootOrder` or `Boot####`.
    BootVariable,
    /// A boot attempt.
    BootAction,
    /// An image.
    BootImage,
    /// A file that the boot loader read.
    BootFile,
    /// Anything else.
    Other,
}
