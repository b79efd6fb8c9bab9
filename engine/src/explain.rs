//! Text for findings: the one place where a finding becomes prose, for every front end.

use std::fmt::Write as _;

use crate::finding::{Finding, Place};

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

/// A place as text: artefact, record and bytes.
#[must_use]
pub fn place(place: &Place) -> String {
    let bytes = format!("bytes {}..{}", place.span.offset, place.span.end());
    match place.event {
        Some(event) => format!("{} event {event}, {bytes}", place.artefact),
        None => format!("{} {bytes}", place.artefact),
    }
}
