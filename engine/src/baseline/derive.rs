//! Deriving a baseline from the logs of good boots.
//!
//! A log is taken at its word here: the administrator vouches for the reference host. But a log
//! that contradicts itself (events of PCR 7 whose data does not hash to their digest, a bank
//! that is not there) is refused, because no host could ever match it for the right reason.

use std::collections::BTreeMap;
use std::fmt;

use super::strict::event_reference;
use super::{Baseline, BaselineLevel, ImageReference, SecureBootKind, SecureBootReference};
use crate::claims::{self, ClaimSet, SecureBootDefect};
use crate::crypto::{self, Digest, HashAlg};
use crate::formats::ParseError;
use crate::formats::eventlog::{self, EventLog};
use crate::limits::{BASELINE_LOGS_MAX, Limits};
use crate::replay::{self, MeasuredEvents};
use crate::wire::SipaType;

/// Why no baseline can be derived. `log` counts the logs from 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeriveError {
    /// No log, or more than [`BASELINE_LOGS_MAX`].
    LogCount(usize),
    /// A log cannot be decoded.
    Unreadable {
        /// Which log.
        log: usize,
        /// Where and why.
        error: ParseError,
    },
    /// A log has no digests for the bank.
    BankMissing {
        /// Which log.
        log: usize,
        /// The bank.
        bank: HashAlg,
    },
    /// A log contradicts itself in PCR 7.
    Contradictory {
        /// Which log.
        log: usize,
        /// How.
        defect: SecureBootDefect,
    },
    /// Nothing was measured into PCR 7, or no boot application into PCR 4.
    Empty {
        /// Which log.
        log: usize,
        /// Which register is empty.
        pcr: u8,
    },
}

impl fmt::Display for DeriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogCount(count) => {
                write!(f, "a baseline needs 1 to {BASELINE_LOGS_MAX} logs, got {count}")
            }
            Self::Unreadable { log, error } => write!(f, "log {log}: {error}"),
            Self::BankMissing { log, bank } => write!(f, "log {log} has no `{bank}` bank"),
            Self::Contradictory { log, defect } => {
                write!(f, "log {log} contradicts itself in PCR 7: {defect:?}")
            }
            Self::Empty { log, pcr } => write!(f, "log {log} measures nothing into PCR {pcr}"),
        }
    }
}

impl std::error::Error for DeriveError {}

pub(super) struct Source<'a> {
    pub log: EventLog<'a>,
    pub claims: ClaimSet,
    pub events: MeasuredEvents<'a>,
}

/// Derives a baseline from one log or several.
///
/// `pcrs` is the bitmap of registers for level `strict`; registers that differ between the logs
/// are left out and listed.
///
/// # Errors
/// [`DeriveError`] names the log that cannot serve.
pub fn derive(
    name: &str,
    logs: &[&[u8]],
    level: BaselineLevel,
    bank: HashAlg,
    pcrs: u32,
) -> Result<Baseline, DeriveError> {
    if logs.is_empty() || logs.len() > BASELINE_LOGS_MAX {
        return Err(DeriveError::LogCount(logs.len()));
    }
    let sources = logs
        .iter()
        .enumerate()
        .map(|(index, bytes)| read_source(index, bytes, bank, level))
        .collect::<Result<Vec<_>, _>>()?;
    let mut baseline = Baseline {
        name: name.to_owned(),
        level,
        bank,
        logs_count: sources.len(),
        secure_boot: secure_boot(&sources),
        images: Vec::new(),
        pcrs: BTreeMap::new(),
        pcrs_differing: Vec::new(),
        events: Vec::new(),
    };
    if level >= BaselineLevel::BootChain {
        baseline.images = images(&sources);
    }
    if level >= BaselineLevel::Strict {
        registers(&mut baseline, &sources, pcrs);
    }
    Ok(baseline)
}

pub(super) fn read_source<'a>(
    index: usize,
    bytes: &'a [u8],
    bank: HashAlg,
    level: BaselineLevel,
) -> Result<Source<'a>, DeriveError> {
    let log = eventlog::parse(bytes, &Limits::default())
        .map_err(|broken| DeriveError::Unreadable { log: index, error: broken.defect })?;
    if !log.declares(bank) {
        return Err(DeriveError::BankMissing { log: index, bank });
    }
    let events = replay::measure(&log, bank, None);
    let claims = claims::extract(&events);
    let contradiction = claims.secure_boot.defects.iter().find(|defect| {
        matches!(defect, SecureBootDefect::Unbound(_) | SecureBootDefect::Duplicate(..))
    });
    if let Some(defect) = contradiction {
        return Err(DeriveError::Contradictory { log: index, defect: defect.clone() });
    }
    if claims.secure_boot.variables.is_empty() && claims.secure_boot.authorities.is_empty() {
        return Err(DeriveError::Empty { log: index, pcr: 7 });
    }
    if level >= BaselineLevel::BootChain && claims.boot_chain.images.is_empty() {
        return Err(DeriveError::Empty { log: index, pcr: 4 });
    }
    Ok(Source { log, claims, events })
}

/// The union of what the logs have in PCR 7; `required` marks what all of them have.
fn secure_boot(sources: &[Source<'_>]) -> Vec<SecureBootReference> {
    let mut references: Vec<SecureBootReference> = Vec::new();
    let all: Vec<Vec<SecureBootReference>> =
        sources.iter().map(|source| references_of(&source.claims)).collect();
    for reference in all.iter().flatten() {
        let known = references.iter().any(|known| {
            known.kind == reference.kind
                && known.label == reference.label
                && known.digest == reference.digest
        });
        if !known {
            references.push(reference.clone());
        }
    }
    for reference in &mut references {
        reference.required = all.iter().all(|of_log| {
            of_log.iter().any(|other| {
                other.kind == reference.kind
                    && other.label == reference.label
                    && (other.digest == reference.digest
                        || matches!(
                            reference.kind,
                            SecureBootKind::Variable | SecureBootKind::ConfigurationPolicy
                        ))
            })
        });
    }
    references
}

/// What one log measured of Secure Boot, as references.
pub(super) fn references_of(claims: &ClaimSet) -> Vec<SecureBootReference> {
    let policy = claims.windows.secure_boot_policy.value().map(|digest| SecureBootReference {
        kind: SecureBootKind::ConfigurationPolicy,
        label: SipaType::SBCP_INFO.to_string(),
        // The measured digest is of any algorithm; hashed, it has the size of the bank's.
        digest: crypto::digest(claims.bank, &[digest]),
        required: true,
        entries: Vec::new(),
        data_sha256: None,
    });
    let claims = &claims.secure_boot;
    let variables = claims.variables.iter().map(|variable| SecureBootReference {
        kind: SecureBootKind::Variable,
        label: variable.name.clone(),
        digest: variable.digest,
        required: true,
        entries: variable.entries.clone(),
        data_sha256: None,
    });
    let authorities = claims.authorities.iter().map(|authority| SecureBootReference {
        kind: SecureBootKind::Authority,
        label: authority.variable.clone(),
        digest: authority.digest,
        required: true,
        entries: Vec::new(),
        data_sha256: Some(authority.data_sha256),
    });
    let actions = claims.actions.iter().map(|(text, digest, _)| SecureBootReference {
        kind: SecureBootKind::Action,
        label: text.escape_ascii().to_string(),
        digest: *digest,
        required: true,
        entries: Vec::new(),
        data_sha256: None,
    });
    variables.chain(authorities).chain(actions).chain(policy).collect()
}

fn images(sources: &[Source<'_>]) -> Vec<ImageReference> {
    let mut images: Vec<ImageReference> = Vec::new();
    for image in sources.iter().flat_map(|source| &source.claims.boot_chain.images) {
        if !images.iter().any(|known| known.digest == image.digest) {
            images.push(ImageReference {
                digest: image.digest,
                description: image.untrusted_description.clone(),
            });
        }
    }
    images
}

fn registers(baseline: &mut Baseline, sources: &[Source<'_>], pcrs: u32) {
    let replays: Vec<_> =
        sources.iter().map(|source| replay::replay_bank(&source.log, baseline.bank)).collect();
    for pcr in (0..24_u8).filter(|pcr| pcrs & (1 << pcr) != 0) {
        let mut values = replays.iter().map(|replayed| {
            replayed.register(pcr).map_or(replayed.reset_value(pcr), |register| register.value)
        });
        let Some(first) = values.next() else { continue };
        if values.all(|value: Digest| value == first) {
            baseline.pcrs.insert(pcr, first);
        } else {
            baseline.pcrs_differing.push(pcr);
        }
    }
    if let Some(source) = sources.first() {
        baseline.events = source
            .events
            .iter()
            .filter(|event| baseline.pcrs.contains_key(&event.pcr()))
            .map(event_reference)
            .collect();
    }
}
