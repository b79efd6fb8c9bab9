//! The catalogue of messages: the one place where codes, policies and facts become prose, in
//! every language, for every front end.
//!
//! A message is looked up by its code, and a missing one does not compile. Facts are data: where
//! they hold words of this engine, [`fact`], [`subject`] and [`unbound`] find these again in a
//! finished document, so that a stored result can be explained in another language. What came
//! from the evidence stays as it is.

mod consequence;
mod ja;
mod lang;
mod phrase;
mod words;

use std::fmt::Write as _;

pub use consequence::Consequence;
pub use lang::Lang;
pub use phrase::fill;
pub use words::Words;

use crate::ci_policy::Evidence;
use crate::ci_policy::warnings::WarningCode;
use crate::finding::{Finding, FindingCode};
use crate::policy::PolicyName;

/// What a code means, as one sentence.
#[must_use]
pub const fn meaning(code: FindingCode, lang: Lang) -> &'static str {
    match lang {
        Lang::En => code.meaning(),
        Lang::Ja => ja::meaning(code),
    }
}

/// What an administrator can do about it; empty where there is nothing to do.
#[must_use]
pub const fn remedy(code: FindingCode, lang: Lang) -> &'static str {
    match lang {
        Lang::En => code.remedy(),
        Lang::Ja => ja::remedy(code),
    }
}

/// What a warning about a policy file means, as one sentence.
#[must_use]
pub const fn warning(code: WarningCode, lang: Lang) -> &'static str {
    match lang {
        Lang::En => code.meaning(),
        Lang::Ja => ja::warning(code),
    }
}

/// What speaks for a statement about Windows.
#[must_use]
pub const fn evidence(evidence: Evidence, lang: Lang) -> &'static str {
    match lang {
        Lang::En => evidence.name(),
        Lang::Ja => ja::evidence(evidence),
    }
}

/// What a policy demands, as one sentence.
#[must_use]
pub const fn purpose(policy: PolicyName, lang: Lang) -> &'static str {
    match lang {
        Lang::En => policy.purpose(),
        Lang::Ja => ja::purpose(policy),
    }
}

/// The headings and small words of an explanation.
#[must_use]
pub const fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &words::EN,
        Lang::Ja => &ja::WORDS,
    }
}

/// What a finding is about, or an artefact, from its text in a document.
#[must_use]
pub fn subject(text: &str, lang: Lang) -> String {
    match lang {
        Lang::En => phrase::translate(&[words::SUBJECTS], text),
        Lang::Ja => phrase::translate(&[ja::SUBJECTS], text),
    }
}

/// What was expected or found, from its text in a document.
#[must_use]
pub fn fact(text: &str, lang: Lang) -> String {
    match lang {
        Lang::En => text.to_owned(),
        Lang::Ja => phrase::translate(&[ja::FACTS, ja::DECODING], text),
    }
}

/// What a change of the rules is about, or costs, from its text in a document.
#[must_use]
pub fn change(text: &str, lang: Lang) -> String {
    match lang {
        Lang::En => text.to_owned(),
        Lang::Ja => phrase::translate(&[ja::CHANGES], text),
    }
}

/// Why nothing vouches for some bytes, from the text in a document.
#[must_use]
pub fn unbound(text: &str, lang: Lang) -> String {
    match lang {
        Lang::En => text.to_owned(),
        Lang::Ja => phrase::translate(&[ja::UNBOUND], text),
    }
}

/// A finding as one sentence: what it means, about what, expected and found.
#[must_use]
pub fn sentence(finding: &Finding) -> String {
    let mut text = format!("{}: {}", finding.subject, finding.code.meaning());
    match (&finding.expected, &finding.found) {
        (Some(expected), Some(found)) => {
            let _ = write!(text, " (expected `{expected}`, found `{found}`)");
        }
        (Some(expected), None) => {
            let _ = write!(text, " (expected `{expected}`)");
        }
        (None, Some(found)) => {
            let _ = write!(text, " (found `{found}`)");
        }
        (None, None) => {}
    }
    text
}

#[cfg(test)]
mod tests;
