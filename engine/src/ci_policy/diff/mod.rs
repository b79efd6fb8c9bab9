//! What two policies say differently, whatever they are written in.
//!
//! Each policy becomes a list of statements that hold without ids, names and order; the
//! difference is that of the two lists. Policies without a difference may still have different
//! digests: [`Difference::is_empty`] says nothing about bytes.

pub mod describe;
mod state;

use std::collections::BTreeMap;

pub use state::{Statements, statements};

use super::model::CiPolicy;

/// What a statement is about; also the order of the lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// Kind and ids of the policy.
    Policy,
    /// Its version.
    Version,
    /// A rule option.
    Option,
    /// A file rule and where it holds.
    FileRule,
    /// A signer and where it counts.
    Signer,
    /// An artifact rule.
    ArtifactRule,
    /// A setting.
    Setting,
}

impl Topic {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Version => "version",
            Self::Option => "option",
            Self::FileRule => "file_rule",
            Self::Signer => "signer",
            Self::ArtifactRule => "artifact_rule",
            Self::Setting => "setting",
        }
    }
}

/// One thing that a policy says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Statement {
    /// What it is about.
    pub topic: Topic,
    /// What it says, safe to print.
    pub text: String,
}

/// The difference of two policies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What only the first says, in the order of the topics.
    pub removed: Vec<Statement>,
    /// What only the second says, in the order of the topics.
    pub added: Vec<Statement>,
    /// False when one of them says too much to be compared: then an empty list proves nothing.
    pub complete: bool,
}

impl Difference {
    /// True when both say the same, all of it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.complete && self.removed.is_empty() && self.added.is_empty()
    }
}

/// Compares two policies.
#[must_use]
pub fn diff(before: &CiPolicy, after: &CiPolicy) -> Difference {
    let (before, after) = (statements(before), statements(after));
    let mut counts: BTreeMap<&Statement, (usize, usize)> = BTreeMap::new();
    for statement in &before.list {
        let (count, _) = counts.entry(statement).or_default();
        *count = count.saturating_add(1);
    }
    for statement in &after.list {
        let (_, count) = counts.entry(statement).or_default();
        *count = count.saturating_add(1);
    }
    let complete = before.complete && after.complete;
    let mut difference = Difference { removed: Vec::new(), added: Vec::new(), complete };
    for (statement, (before, after)) in counts {
        let removed = before.saturating_sub(after);
        let added = after.saturating_sub(before);
        difference.removed.extend(core::iter::repeat_n(statement.clone(), removed));
        difference.added.extend(core::iter::repeat_n(statement.clone(), added));
    }
    difference
}

#[cfg(test)]
mod tests;
