//! Deltas: small changes of a host that are accepted beside a baseline, until a day.
//!
//! A delta lists what one changed boot has that its baseline has not: an updated `dbx`, a new
//! boot manager, an authority that is no longer used. It only ever adds ways to match; what the
//! baseline admits stays admitted. What it does *not* establish: that the change is a good one
//! (whoever accepts it says so), or that two deltas go together in one exact register.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::compare::{compare, is_there, same};
use super::derive::{Source, read_source, references_of};
use super::{
    Baseline, BaselineLevel, DeriveError, HostMeasurements, ImageReference, SecureBootReference,
};
use crate::crypto::Digest;
use crate::explain;
use crate::finding::{Finding, FindingCode};
use crate::replay;

/// What is accepted beside a baseline, until a second.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaselineDelta {
    /// Its name.
    pub name: String,
    /// The first second at which it no longer counts, since 1970-01-01T00:00:00Z.
    pub expires_unix_s: u64,
    /// Events of PCR 7 that a host may have.
    pub secure_boot: Vec<SecureBootReference>,
    /// Events of the baseline that a host need not have.
    pub dispensable: Vec<SecureBootReference>,
    /// Boot applications that may run.
    pub images: Vec<ImageReference>,
    /// Other values of exact registers.
    pub pcrs: BTreeMap<u8, Digest>,
}

impl BaselineDelta {
    /// True while it counts. It does not count in the second of its expiry.
    #[must_use]
    pub const fn counts_at(&self, unix_s: u64) -> bool {
        unix_s < self.expires_unix_s
    }
}

impl Baseline {
    /// The baseline with what deltas admit. Of an exact register, that value is taken which the
    /// host has, if any delta lists it.
    #[must_use]
    pub fn with<'d>(
        &self,
        deltas: impl IntoIterator<Item = &'d BaselineDelta>,
        registers: &[Option<Digest>; 24],
    ) -> Cow<'_, Self> {
        let mut whole = Cow::Borrowed(self);
        for delta in deltas {
            whole.to_mut().admit(delta, registers);
        }
        whole
    }

    fn admit(&mut self, delta: &BaselineDelta, registers: &[Option<Digest>; 24]) {
        for known in &mut self.secure_boot {
            if delta.dispensable.iter().any(|other| same(known, other)) {
                known.required = false;
            }
        }
        let admitted = delta.secure_boot.iter().cloned();
        self.secure_boot
            .extend(admitted.map(|reference| SecureBootReference { required: false, ..reference }));
        self.images.extend(delta.images.iter().cloned());
        for (pcr, value) in &delta.pcrs {
            let found = registers.get(usize::from(*pcr)).copied().flatten();
            // A register that the baseline does not compare stays without comparison.
            if let Some(expected) = self.pcrs.get_mut(pcr).filter(|_| found == Some(*value)) {
                *expected = *value;
            }
        }
    }
}

/// A change that was accepted, with what it is, as sentences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// The delta.
    pub delta: BaselineDelta,
    /// What it accepts.
    pub changes: Vec<String>,
}

/// Why a change cannot be accepted as a delta.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AcceptError {
    /// The log cannot serve.
    Log(DeriveError),
    /// The log matches the baseline as it is.
    NoDifference,
    /// The change is none that a delta may hold: a revocation would be lost, or the baseline is
    /// in another bank.
    Refused(String),
}

impl fmt::Display for AcceptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(error) => write!(f, "{error}"),
            Self::NoDifference => {
                f.write_str("the log matches the baseline: there is nothing to accept")
            }
            Self::Refused(change) => {
                write!(f, "{change}: no delta accepts this; derive a new baseline if it is wanted")
            }
        }
    }
}

impl std::error::Error for AcceptError {}

/// Makes the delta that admits the boot of `log` beside a baseline, until `expires_unix_s`.
///
/// # Errors
/// [`AcceptError`]: a log that cannot serve, a boot that matches already, a change that is too
/// grave for a delta.
pub fn accept(
    baseline: &Baseline,
    log: &[u8],
    name: &str,
    expires_unix_s: u64,
) -> Result<Accepted, AcceptError> {
    let source = read_source(0, log, baseline.bank, baseline.level).map_err(AcceptError::Log)?;
    let host = HostMeasurements {
        events: &source.events,
        claims: &source.claims,
        registers: registers(&source, baseline),
    };
    let differences = compare(baseline, &host);
    if differences.is_empty() {
        return Err(AcceptError::NoDifference);
    }
    // Whoever takes revocations away lets revoked code run: nobody should accept that in passing.
    let grave = |finding: &&Finding| finding.code == FindingCode::DbxEntriesRemoved;
    if let Some(finding) = differences.iter().find(grave) {
        return Err(AcceptError::Refused(explain::sentence(finding)));
    }
    let delta = BaselineDelta {
        name: name.to_owned(),
        expires_unix_s,
        secure_boot: new_to(baseline, &source),
        dispensable: missing_from(baseline, &source),
        images: new_images(baseline, &source),
        pcrs: other_values(baseline, &host.registers),
    };
    // Nothing above says that all was caught; this does.
    let left = compare(&baseline.with([&delta], &host.registers), &host);
    match left.first() {
        Some(finding) => Err(AcceptError::Refused(explain::sentence(finding))),
        None => {
            Ok(Accepted { delta, changes: differences.iter().map(explain::sentence).collect() })
        }
    }
}

/// The registers that the log leads to.
fn registers(source: &Source<'_>, baseline: &Baseline) -> [Option<Digest>; 24] {
    let replayed = replay::replay_bank(&source.log, baseline.bank);
    let mut registers = [None; 24];
    for (pcr, register) in (0_u8..).zip(registers.iter_mut()) {
        let value = replayed.register(pcr).map(|register| register.value);
        *register = Some(value.unwrap_or_else(|| replayed.reset_value(pcr)));
    }
    registers
}

fn new_to(baseline: &Baseline, source: &Source<'_>) -> Vec<SecureBootReference> {
    let measured = references_of(&source.claims).into_iter();
    measured
        .filter(|reference| !baseline.secure_boot.iter().any(|known| same(known, reference)))
        .map(|reference| SecureBootReference { required: false, ..reference })
        .collect()
}

fn missing_from(baseline: &Baseline, source: &Source<'_>) -> Vec<SecureBootReference> {
    let measured = references_of(&source.claims);
    let required = baseline.secure_boot.iter().filter(|known| known.required);
    required.filter(|known| !is_there(known, &measured)).cloned().collect()
}

fn new_images(baseline: &Baseline, source: &Source<'_>) -> Vec<ImageReference> {
    if baseline.level < BaselineLevel::BootChain {
        return Vec::new();
    }
    let mut images: Vec<ImageReference> = Vec::new();
    for image in &source.claims.boot_chain.images {
        let known = baseline.images.iter().chain(&images).any(|known| known.digest == image.digest);
        if !known {
            let description = image.untrusted_description.clone();
            images.push(ImageReference { digest: image.digest, description });
        }
    }
    images
}

fn other_values(baseline: &Baseline, registers: &[Option<Digest>; 24]) -> BTreeMap<u8, Digest> {
    let differs = |(pcr, expected): (&u8, &Digest)| {
        let found = registers.get(usize::from(*pcr)).copied().flatten()?;
        (found != *expected).then_some((*pcr, found))
    };
    baseline.pcrs.iter().filter_map(differs).collect()
}
