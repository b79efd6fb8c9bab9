//! Which file is the policy that a host measured; and when none is, what the difference is.
//!
//! A log has name, version and digest of each policy in force, no more. A match compares digests
//! only: name and version are information. For a mismatch, each file is changed in the ways in
//! which administrators' files differ from what hosts run (an option turned, another version,
//! converted again in another format or order), until a digest fits. That names a difference with
//! certainty; where none fits, the nearest file by version and name is only a guess, and says so.
//!
//! What a match does **not** establish: that the log is true. That takes a quote.

mod variants;

use portcullis_wire::TpmAlg;
use portcullis_wire::ci_policy::OptionFlag;

use super::file::{self, ReadError};
use super::hash;
use super::model::Version;
use super::order::TieOrder;
use crate::claims::CiPolicyClaim;
use crate::crypto::{Digest, HashAlg};
use crate::limits::{CI_POLICY_MATCH_COUNT_MAX, CI_POLICY_MATCH_SIZE_BYTES_MAX};

/// A policy that a host measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MeasuredCiPolicy {
    /// File name.
    pub name: String,
    /// Version, when it could be read.
    pub version: Option<Version>,
    /// Algorithm of the digest.
    pub algorithm: TpmAlg,
    /// The digest.
    pub digest: Vec<u8>,
}

impl From<&CiPolicyClaim> for MeasuredCiPolicy {
    fn from(claim: &CiPolicyClaim) -> Self {
        Self {
            name: claim.name.clone(),
            version: Version::parse(&claim.version),
            algorithm: claim.algorithm,
            digest: claim.digest.clone(),
        }
    }
}

impl MeasuredCiPolicy {
    fn digest(&self) -> Option<Digest> {
        Digest::new(HashAlg::from_tpm(self.algorithm)?, &self.digest)
    }
}

/// A file to compare with.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its name, without folders.
    pub name: &'a str,
    /// Its bytes: binary, signed binary or XML.
    pub bytes: &'a [u8],
}

/// A change that makes a file the measured policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// The option is turned: `set` is how the host has it.
    Option {
        /// The option.
        option: OptionFlag,
        /// True when the host has it and the file does not.
        set: bool,
    },
    /// The host has this version.
    Version(Version),
    /// The host has the policy in this format and order: another conversion of the same content.
    Converted {
        /// The format.
        format: u32,
        /// The order.
        order: TieOrder,
    },
}

/// What a measured policy is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Relation {
    /// The policy of this file.
    Same {
        /// Index of the candidate.
        candidate: usize,
    },
    /// The digest is that of this whole signed file, signature included. Not what Windows is known
    /// to measure, and no match.
    WholeFile {
        /// Index of the candidate.
        candidate: usize,
    },
    /// The policy of this file after these changes; an XML always takes a conversion.
    Changed {
        /// Index of the candidate.
        candidate: usize,
        /// What the host has differently.
        changes: Vec<Change>,
    },
    /// None of the files, however changed. A guess is the nearest one by version, then by name.
    Unknown {
        /// Index of the candidate that has the same version or name.
        nearest: Option<usize>,
    },
}

/// The outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matching {
    /// What each measured policy is, in their order.
    pub relations: Vec<Relation>,
    /// Why candidates cannot be used: index and error.
    pub unreadable: Vec<(usize, ReadError)>,
    /// False when the search for changes was cut short.
    pub complete: bool,
}

/// Compares what a host measured with files. Of each, at most [`CI_POLICY_MATCH_COUNT_MAX`] are
/// looked at; more leave the outcome incomplete.
#[must_use]
pub fn matching(candidates: &[Candidate<'_>], measured: &[MeasuredCiPolicy]) -> Matching {
    matching_within(candidates, measured, CI_POLICY_MATCH_SIZE_BYTES_MAX)
}

/// [`matching`] that hashes at most so many bytes in search of changes.
#[must_use]
pub fn matching_within(
    candidates: &[Candidate<'_>],
    measured: &[MeasuredCiPolicy],
    size_bytes_max: usize,
) -> Matching {
    let limit = CI_POLICY_MATCH_COUNT_MAX;
    let mut complete = candidates.len() <= limit && measured.len() <= limit;
    let candidates = candidates.get(..limit).unwrap_or(candidates);
    let measured = measured.get(..limit).unwrap_or(measured);
    let unreadable: Vec<_> = (0..)
        .zip(candidates)
        .filter_map(|(index, candidate)| Some((index, file::read(candidate.bytes).err()?)))
        .collect();
    let mut relations: Vec<Option<Relation>> =
        measured.iter().map(|measured| by_digest(candidates, measured)).collect();
    let open = relations.iter().any(Option::is_none);
    complete &= !open || variants::search(candidates, measured, &mut relations, size_bytes_max);
    let relations = relations
        .into_iter()
        .zip(measured)
        .map(|(found, measured)| {
            found.unwrap_or_else(|| Relation::Unknown { nearest: nearest(candidates, measured) })
        })
        .collect();
    Matching { relations, unreadable, complete }
}

/// The candidate whose policy, or whose whole file, has the digest.
fn by_digest(candidates: &[Candidate<'_>], measured: &MeasuredCiPolicy) -> Option<Relation> {
    let digest = measured.digest()?;
    let digests: Vec<_> = candidates
        .iter()
        .map(|candidate| hash::digests(digest.alg(), candidate.bytes).ok())
        .collect();
    let find = |wanted: fn(&hash::PolicyDigests) -> Digest| {
        digests.iter().position(|known| known.as_ref().map(wanted) == Some(digest))
    };
    find(|digests| digests.policy)
        .map(|candidate| Relation::Same { candidate })
        .or_else(|| find(|digests| digests.file).map(|candidate| Relation::WholeFile { candidate }))
}

/// The candidate with the measured version; else the one with the measured file name.
fn nearest(candidates: &[Candidate<'_>], measured: &MeasuredCiPolicy) -> Option<usize> {
    let version = |candidate: &Candidate<'_>| {
        let file = file::read(candidate.bytes).ok()?;
        Some(file.policy.version)
    };
    candidates
        .iter()
        .position(|candidate| measured.version.is_some() && version(candidate) == measured.version)
        .or_else(|| {
            candidates.iter().position(|file| file.name.eq_ignore_ascii_case(&measured.name))
        })
}

#[cfg(test)]
mod tests;
