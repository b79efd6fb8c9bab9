//! Findings: what is wrong or noteworthy about a host, as data.
//!
//! A finding carries a stable code, what was expected, what was found, and in which bytes. It
//! carries no severity: [`crate::verdict`] decides that once, for all of them. It carries no
//! prose: [`crate::explain`] renders it, for every front end.

mod code;

use std::fmt;

pub use code::FindingCode;

use crate::Span;
use crate::claims::SignatureId;
use crate::crypto::{Digest, HashAlg};
use crate::evidence::Artefact;
use crate::wire::SipaType;

/// One thing that is wrong or noteworthy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What kind of thing.
    pub code: FindingCode,
    /// What it is about.
    pub subject: Subject,
    /// What was expected, where that can be said.
    pub expected: Option<Fact>,
    /// What was found.
    pub found: Option<Fact>,
    /// What a list gained and lost, where expected and found are lists.
    pub difference: Option<Difference>,
    /// The bytes that it rests on.
    pub because: Vec<Place>,
    /// The policy or baseline that asked, for findings of a rule.
    pub rule: Option<String>,
}

impl Finding {
    /// A finding with nothing but its code and subject.
    #[must_use]
    pub const fn new(code: FindingCode, subject: Subject) -> Self {
        Self {
            code,
            subject,
            expected: None,
            found: None,
            difference: None,
            because: Vec::new(),
            rule: None,
        }
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, fact: impl Into<Fact>) -> Self {
        self.expected = Some(fact.into());
        self
    }

    /// Adds what was found.
    #[must_use]
    pub fn found(mut self, fact: impl Into<Fact>) -> Self {
        self.found = Some(fact.into());
        self
    }

    /// Adds what a list gained and lost.
    #[must_use]
    pub fn differing(mut self, difference: Difference) -> Self {
        self.difference = Some(difference);
        self
    }

    /// Adds a place that the finding rests on.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.because.push(place);
        self
    }

    /// Names the rule that asked.
    #[must_use]
    pub fn by_rule(mut self, rule: &str) -> Self {
        self.rule = Some(rule.to_owned());
        self
    }
}

/// What a finding is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// The host as a whole.
    Host,
    /// One artefact.
    Artefact(Artefact),
    /// One bank of registers.
    Bank(HashAlg),
    /// One register.
    Pcr(HashAlg, u8),
    /// One record of the event log.
    Event {
        /// Index, counted from 0.
        index: usize,
        /// The register that it names.
        pcr: u32,
    },
    /// One UEFI variable.
    Variable(String),
    /// One of Windows' own measurements.
    Measurement(SipaType),
    /// One code integrity policy.
    CiPolicy(String),
    /// One policy.
    Policy(&'static str),
    /// One baseline.
    Baseline(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Artefact(artefact) => write!(f, "{artefact}"),
            Self::Bank(bank) => write!(f, "bank {bank}"),
            Self::Pcr(bank, pcr) => write!(f, "pcr {pcr} ({bank})"),
            Self::Event { index, pcr } => write!(f, "event {index} (pcr {pcr})"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Measurement(kind) => write!(f, "measurement {kind}"),
            Self::CiPolicy(name) => write!(f, "CI policy {name}"),
            Self::Policy(name) => write!(f, "policy {name}"),
            Self::Baseline(name) => write!(f, "baseline {name}"),
        }
    }
}

/// A value in a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// A digest.
    Digest(Digest),
    /// Other bytes; shown as hexadecimal.
    Bytes(Vec<u8>),
    /// A number.
    Number(u64),
    /// Text that is safe to show: escaped where it came from evidence.
    Text(String),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(f, "{digest}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<Digest> for Fact {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

impl From<&[u8]> for Fact {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Fact {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// What a signature database gained and lost, entry by entry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Difference {
    /// Entries that were not expected.
    pub added: Vec<SignatureId>,
    /// Entries that were expected and are not there.
    pub removed: Vec<SignatureId>,
}

/// Where in the evidence something stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The artefact.
    pub artefact: Artefact,
    /// The bytes in it.
    pub span: Span,
    /// The record of the event log that holds them.
    pub event: Option<usize>,
}

impl Place {
    /// A place in an artefact that has no records.
    #[must_use]
    pub const fn new(artefact: Artefact, span: Span) -> Self {
        Self { artefact, span, event: None }
    }

    /// A place in a record of the event log.
    #[must_use]
    pub const fn in_event(index: usize, span: Span) -> Self {
        Self { artefact: Artefact::EventLog, span, event: Some(index) }
    }
}
