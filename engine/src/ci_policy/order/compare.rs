//! What comes before what.

use core::cmp::Ordering;

use crate::ci_policy::model::{FileRule, Setting};

/// Kind, six names (ordinal, case ignored, absent first), then the hash bytewise. Versions and
/// AppIDs do not count. Real files.
pub(super) fn compare_rules(left: &FileRule, right: &FileRule) -> Ordering {
    let names = || {
        left.names().into_iter().zip(right.names()).fold(Ordering::Equal, |order, (left, right)| {
            order.then_with(|| compare_optional(left.1, right.1))
        })
    };
    left.kind.cmp(&right.kind).then_with(names).then_with(|| left.hash.cmp(&right.hash))
}

/// Provider, key, value name, case ignored. Real files.
pub(super) fn compare_settings(left: &Setting, right: &Setting) -> Ordering {
    compare_text(&left.provider, &right.provider)
        .then_with(|| compare_text(&left.key, &right.key))
        .then_with(|| compare_text(&left.value_name, &right.value_name))
}

fn compare_optional(left: Option<&str>, right: Option<&str>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => compare_text(left, right),
        _ => left.is_some().cmp(&right.is_some()),
    }
}

/// .NET's `OrdinalIgnoreCase`: UTF-16 units of the text in upper case, character by character.
fn compare_text(left: &str, right: &str) -> Ordering {
    let common = left.bytes().zip(right.bytes());
    for (left_byte, right_byte) in common {
        if !left_byte.is_ascii() || !right_byte.is_ascii() {
            return upper(left).cmp(upper(right));
        }
        match left_byte.to_ascii_uppercase().cmp(&right_byte.to_ascii_uppercase()) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    left.len().cmp(&right.len())
}

fn upper(text: &str) -> impl Iterator<Item = u16> {
    text.chars().flat_map(|letter| {
        let mut upper = letter.to_uppercase();
        // The simple mapping: a letter whose upper case is two letters stays as it is.
        let simple = match (upper.next(), upper.next()) {
            (Some(single), None) => single,
            _ => letter,
        };
        let mut units = [0; 2];
        let count = simple.encode_utf16(&mut units).len();
        units.into_iter().take(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_and_absent_comes_before_empty() {
        for (left, right, expected) in [
            (None, Some(""), Ordering::Less),
            (Some(""), Some("A"), Ordering::Less),
            (Some("driver.sys"), Some("DRIVER.SYS"), Ordering::Equal),
            (Some("a"), Some("B"), Ordering::Less),
            // Upper case decides: `_` (0x5F) stands behind `Z`, before `z`.
            (Some("a_"), Some("aB"), Ordering::Greater),
            (Some("a_"), Some("az"), Ordering::Greater),
            (Some("\u{e9}"), Some("\u{c9}"), Ordering::Equal),
            (Some("stra\u{df}e"), Some("STRASSE"), Ordering::Greater),
            // UTF-16 units: a surrogate (0xD800) stands before 0xE000.
            (Some("\u{10000}"), Some("\u{e000}"), Ordering::Less),
        ] {
            assert_eq!(compare_optional(left, right), expected, "{left:?} {right:?}");
            assert_eq!(compare_optional(right, left), expected.reverse(), "{right:?} {left:?}");
        }
    }
}
