//! The order of rules and settings, against naive sorts.

use portcullis_wire::ci_policy::FileRuleKind;

use super::*;
use crate::ci_policy::model::{FileRule, Setting, Signer, SignerReference, Version};
use crate::ci_policy::model::{Hotpatch, Root};

/// A generator that gives the same numbers everywhere (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// The older quicksort as its own source reads: signed positions, nothing guarded.
fn naive_legacy(keys: &mut [(u64, usize)], mut left: i64, mut right: i64, mut depth: u32) {
    let swap_if_greater = |keys: &mut [(u64, usize)], a: i64, b: i64| {
        if a != b && keys[a as usize].0 > keys[b as usize].0 {
            keys.swap(a as usize, b as usize);
        }
    };
    while left < right {
        if depth == 0 {
            // Not reached with these sizes; the heap sort has a test of its own.
            panic!("deeper than expected");
        }
        let (mut i, mut j) = (left, right);
        let middle = i + ((j - i) >> 1);
        swap_if_greater(keys, i, middle);
        swap_if_greater(keys, i, j);
        swap_if_greater(keys, middle, j);
        let x = keys[middle as usize].0;
        loop {
            while keys[i as usize].0 < x {
                i += 1;
            }
            while x < keys[j as usize].0 {
                j -= 1;
            }
            if i > j {
                break;
            }
            if i < j {
                keys.swap(i as usize, j as usize);
            }
            i += 1;
            j -= 1;
            if i > j {
                break;
            }
        }
        depth -= 1;
        if j - left <= right - i {
            if left < j {
                naive_legacy(keys, left, j, depth);
            }
            left = i;
        } else {
            if i < right {
                naive_legacy(keys, i, right, depth);
            }
            right = j;
        }
    }
}

/// The introspective sort as its own source reads.
fn naive_introsort(keys: &mut [(u64, usize)]) {
    let greater = |keys: &[(u64, usize)], a: usize, b: usize| keys[a].0 > keys[b].0;
    let mut size = keys.len();
    while size > 1 {
        if size <= 16 {
            if size == 2 {
                if greater(keys, 0, 1) {
                    keys.swap(0, 1);
                }
            } else if size == 3 {
                for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                    if greater(keys, a, b) {
                        keys.swap(a, b);
                    }
                }
            } else {
                // Insertion sort is stable.
                keys[..size].sort_by_key(|key| key.0);
            }
            return;
        }
        let (high, middle) = (size - 1, (size - 1) >> 1);
        for (a, b) in [(0, middle), (0, high), (middle, high)] {
            if greater(keys, a, b) {
                keys.swap(a, b);
            }
        }
        let pivot = keys[middle].0;
        keys.swap(middle, high - 1);
        let (mut left, mut right) = (0, high - 1);
        while left < right {
            left += 1;
            while keys[left].0 < pivot {
                left += 1;
            }
            right -= 1;
            while pivot < keys[right].0 {
                right -= 1;
            }
            if left >= right {
                break;
            }
            keys.swap(left, right);
        }
        if left != high - 1 {
            keys.swap(left, high - 1);
        }
        naive_introsort(&mut keys[left + 1..size]);
        size = left;
    }
}

type Sort = fn(Vec<u32>, &dyn Fn(u32, u32) -> bool) -> Vec<u32>;

fn sorted(values: &[u64], sort: Sort) -> Vec<usize> {
    let keys = (0..u32::try_from(values.len()).unwrap()).collect();
    let less = |a: u32, b: u32| values[a as usize] < values[b as usize];
    sort(keys, &less).into_iter().map(|key| key as usize).collect()
}

#[test]
fn ties_stand_where_the_sorts_of_the_framework_leave_them() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..400 {
        let size = numbers.below(if round < 300 { 60 } else { 2_000 }) as usize;
        // Few values, many ties.
        let range = 1 + numbers.below(12);
        let values: Vec<u64> = (0..size).map(|_| numbers.below(range)).collect();
        let keyed = || values.iter().copied().zip(0..).collect::<Vec<(u64, usize)>>();
        let indices = |keys: Vec<(u64, usize)>| keys.into_iter().map(|(_, index)| index);

        let mut naive = keyed();
        naive_legacy(&mut naive, 0, i64::try_from(size).unwrap() - 1, 32);
        let ours = sorted(&values, |keys, less| sort::legacy(keys, less));
        assert!(indices(naive).eq(ours), "legacy {values:?}");

        let mut naive = keyed();
        naive_introsort(&mut naive);
        let ours = sorted(&values, |keys, less| sort::introsort(keys, less));
        assert!(indices(naive).eq(ours), "introsort {values:?}");
    }
}

/// Input on which median-of-three quicksort degenerates (McIlroy's adversary): both sorts fall
/// back to their heap sort, and still sort.
#[test]
fn a_killer_sequence_is_sorted_in_bounded_depth() {
    use std::cell::{Cell, RefCell};
    for sort in
        [(|keys, less| sort::legacy(keys, less)) as Sort, |keys, less| sort::introsort(keys, less)]
    {
        const SIZE: usize = 4_000;
        let values = RefCell::new(vec![usize::MAX; SIZE]);
        let (solid, candidate, comparisons) = (Cell::new(0), Cell::new(0), Cell::new(0_usize));
        let adversary = |a: u32, b: u32| {
            comparisons.set(comparisons.get() + 1);
            let (a, b) = (a as usize, b as usize);
            let mut values = values.borrow_mut();
            if values[a] == usize::MAX && values[b] == usize::MAX {
                let frozen = if a == candidate.get() { a } else { b };
                values[frozen] = solid.get();
                solid.set(solid.get() + 1);
            }
            if values[a] == usize::MAX {
                candidate.set(a);
            } else if values[b] == usize::MAX {
                candidate.set(b);
            }
            values[a] < values[b]
        };
        let keys = sort((0..u32::try_from(SIZE).unwrap()).collect(), &adversary);
        // n log2 n is 48 000; a quadratic sort would take millions.
        assert!(comparisons.get() < 400_000, "{} comparisons", comparisons.get());
        let values = values.into_inner();
        assert!(keys.is_sorted_by_key(|key| values[*key as usize]));
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), SIZE);
    }
}

fn rule(kind: FileRuleKind, name: &str) -> FileRule {
    FileRule { file_name: Some(name.into()), ..FileRule::new(kind) }
}

#[test]
fn every_reference_follows_its_rule() {
    let mut policy = CiPolicy {
        file_rules: vec![
            rule(FileRuleKind::FILE_ATTRIB, "f"),
            rule(FileRuleKind::ALLOW, "b"),
            rule(FileRuleKind::ALLOW, "a"),
            rule(FileRuleKind::DENY, "d"),
        ],
        signers: vec![Signer { file_attribs: vec![0], ..Signer::new(Root::Tbs(vec![1])) }],
        hotpatches: vec![Hotpatch {
            base: 1,
            hotpatch: 2,
            minimum_sequence: 0,
            maximum_sequence: 9,
        }],
        ..CiPolicy::default()
    };
    let mut scenario = Scenario::new(portcullis_wire::ci_policy::Scenario::KERNEL);
    scenario.product.rules = vec![3, 1, 2];
    scenario.product.allowed = vec![SignerReference { signer: 0, except: vec![3] }];
    scenario.test.denied = vec![SignerReference { signer: 0, except: vec![2, 1] }];
    policy.scenarios.push(scenario);
    let before = policy.clone();

    arrange(&mut policy, TieOrder::Stored);
    assert_eq!(policy, before);
    arrange(&mut policy, TieOrder::Introsort);
    let name = |index: &u32| policy.file_rules[*index as usize].file_name.clone().unwrap();
    let names = |indices: &[u32]| indices.iter().map(name).collect::<String>();
    assert_eq!(names(&[0, 1, 2, 3]), "dabf");
    assert_eq!(names(&policy.signers[0].file_attribs), "f");
    let [product, test, _] = policy.scenarios[0].groups().map(|(_, group)| group);
    assert_eq!(names(&product.rules), "dab", "sorted by index");
    assert_eq!(names(&product.allowed[0].except), "d");
    assert_eq!(names(&test.denied[0].except), "ab", "in the order of the XML");
    assert_eq!(names(&[policy.hotpatches[0].base, policy.hotpatches[0].hotpatch]), "ba");
    assert!(is_sorted(&policy));
}

#[test]
fn settings_are_sorted_and_versions_do_not_count() {
    let setting = |names: [&str; 3]| Setting::boolean(names[0], names[1], names[2]);
    let mut policy = CiPolicy {
        settings: vec![
            setting(["b", "A", "x"]),
            setting(["B", "a", "X"]),
            setting(["a", "z", "z"]),
        ],
        ..CiPolicy::default()
    };
    for version in [2, 1] {
        let mut rule = rule(FileRuleKind::FILE_ATTRIB, "driver.sys");
        rule.minimum_version = Version(version);
        policy.file_rules.push(rule);
    }
    assert!(!is_sorted(&policy));
    arrange(&mut policy, TieOrder::Introsort);
    assert!(is_sorted(&policy));
    assert_eq!(policy.settings[0].provider, "a");
    assert_eq!(ties_count(&policy), 1);
    assert_eq!(policy.file_rules[0].minimum_version, Version(2), "a tie of two stays");
}
