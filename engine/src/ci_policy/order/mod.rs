//! The order that Microsoft's converter gives rules and settings.
//!
//! The order is part of the hash that a host measures. File rules are sorted by kind, names and
//! hash, settings by their three names. Rules that differ in nothing of that (two versions of one
//! driver) tie, and then the order is what an *unstable* sort of .NET happens to leave. Two such
//! sorts were seen in real files, and are repeated here step by step in [`sort`].

mod compare;
mod sort;

use crate::ci_policy::model::{CiPolicy, References, Scenario, SignerGroup, at};

use compare::{compare_rules, compare_settings};

/// What to do with rules and settings that tie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TieOrder {
    /// As the introspective sort of .NET Framework 4.5 and later leaves them. Real files.
    Introsort,
    /// As the quicksort of older frameworks leaves them: Microsoft's driver blocklists. Real
    /// files.
    Legacy,
    /// Nothing is sorted, ties or not: the order of the source.
    Stored,
}

impl TieOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Introsort, Self::Legacy, Self::Stored];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Introsort => "introsort",
            Self::Legacy => "legacy",
            Self::Stored => "stored",
        }
    }

    /// The order of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// Sorts file rules and settings, and makes every reference follow.
///
/// References to file rules of a scenario are sorted by index; all other lists keep their order.
/// Real files.
pub fn arrange(policy: &mut CiPolicy, order: TieOrder) {
    if order == TieOrder::Stored {
        return;
    }
    let rules = &policy.file_rules;
    let sorted = permutation(rules, order, compare_rules);
    let mut new_index = vec![0; rules.len()];
    for (new, old) in (0_u32..).zip(&sorted) {
        if let Some(slot) = usize::try_from(*old).ok().and_then(|old| new_index.get_mut(old)) {
            *slot = new;
        }
    }
    policy.file_rules = take_in_order(&policy.file_rules, &sorted);
    renumber(policy, &new_index);
    let sorted = permutation(&policy.settings, order, compare_settings);
    policy.settings = take_in_order(&policy.settings, &sorted);
}

/// True when the rules stand as a sort could have left them, whatever it did with ties.
#[must_use]
pub fn is_sorted(policy: &CiPolicy) -> bool {
    policy.file_rules.is_sorted_by(|left, right| compare_rules(left, right).is_le())
        && policy.settings.is_sorted_by(|left, right| compare_settings(left, right).is_le())
        && policy
            .scenarios
            .iter()
            .flat_map(Scenario::groups)
            .all(|(_, group)| group.rules.is_sorted())
}

/// Number of neighbouring rules that tie: where it is zero, every order is the same.
#[must_use]
pub fn ties_count(policy: &CiPolicy) -> usize {
    let mut rules: Vec<_> = policy.file_rules.iter().collect();
    rules.sort_by(|left, right| compare_rules(left, right));
    let ties = |pair: &&[&_]| matches!(pair, [left, right] if compare_rules(left, right).is_eq());
    rules.windows(2).filter(ties).count()
}

fn permutation<T>(
    items: &[T],
    order: TieOrder,
    compare: impl Fn(&T, &T) -> core::cmp::Ordering,
) -> Vec<u32> {
    let indices = (0_u32..).zip(items).map(|(index, _)| index).collect();
    let less = |left: u32, right: u32| match (at(items, left), at(items, right)) {
        (Some(left), Some(right)) => compare(left, right).is_lt(),
        _ => false,
    };
    match order {
        TieOrder::Introsort => sort::introsort(indices, less),
        TieOrder::Legacy => sort::legacy(indices, less),
        TieOrder::Stored => indices,
    }
}

fn take_in_order<T: Clone>(items: &[T], order: &[u32]) -> Vec<T> {
    order.iter().filter_map(|index| at(items, *index).cloned()).collect()
}

fn renumber(policy: &mut CiPolicy, new_index: &[u32]) {
    let follow = |index: &mut u32| *index = at(new_index, *index).copied().unwrap_or(*index);
    for signer in &mut policy.signers {
        signer.file_attribs.iter_mut().for_each(follow);
    }
    for hotpatch in &mut policy.hotpatches {
        follow(&mut hotpatch.base);
        follow(&mut hotpatch.hotpatch);
    }
    for scenario in &mut policy.scenarios {
        for group in scenario.groups_mut() {
            renumber_group(group, follow);
        }
        // Artifact rules are not sorted themselves; references to them are. One source.
        scenario.artifacts.rules.sort_unstable();
    }
    policy.hotpatches.sort_by_key(|hotpatch| hotpatch.base);
    sort_references(&mut policy.signer_artifacts);
    sort_references(&mut policy.eku_exceptions);
}

fn sort_references(references: &mut [References]) {
    references.sort_by_key(|reference| reference.signer);
}

fn renumber_group(group: &mut SignerGroup, follow: impl Fn(&mut u32) + Copy) {
    for reference in group.allowed.iter_mut().chain(&mut group.denied) {
        reference.except.iter_mut().for_each(follow);
    }
    group.rules.iter_mut().for_each(follow);
    group.rules.sort_unstable();
}

#[cfg(test)]
mod tests;
