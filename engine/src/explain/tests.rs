//! Both languages say the same, about everything.

use std::collections::BTreeSet;

use super::*;
use crate::host::PolicyVersion;
use crate::verdict::{Context, Tier, tier};

/// Every message of the catalogue: where it stands, its English, its Japanese.
fn messages() -> Vec<(String, &'static str, &'static str)> {
    let mut all = Vec::new();
    let mut add = |name: String, of: &dyn Fn(Lang) -> &'static str| {
        all.push((name, of(Lang::En), of(Lang::Ja)));
    };
    for code in FindingCode::ALL {
        add(format!("meaning of {code}"), &|lang| meaning(*code, lang));
        add(format!("remedy of {code}"), &|lang| remedy(*code, lang));
    }
    for policy in PolicyName::ALL {
        add(format!("purpose of {policy}"), &|lang| purpose(policy, lang));
    }
    for code in WarningCode::ALL {
        add(format!("meaning of {code}"), &|lang| warning(*code, lang));
        add(format!("evidence of {code}"), &|lang| evidence(code.evidence(), lang));
    }
    for consequence in Consequence::ALL {
        add(format!("{consequence:?}"), &|lang| consequence.text(lang));
    }
    let japanese = words(Lang::Ja).all();
    for ((name, english), (_, japanese)) in words(Lang::En).all().into_iter().zip(japanese) {
        all.push((format!("word `{name}`"), english, japanese));
    }
    all
}

fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The numbers of the gaps in a phrase.
fn gaps(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(gap, _)| gap).collect()
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

#[test]
fn a_message_is_there_in_both_languages_or_in_neither() {
    for (name, english, japanese) in messages() {
        assert_eq!(english.is_empty(), japanese.is_empty(), "{name}");
        assert!(!english.is_empty() || name.starts_with("remedy"), "{name}");
    }
}

#[test]
fn commands_and_names_are_the_same_in_both_languages() {
    for (name, english, japanese) in messages() {
        assert_eq!(quoted(english), quoted(japanese), "{name}");
        assert_eq!(gaps(english), gaps(japanese), "{name}");
    }
}

/// Terms that are the same in both languages.
const UNTRANSLATED: [&str; 3] = ["PCR", "{1}: `{2}`", "{1}, {2}"];

#[test]
fn japanese_is_japanese_and_english_is_english() {
    for (name, english, japanese) in messages() {
        if !UNTRANSLATED.contains(&japanese) {
            assert_eq!(japanese.chars().any(is_japanese), !japanese.is_empty(), "{name}");
        }
        assert!(english.is_ascii(), "{name}");
    }
}

/// Latin letters and digits stand apart from kana and kanji; compounds in katakana are parted.
#[test]
fn japanese_is_spaced_as_its_glossary_says() {
    for (name, _, japanese) in messages() {
        for (a, b) in japanese.chars().zip(japanese.chars().skip(1)) {
            let is_latin = |c: char| c.is_ascii_alphanumeric() || c == '`';
            let is_word = |c: char| is_japanese(c) && !"、。「」".contains(c);
            let touches = (is_latin(a) && is_word(b)) || (is_word(a) && is_latin(b));
            assert!(!touches, "{name}: `{a}{b}` in {japanese}");
        }
        assert!(!japanese.contains("  "), "{name}");
        assert!(!japanese.contains(['，', '．', '（', '）', '：']), "{name}");
    }
}

#[test]
fn a_term_has_one_translation() {
    // A word that the glossary replaces.
    let replaced = [
        "シールド VM",
        "引用",
        "認証",
        "証明書利用",
        "フルブート",
        "ハイバネ",
        "コードの整合性ポリシー",
        "基準値",
        "ユーザ ",
    ];
    for (name, _, japanese) in messages() {
        for word in replaced {
            assert!(!japanese.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn whatever_can_fail_a_host_has_a_remedy() {
    for version in PolicyVersion::ALL {
        let context = Context { proofs_required: true, version };
        for code in FindingCode::ALL {
            let fails = tier(*code, context) == Tier::Failure;
            assert!(!fails || !code.remedy().is_empty(), "{code}");
        }
    }
}

/// Messages that are paragraphs of their own; all others stand behind a label or a code.
const PARAGRAPHS: [&str; 4] = ["unbound", "change_caution", "change_beyond", "change_not_found"];

#[test]
fn only_a_paragraph_ends_with_a_full_stop() {
    for (name, english, japanese) in messages() {
        let is_paragraph = PARAGRAPHS.iter().any(|known| name == format!("word `{known}`"));
        assert_eq!(english.ends_with('.'), is_paragraph, "{name}");
        assert_eq!(japanese.ends_with('。'), is_paragraph, "{name}");
    }
}

#[test]
fn phrases_fill_every_gap_and_keep_what_is_quoted() {
    for (english, japanese) in [ja::SUBJECTS, ja::FACTS, ja::CHANGES, ja::UNBOUND].concat() {
        let count = english.matches("{}").count();
        let numbers: BTreeSet<String> = (1..=count).map(|number| number.to_string()).collect();
        let found: BTreeSet<String> = gaps(japanese).into_iter().map(str::to_owned).collect();
        assert_eq!(found, numbers, "{english}");
        let named = |text| -> Vec<String> {
            let words = quoted(text).into_iter().filter(|word| !word.contains('{'));
            words.map(str::to_owned).collect()
        };
        assert_eq!(named(english), named(japanese), "{english}");
    }
}

#[test]
fn languages_are_known_by_their_names_alone() {
    for lang in Lang::ALL {
        assert_eq!(Lang::from_name(lang.name()), Some(lang));
    }
    for name in ["", "EN", "ja_JP", "fr"] {
        assert_eq!(Lang::from_name(name), None, "{name}");
    }
}

#[test]
fn what_a_failure_means_follows_from_its_status() {
    let of = |code| Consequence::of_finding(code, Tier::Failure);
    assert_eq!(of(FindingCode::EkNotRegistered), Consequence::Unauthorized);
    assert_eq!(of(FindingCode::NonceMismatch), Consequence::Untrusted);
    assert_eq!(of(FindingCode::SecureBootOff), Consequence::Insecure);
}

#[test]
fn a_warning_that_an_appraisal_fails_for_says_so() {
    let of = |code| Consequence::of_finding(code, Tier::Warning);
    assert_eq!(of(FindingCode::AkNotBound), Consequence::FailsAppraisal);
    assert_eq!(of(FindingCode::EkCertificateMissing), Consequence::Warning);
    assert_eq!(of(FindingCode::TestSigningOn), Consequence::Warning);
}
