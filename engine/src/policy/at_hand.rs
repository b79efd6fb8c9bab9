//! Code integrity policy files at hand: what a measured digest stands for, in the words of the
//! files that somebody has. They explain, and decide nothing: a policy is registered by its
//! digest, and matched by it.

use std::cell::OnceCell;

use portcullis_wire::ci_policy::OptionFlag;

use crate::ci_policy::matching::{Candidate, Change, MeasuredCiPolicy, Relation, matching_within};
use crate::ci_policy::model::Version;
use crate::ci_policy::{self, CiPolicy, hash};
use crate::claims::CiPolicyClaim;
use crate::crypto::{Digest, HashAlg};
use crate::evidence::CiPolicyFile;
use crate::formats::body::Escaped;
use crate::limits::{CI_POLICY_AT_HAND_SIZE_BYTES_MAX, CI_POLICY_MATCH_COUNT_MAX};

/// The files, and what was already found out with them.
#[derive(Debug, Default)]
pub struct AtHand<'f> {
    files: Vec<Candidate<'f>>,
    /// What each measured policy is. Searched at most once: it is the slowest thing here.
    relations: OnceCell<Vec<Relation>>,
}

/// A file of a known digest.
pub(super) struct Known {
    /// Its name, escaped.
    pub file: String,
    pub version: Version,
    pub audits: bool,
}

impl<'f> AtHand<'f> {
    /// At most [`CI_POLICY_MATCH_COUNT_MAX`] files are looked at.
    #[must_use]
    pub fn new(files: &[CiPolicyFile<'f>]) -> Self {
        let files = files.iter().take(CI_POLICY_MATCH_COUNT_MAX);
        let files = files.map(|file| Candidate { name: file.name, bytes: file.content });
        Self { files: files.collect(), relations: OnceCell::new() }
    }

    /// The file whose policy has this digest.
    pub(super) fn file(&self, sha256: &Digest) -> Option<Known> {
        self.files.iter().find_map(|file| {
            let digests = hash::digests(HashAlg::Sha256, file.bytes).ok()?;
            if digests.policy != *sha256 {
                return None;
            }
            let policy = ci_policy::read(file.bytes).ok()?.policy;
            let audits = policy.has(OptionFlag::AUDIT_MODE);
            Some(Known { file: Escaped(file.name).to_string(), version: policy.version, audits })
        })
    }

    /// What the policy of this index among all that were measured is: how a sentence about it
    /// ends.
    pub(super) fn what_is(&self, measured: &[CiPolicyClaim], index: usize) -> Option<String> {
        if self.files.is_empty() {
            return None;
        }
        let relations = self.relations.get_or_init(|| {
            let measured: Vec<_> = measured.iter().map(MeasuredCiPolicy::from).collect();
            matching_within(&self.files, &measured, CI_POLICY_AT_HAND_SIZE_BYTES_MAX).relations
        });
        let relation = relations.get(index)?;
        let (candidate, changes) = match relation {
            Relation::Same { candidate } => (*candidate, &[][..]),
            Relation::Changed { candidate, changes } => (*candidate, changes.as_slice()),
            Relation::WholeFile { candidate } => {
                let name = Escaped(self.files.get(*candidate)?.name);
                return Some(format!(", which is the whole of `{name}`, signature included"));
            }
            Relation::Unknown { .. } => return None,
        };
        let file = self.files.get(candidate)?;
        let policy = ci_policy::read(file.bytes).ok()?.policy;
        let mut words = vec![mode(audits_after(&policy, changes)).to_owned()];
        words.extend(changes.iter().map(describe));
        Some(format!(", which is `{}` ({})", Escaped(file.name), words.join("; ")))
    }
}

/// Whether the policy that these changes make of a file only audits.
fn audits_after(policy: &CiPolicy, changes: &[Change]) -> bool {
    let turned = changes.iter().find_map(|change| match change {
        Change::Option { option, set } if *option == OptionFlag::AUDIT_MODE => Some(*set),
        _ => None,
    });
    turned.unwrap_or_else(|| policy.has(OptionFlag::AUDIT_MODE))
}

/// What a policy does about code that it does not allow.
pub(super) const fn mode(audits: bool) -> &'static str {
    if audits { "audit mode" } else { "enforced" }
}

/// What a host has that a file has not.
fn describe(change: &Change) -> String {
    match change {
        Change::Option { option, set: true } => format!("with `{option}`"),
        Change::Option { option, set: false } => format!("without `{option}`"),
        Change::Version(version) => format!("in version {version}"),
        Change::Converted { format, order } => {
            format!("converted to format {format}, ties in the order `{}`", order.name())
        }
    }
}
