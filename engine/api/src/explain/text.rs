//! Explanations as text for people.

use portcullis_engine::explain::{self, Lang, Words, fill, words};
use portcullis_engine::finding::FindingCode;

use super::build::both;
use super::doc::{ExplainedFindingDoc, ExplainedPolicyDoc, ExplanationDoc};
use super::layout::{GAP, Page, cell, widest};
use crate::result::{EntryDoc, PlaceDoc};

/// Places of one finding that are shown; the document holds all.
const PLACES_SHOWN_MAX: usize = 3;
/// Entries that are shown as added, and as many as removed.
const ENTRIES_SHOWN_MAX: usize = 16;

impl ExplanationDoc {
    /// The explanation as text, in its own language.
    #[must_use]
    pub fn text(&self) -> String {
        let lang = Lang::from_name(&self.lang).unwrap_or_default();
        let writer = Writer { lang, words: words(lang) };
        let mut page = Page::default();
        page.prose(0, &self.summary);
        page.space();
        if self.about == "code" {
            writer.code(&mut page, self);
        } else {
            writer.head(&mut page, self);
            writer.findings(&mut page, self);
            writer.tracks(&mut page, self);
            writer.policies(&mut page, self);
            writer.registers(&mut page, self);
            writer.unbound(&mut page, self);
            writer.change(&mut page, self);
        }
        page.text
    }
}

struct Writer {
    lang: Lang,
    words: &'static Words,
}

impl Writer {
    fn head(&self, page: &mut Page, doc: &ExplanationDoc) {
        let words = self.words;
        let told = both(&doc.status, &doc.sub_status);
        let mut rows = vec![
            (words.headline, doc.headline.as_str()),
            (words.status, told.as_str()),
            (words.consequence, doc.consequence.as_str()),
        ];
        rows.extend(remarks(doc));
        labelled(page, 2, &rows);
    }

    fn code(&self, page: &mut Page, doc: &ExplanationDoc) {
        let words = self.words;
        let mut rows: Vec<(&str, &str)> = remarks(doc).collect();
        for finding in &doc.findings {
            rows.extend(finding.status.iter().map(|status| (words.status, status.as_str())));
            rows.push((words.consequence, &finding.consequence));
            rows.push((words.remedy, &finding.remedy));
        }
        labelled(page, 2, &rows);
    }

    fn findings(&self, page: &mut Page, doc: &ExplanationDoc) {
        let words = self.words;
        let tiers =
            [("failure", words.failures), ("warning", words.warnings), ("info", words.notes)];
        for (tier, title) in tiers {
            // That everything holds is the first line already.
            let holds = |code: &str| code == FindingCode::AllChecksHold.text();
            let of_tier = doc.findings.iter().filter(|finding| finding.tier == tier);
            let shown: Vec<_> = of_tier.filter(|finding| !holds(&finding.code)).collect();
            if shown.is_empty() {
                continue;
            }
            page.space();
            page.line(0, title);
            for finding in shown {
                page.space();
                self.finding(page, finding, doc);
            }
        }
    }

    fn finding(&self, page: &mut Page, finding: &ExplainedFindingDoc, doc: &ExplanationDoc) {
        const INDENT: usize = 4;
        let words = self.words;
        page.line(2, &format!("{}  {}", finding.code, finding.subject));
        page.prose(INDENT, &finding.meaning);
        let labels = [words.expected, words.found, words.added, words.removed, words.at];
        let width = widest(labels.into_iter().chain([words.rule, words.consequence, words.remedy]));
        for (label, value) in [(words.expected, &finding.expected), (words.found, &finding.found)] {
            if let Some(value) = value {
                page.value(INDENT, label, width, value);
            }
        }
        if let Some(difference) = &finding.difference {
            for (label, entries, count) in [
                (words.added, &difference.added, difference.added_count),
                (words.removed, &difference.removed, difference.removed_count),
            ] {
                let shown = entries.iter().take(ENTRIES_SHOWN_MAX).map(|entry| self.entry(entry));
                list(page, INDENT, (label, width), shown, count, words.more_entries);
            }
        }
        let places = finding.places.iter().take(PLACES_SHOWN_MAX).map(|place| self.place(place));
        let count = finding.places.len();
        list(page, INDENT, (words.at, width), places, count, words.more_places);
        if let Some(rule) = &finding.rule {
            let phrase =
                if rule.starts_with("Hgs_") { words.rule_policy } else { words.rule_baseline };
            page.value(INDENT, words.rule, width, &fill(phrase, &[rule]));
        }
        // What the whole means has been said; other findings may mean something else.
        if finding.consequence != doc.consequence {
            page.labelled(INDENT, words.consequence, width, &finding.consequence);
        }
        if !finding.remedy.is_empty() {
            page.labelled(INDENT, words.remedy, width, &finding.remedy);
        }
    }

    fn entry(&self, entry: &EntryDoc) -> String {
        let words = self.words;
        let text = match entry.kind.as_str() {
            "EFI_CERT_X509" => fill(words.certificate, &[&entry.digest]),
            "EFI_CERT_SHA256" | "EFI_CERT_SHA1" | "EFI_CERT_SHA384" | "EFI_CERT_SHA512" => {
                fill(words.image_digest, &[&entry.digest])
            }
            "EFI_CERT_X509_SHA256" | "EFI_CERT_X509_SHA384" | "EFI_CERT_X509_SHA512" => {
                fill(words.certificate_digest, &[&entry.digest])
            }
            other => fill(words.other_entry, &[other, &entry.digest]),
        };
        match &entry.name {
            Some(name) => format!("{text} ({name})"),
            None => text,
        }
    }

    fn place(&self, place: &PlaceDoc) -> String {
        let words = self.words;
        let artefact = explain::subject(&place.artefact, self.lang);
        let first = place.offset.to_string();
        let bytes = match place.size {
            0 | 1 => fill(words.byte, &[&first]),
            size => {
                let last = place.offset.saturating_add(size).saturating_sub(1).to_string();
                fill(words.bytes, &[&first, &last])
            }
        };
        let number = |number: Option<String>| number.unwrap_or_default();
        let event = number(place.event.map(|event| event.to_string()));
        let pcr = number(place.pcr.map(|pcr| pcr.to_string()));
        match (place.event, place.pcr) {
            (Some(_), Some(_)) => {
                fill(words.place_in_event_of_pcr, &[&artefact, &event, &pcr, &bytes])
            }
            (Some(_), None) => fill(words.place_in_event, &[&artefact, &event, &bytes]),
            (None, _) => fill(words.place_in_artefact, &[&artefact, &bytes]),
        }
    }

    fn tracks(&self, page: &mut Page, doc: &ExplanationDoc) {
        if doc.tracks.is_empty() {
            return;
        }
        page.space();
        page.line(0, self.words.versions);
        let outcome = |outcome: &str| match outcome {
            "holds" => self.words.track_holds,
            _ => self.words.track_fails,
        };
        let width = widest(doc.tracks.iter().map(|track| outcome(&track.outcome)));
        let version_width = widest(doc.tracks.iter().map(|track| track.version.as_str()));
        for track in &doc.tracks {
            let label =
                format!("{}{}", cell(&track.version, version_width), outcome(&track.outcome));
            page.labelled(
                2,
                &label,
                version_width.saturating_add(GAP).saturating_add(width),
                &track.text,
            );
        }
    }

    fn policies(&self, page: &mut Page, doc: &ExplanationDoc) {
        if doc.policies.is_empty() {
            return;
        }
        let words = self.words;
        let profile = doc.profile.as_deref().unwrap_or_default();
        page.space();
        page.line(0, &fill(words.policies, &[profile]));
        let (disabled, asked): (Vec<&ExplainedPolicyDoc>, Vec<&ExplainedPolicyDoc>) =
            doc.policies.iter().partition(|policy| policy.state == "Disabled");
        let outcomes = [words.satisfied, words.violated, words.errored, words.not_applicable];
        let outcome_width = widest(outcomes.into_iter().chain([words.disabled]));
        let name_width = widest(asked.iter().map(|policy| policy.name.as_str()));
        for policy in asked {
            let outcome = match policy.outcome.as_str() {
                "satisfied" => words.satisfied,
                "violated" => words.violated,
                "errored" => words.errored,
                _ => words.not_applicable,
            };
            let text = match &policy.matched {
                Some(name) => fill(words.matched, &[&policy.purpose, name]),
                None => policy.purpose.clone(),
            };
            let label = format!("{}{}", cell(outcome, outcome_width), policy.name);
            page.labelled(
                2,
                &label,
                outcome_width.saturating_add(GAP).saturating_add(name_width),
                &text,
            );
        }
        if !disabled.is_empty() {
            let names: Vec<&str> = disabled.iter().map(|policy| policy.name.as_str()).collect();
            page.labelled(2, words.disabled, outcome_width, &names.join(" "));
        }
    }

    fn registers(&self, page: &mut Page, doc: &ExplanationDoc) {
        if doc.registers.is_empty() {
            return;
        }
        page.space();
        page.line(0, self.words.registers);
        let width = widest(doc.registers.iter().map(|registers| registers.text.as_str()));
        for registers in &doc.registers {
            let pcrs: Vec<String> = registers.pcrs.iter().map(ToString::to_string).collect();
            page.labelled(2, &registers.text, width, &pcrs.join(" "));
        }
    }

    fn unbound(&self, page: &mut Page, doc: &ExplanationDoc) {
        let sizes = doc.unbound.iter().map(|unbound| unbound.size_bytes);
        let sum = sizes.fold(0_usize, usize::saturating_add);
        if sum > 0 {
            page.space();
            page.prose(0, &fill(self.words.unbound, &[&sum.to_string()]));
        }
    }
}

impl Writer {
    fn change(&self, page: &mut Page, doc: &ExplanationDoc) {
        let Some(change) = &doc.smallest_change else { return };
        let words = self.words;
        page.space();
        if !change.accepts {
            let text = match &change.obstacle {
                Some(code) => fill(words.change_beyond, &[code]),
                None => words.change_not_found.to_owned(),
            };
            page.prose(0, &text);
            return;
        }
        page.line(0, words.change);
        for change in &change.changes {
            page.space();
            page.line(2, &fill(self.action(&change.action), &[&change.target]));
            let risk = match change.risk.as_str() {
                "low" => words.risk_low,
                "medium" => words.risk_medium,
                _ => words.risk_high,
            };
            let risk = fill(risk, &[&change.cost]);
            labelled(page, 4, &[(words.because, &change.because), (words.risk, &risk)]);
        }
        page.space();
        page.prose(2, words.change_caution);
    }

    fn action(&self, action: &str) -> &'static str {
        let words = self.words;
        match action {
            "disable_policy" => words.disable_policy,
            "register_baseline" => words.register_baseline,
            "register_ci_policy" => words.register_ci_policy,
            "register_dump_key" => words.register_dump_key,
            "register_host" => words.register_host,
            "accept_v1" => words.accept_v1,
            // Of a later version.
            _ => "{1}",
        }
    }
}

fn remarks(doc: &ExplanationDoc) -> impl Iterator<Item = (&str, &str)> {
    doc.remarks.iter().map(|remark| (remark.label.as_str(), remark.text.as_str()))
}

/// Labels in one column, texts in the next; what has no text is left out.
fn labelled(page: &mut Page, indent: usize, rows: &[(&str, &str)]) {
    let width = widest(rows.iter().map(|(label, _)| *label));
    for (label, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
        page.labelled(indent, label, width, text);
    }
}

/// Values below one label, and how many more there are.
fn list(
    page: &mut Page,
    indent: usize,
    (label, width): (&str, usize),
    shown: impl Iterator<Item = String>,
    count: usize,
    more: &str,
) {
    let mut label = label;
    let mut left = count;
    for value in shown {
        page.value(indent, label, width, &value);
        label = "";
        left = left.saturating_sub(1);
    }
    if left > 0 {
        page.value(indent, label, width, &fill(more, &[&left.to_string()]));
    }
}
