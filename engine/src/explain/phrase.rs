//! Phrases with gaps: found again in a finished text, and filled in another language.

use crate::limits::CHAIN_DEPTH_MAX;

/// Phrases may hold phrases; the deepest is a path of certificates with what is wrong at its end.
const DEPTH_MAX: usize = CHAIN_DEPTH_MAX + 3;

/// The English phrase, with `{}` for each gap; and another language's, with `{1}`, `{2}`, ... for
/// the same gaps.
pub(super) type Phrase = (&'static str, &'static str);

/// The text in another language, as far as the tables know it. The first phrase that fits counts.
pub(super) fn translate(tables: &[&[Phrase]], text: &str) -> String {
    translate_to_depth(tables, text, DEPTH_MAX)
}

/// Recurses into the gaps, at most `depth` levels deep.
fn translate_to_depth(tables: &[&[Phrase]], text: &str, depth: usize) -> String {
    let mut phrases = tables.iter().flat_map(|table| table.iter());
    let found = phrases.find_map(|(english, other)| Some((gaps(english, text)?, other)));
    let Some((gaps, other)) = found.filter(|_| depth > 0) else { return text.to_owned() };
    let gaps: Vec<String> = gaps
        .into_iter()
        .map(|gap| translate_to_depth(tables, gap, depth.saturating_sub(1)))
        .collect();
    let gaps: Vec<&str> = gaps.iter().map(String::as_str).collect();
    fill(other, &gaps)
}

/// What stands in the gaps of a phrase; `None` when the text is another one. No gap is empty.
fn gaps<'t>(phrase: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = phrase.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut gaps = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let gap;
        (gap, rest) = match parts.peek() {
            Some(_) => rest.split_once(part)?,
            None => (rest.strip_suffix(part)?, ""),
        };
        if gap.is_empty() {
            return None;
        }
        gaps.push(gap);
    }
    rest.is_empty().then_some(gaps)
}

/// A phrase with its gaps `{1}`, `{2}`, ... filled. What fills one gap is not searched for others.
#[must_use]
pub fn fill(phrase: &str, gaps: &[&str]) -> String {
    let mut text = String::with_capacity(phrase.len());
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let gap = after.split_once('}').and_then(|(number, after)| {
            let index = number.parse::<usize>().ok()?.checked_sub(1)?;
            Some((gaps.get(index)?, after))
        });
        match gap {
            Some((gap, after)) => {
                text.push_str(gap);
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Phrase] = &[
        ("not measured", "測定なし"),
        ("one of {} policies registered as {}", "{2} として登録された {1} 個のポリシーのいずれか"),
        ("certificate {}: {}", "証明書 {1}: {2}"),
        ("has expired", "期限切れ"),
    ];

    fn check(text: &str, expect: &str) {
        assert_eq!(translate(&[TABLE], text), expect, "{text}");
    }

    #[test]
    fn known_phrases_are_translated_and_others_stay() {
        check("not measured", "測定なし");
        check("not measured here", "not measured here");
        check("", "");
        check("one of 2 policies registered as v1", "v1 として登録された 2 個のポリシーのいずれか");
        check("one of  policies registered as v1", "one of  policies registered as v1");
        check("one of 2 policies", "one of 2 policies");
    }

    #[test]
    fn gaps_are_translated_and_never_read_as_gaps() {
        check("certificate 0: has expired", "証明書 0: 期限切れ");
        check("certificate {2}: {1}", "証明書 {2}: {1}");
        let nested = "certificate 0: ".repeat(DEPTH_MAX);
        check(
            &format!("{nested}certificate 1: x"),
            &format!("{}certificate 1: x", "証明書 0: ".repeat(DEPTH_MAX)),
        );
    }

    #[test]
    fn a_gap_that_nothing_fills_stays() {
        assert_eq!(fill("{1} {2} {x} {", &["a"]), "a {2} {x} {");
    }
}
