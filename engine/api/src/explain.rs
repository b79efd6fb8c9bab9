//! Results as text for people: one rendering, used by every front end.

use std::fmt::Write as _;

use portcullis_engine::ci_policy::warnings::WarningCode;
use portcullis_engine::finding::FindingCode;

use crate::result::{FindingDoc, PolicyDoc, ReportDoc};
use crate::{AssessmentDoc, ResultDoc};

/// An assessment as text.
#[must_use]
pub fn assessment(doc: &AssessmentDoc) -> String {
    let title = match doc.outcome.as_str() {
        "WouldPass" => "would pass",
        _ => "would fail",
    };
    let mut text = format!("{title} ({}, hardware {})\n", doc.assurance, doc.report.hardware);
    report(&mut text, &doc.report);
    text
}

/// A verdict as text.
#[must_use]
pub fn result(doc: &ResultDoc) -> String {
    let mut text = doc.status.clone();
    if doc.sub_status != "NoInformation" {
        let _ = write!(text, " / {}", doc.sub_status);
    }
    let _ = writeln!(text, " (hardware {}, AK by {})", doc.report.hardware, doc.report.ak_binding);
    report(&mut text, &doc.report);
    text
}

fn report(text: &mut String, report: &ReportDoc) {
    let _ = writeln!(text, "headline: {}", report.headline);
    findings(text, report);
    tracks(text, report);
    policies(text, report);
    registers(text, report);
    let bytes: usize = report.unbound.iter().flat_map(|unbound| &unbound.spans).map(|s| s.1).sum();
    if bytes > 0 {
        let _ = writeln!(
            text,
            "\n{bytes} bytes of the evidence are vouched for by nothing (`unbound` in --json)"
        );
    }
}

fn findings(text: &mut String, report: &ReportDoc) {
    for (tier, title) in [("failure", "Failures"), ("warning", "Warnings"), ("info", "Notes")] {
        let of_tier: Vec<&FindingDoc> =
            report.findings.iter().filter(|finding| finding.tier == tier).collect();
        if of_tier.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{title}:");
        for doc in of_tier {
            finding(text, doc);
        }
    }
}

fn finding(text: &mut String, finding: &FindingDoc) {
    const PLACES_SHOWN_MAX: usize = 3;
    let meaning = finding.text.split_once(" (expected").map_or(finding.text.as_str(), |(m, _)| m);
    let meaning = meaning.split_once(" (found").map_or(meaning, |(m, _)| m);
    let _ = writeln!(text, "  {}  {meaning}", finding.code);
    for (label, value) in [("expected", &finding.expected), ("found", &finding.found)] {
        if let Some(value) = value {
            let _ = writeln!(text, "      {label:<9} {value}");
        }
    }
    for place in finding.because.iter().take(PLACES_SHOWN_MAX) {
        let event = place.event.map(|event| format!("event {event}, ")).unwrap_or_default();
        let end = place.offset.saturating_add(place.size);
        let _ = writeln!(
            text,
            "      in        {} {event}bytes {}..{end}",
            place.artefact, place.offset
        );
    }
    let more = finding.because.len().saturating_sub(PLACES_SHOWN_MAX);
    if more > 0 {
        let _ = writeln!(text, "                and {more} more places");
    }
    if let Some(rule) = &finding.rule {
        let _ = writeln!(text, "      asked by  {rule}");
    }
    if !finding.remedy.is_empty() {
        let _ = writeln!(text, "      remedy    {}", finding.remedy);
    }
}

fn tracks(text: &mut String, report: &ReportDoc) {
    let _ = writeln!(text, "\nVersions:");
    for track in &report.tracks {
        let identifier = if track.identifier { "trusted" } else { "not trusted" };
        let _ = write!(text, "  {} {:<6} identifier {identifier}", track.version, track.outcome);
        let references = [
            ("baseline", "Hgs_SecureBootSettings", &track.baseline),
            ("CI policy", "Hgs_CiPolicy", &track.ci_policy),
        ];
        for (title, policy, matched) in references {
            let asked = report.policies.iter().find(|doc| doc.name == policy);
            let _ = match (matched, asked.map(|doc| doc.outcome.as_str())) {
                (Some(name), _) => write!(text, ", {title} `{name}`"),
                (None, Some("not_applicable")) => write!(text, ", {title} not asked for"),
                (None, _) => write!(text, ", no {title} matches"),
            };
        }
        text.push('\n');
    }
}

fn policies(text: &mut String, report: &ReportDoc) {
    let _ = writeln!(text, "\nPolicies (profile {}):", report.profile);
    let (disabled, asked): (Vec<&PolicyDoc>, Vec<&PolicyDoc>) =
        report.policies.iter().partition(|policy| policy.outcome == "not_applicable");
    for policy in asked {
        let matched = policy.matched.as_ref().map(|name| format!(" by `{name}`"));
        let _ = writeln!(
            text,
            "  {:<9}  {:<30}  {}{}",
            policy.outcome,
            policy.name,
            policy.purpose,
            matched.unwrap_or_default()
        );
    }
    if !disabled.is_empty() {
        let names: Vec<&str> = disabled
            .iter()
            .map(|policy| policy.name.strip_prefix("Hgs_").unwrap_or(&policy.name))
            .collect();
        let _ = writeln!(text, "  disabled   Hgs_ {}", wrapped(&names, "                  "));
    }
}

/// Words in lines of bounded width, the further lines behind `indent`.
fn wrapped(words: &[&str], indent: &str) -> String {
    const WIDTH_MAX: usize = 72;
    let mut text = String::new();
    let mut width: usize = 0;
    for word in words {
        if width > 0 && width.saturating_add(word.len()) > WIDTH_MAX {
            let _ = write!(text, "\n{indent}");
            width = 0;
        } else if width > 0 {
            text.push(' ');
        }
        text.push_str(word);
        width = width.saturating_add(word.len()).saturating_add(1);
    }
    text
}

fn registers(text: &mut String, report: &ReportDoc) {
    if report.pcrs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nRegisters:");
    let mut line = |state: &str, title: &str| {
        let pcrs: Vec<String> = report
            .pcrs
            .iter()
            .filter(|row| row.state == state)
            .map(|row| row.pcr.to_string())
            .collect();
        if !pcrs.is_empty() {
            let _ = writeln!(text, "  {title:<26} {}", pcrs.join(" "));
        }
    };
    line("matches", "log leads to the quote");
    line("differs", "log contradicts the quote");
    line("unlogged", "extended without a log");
    line("not_quoted", "logged, but not quoted");
}

/// Every finding code.
pub fn codes() -> impl Iterator<Item = &'static str> {
    FindingCode::ALL.iter().map(|code| code.text())
}

/// The documentation of a finding code, or of a warning about a policy file; `None` when there is
/// no such code.
#[must_use]
pub fn code(text: &str) -> Option<String> {
    let warning = WarningCode::ALL.iter().find(|code| code.text().eq_ignore_ascii_case(text));
    if let Some(warning) = warning {
        let (code, meaning) = (warning.text(), warning.meaning());
        return Some(format!("{code}\n  {meaning} [{}]\n", warning.evidence()));
    }
    let code = FindingCode::ALL.iter().find(|code| code.text().eq_ignore_ascii_case(text))?;
    let mut explained = format!("{}\n  {}\n", code.text(), code.meaning());
    if !code.remedy().is_empty() {
        let _ = writeln!(explained, "  remedy: {}", code.remedy());
    }
    Some(explained)
}
