//! From documents to explanations.

use portcullis_engine::ci_policy::warnings::WarningCode;
use portcullis_engine::explain::{self, Consequence, Lang, Words, fill, words};
use portcullis_engine::finding::FindingCode;
use portcullis_engine::formats::x509::well_known;
use portcullis_engine::host::PolicyVersion;
use portcullis_engine::policy::PolicyName;
use portcullis_engine::verdict::{self, AttestationStatus, Context, Tier, tier};

use super::doc::{
    ExplainedFindingDoc, ExplainedPolicyDoc, ExplainedRegistersDoc, ExplainedTrackDoc,
    ExplainedUnboundDoc, ExplanationDoc, RemarkDoc, SCHEMA,
};
use crate::change::ChangeDoc;
use crate::result::{FindingDoc, PolicyDoc, ReportDoc, TrackDoc, UnboundDoc};
use crate::text::unhex;
use crate::{AssessmentDoc, ResultDoc};

pub(super) fn of_result(doc: &ResultDoc, lang: Lang) -> ExplanationDoc {
    let words = words(lang);
    // A status of a later version can only be a failure.
    let status = AttestationStatus::from_name(&doc.status).unwrap_or(AttestationStatus::TpmError);
    let passed = status == AttestationStatus::Passed;
    let held = doc.report.headline == FindingCode::AllChecksHold.text();
    let summary = match (passed, held) {
        (true, _) => fill(words.passed, &[&headline(&doc.report, lang)]),
        (false, true) => fill(words.failed, &[words.proof_missing]),
        (false, false) => fill(words.failed, &[&headline(&doc.report, lang)]),
    };
    let consequence = Consequence::of_status(status);
    let told = (doc.status.as_str(), doc.sub_status.as_str());
    of_report("result", summary, told, consequence, &doc.report, Vec::new(), lang)
}

pub(super) fn of_assessment(doc: &AssessmentDoc, lang: Lang) -> ExplanationDoc {
    let words = words(lang);
    let would_pass = doc.outcome == "WouldPass";
    let summary = if would_pass { words.would_pass } else { words.would_fail };
    let summary = fill(summary, &[&headline(&doc.report, lang)]);
    let code = FindingCode::from_text(&doc.report.headline);
    let (status, sub_status) = code.map_or((AttestationStatus::TpmError, ""), verdict::status);
    let (told, consequence) = match (would_pass, status) {
        (true, _) => (("Passed", "NoInformation"), Consequence::HealthyIfProven),
        // Nothing was found, and still something is missing.
        (false, AttestationStatus::Passed) => (("TpmError", ""), Consequence::Untrusted),
        (false, _) => ((status.name(), sub_status), Consequence::of_status(status)),
    };
    let text = match doc.assurance.as_str() {
        "quoted" => words.assurance_quoted,
        "self_consistent" => words.assurance_self_consistent,
        "hypothetical" => words.assurance_hypothetical,
        other => other,
    };
    let remarks = vec![remark("assurance", words.assurance, text)];
    of_report("assessment", summary, told, consequence, &doc.report, remarks, lang)
}

pub(super) fn of_code(code: FindingCode, lang: Lang) -> ExplanationDoc {
    let words = words(lang);
    let base = tier(code, Context { proofs_required: true, version: PolicyVersion::V2 });
    let mut remarks = vec![remark("tier", words.tier, &tiers(code, words))];
    if let Some(policy) = PolicyName::of_finding(code) {
        let text = format!("{policy}: {}", explain::purpose(policy, lang));
        remarks.push(remark("policy", words.policy, &text));
    }
    let (status, sub_status) = match base {
        Tier::Failure => verdict::status(code),
        _ => (AttestationStatus::Passed, "NoInformation"),
    };
    let consequence = match code {
        FindingCode::AllChecksHold => Consequence::Healthy,
        _ => Consequence::of_finding(code, base),
    };
    let finding = ExplainedFindingDoc {
        code: code.text().into(),
        tier: base.name().into(),
        subject: String::new(),
        meaning: explain::meaning(code, lang).into(),
        expected: None,
        found: None,
        difference: None,
        places: Vec::new(),
        rule: None,
        status: told(code, base),
        consequence: consequence.text(lang).into(),
        remedy: explain::remedy(code, lang).into(),
    };
    ExplanationDoc {
        schema: SCHEMA.into(),
        lang: lang.name().into(),
        about: "code".into(),
        summary: format!("{code}: {}", finding.meaning),
        headline: code.text().into(),
        status: status.name().into(),
        sub_status: sub_status.into(),
        consequence: finding.consequence.clone(),
        remarks,
        findings: vec![finding],
        tracks: Vec::new(),
        profile: None,
        policies: Vec::new(),
        registers: Vec::new(),
        unbound: Vec::new(),
        smallest_change: None,
    }
}

/// A warning about a policy file. No host is told anything for it.
pub(super) fn of_warning(code: WarningCode, lang: Lang) -> ExplanationDoc {
    let words = words(lang);
    let meaning = explain::warning(code, lang);
    let evidence = explain::evidence(code.evidence(), lang);
    ExplanationDoc {
        schema: SCHEMA.into(),
        lang: lang.name().into(),
        about: "code".into(),
        summary: format!("{code}: {meaning}"),
        headline: code.text().into(),
        status: String::new(),
        sub_status: String::new(),
        consequence: words.of_policy_file.into(),
        remarks: vec![
            remark("consequence", words.consequence, words.of_policy_file),
            remark("evidence", words.evidence, evidence),
        ],
        findings: Vec::new(),
        tracks: Vec::new(),
        profile: None,
        policies: Vec::new(),
        registers: Vec::new(),
        unbound: Vec::new(),
        smallest_change: None,
    }
}

/// The tier in an appraisal under v2, and where another question gives another one.
fn tiers(code: FindingCode, words: &Words) -> String {
    let of = |proofs_required, version| tier(code, Context { proofs_required, version });
    let name = |tier| match tier {
        Tier::Failure => words.tier_failure,
        Tier::Warning => words.tier_warning,
        Tier::Info => words.tier_info,
    };
    let base = of(true, PolicyVersion::V2);
    let others = [
        (of(false, PolicyVersion::V2), words.tier_in_assessment),
        (of(true, PolicyVersion::V1), words.tier_under_v1),
    ];
    let mut text = name(base).to_owned();
    for (other, phrase) in others.into_iter().filter(|(other, _)| *other != base) {
        text.push_str(words.comma);
        text.push_str(&fill(phrase, &[name(other)]));
    }
    text
}

fn of_report(
    about: &str,
    summary: String,
    (status, sub_status): (&str, &str),
    consequence: Consequence,
    report: &ReportDoc,
    mut remarks: Vec<RemarkDoc>,
    lang: Lang,
) -> ExplanationDoc {
    remarks.extend(grounds(report, words(lang)));
    ExplanationDoc {
        schema: SCHEMA.into(),
        lang: lang.name().into(),
        about: about.into(),
        summary,
        headline: report.headline.clone(),
        status: status.into(),
        sub_status: sub_status.into(),
        consequence: consequence.text(lang).into(),
        remarks,
        findings: report.findings.iter().map(|doc| finding(doc, consequence, lang)).collect(),
        tracks: report.tracks.iter().map(|doc| track(doc, report, words(lang))).collect(),
        profile: Some(report.profile.clone()),
        policies: report.policies.iter().map(|doc| policy(doc, lang)).collect(),
        registers: registers(report, words(lang)),
        unbound: report.unbound.iter().map(|doc| unbound(doc, lang)).collect(),
        smallest_change: None,
    }
}

fn remark(name: &str, label: &str, text: &str) -> RemarkDoc {
    RemarkDoc { name: name.into(), label: label.into(), text: text.into() }
}

/// What stands behind the TPM and its key.
fn grounds(report: &ReportDoc, words: &Words) -> [RemarkDoc; 2] {
    let hardware = match report.hardware.as_str() {
        "endorsed" => words.hardware_endorsed,
        "unproven" => words.hardware_unproven,
        other => other,
    };
    let binding = match report.ak_binding.as_str() {
        "activation" => words.ak_binding_activation,
        "stored_name" => words.ak_binding_stored_name,
        "certificate" => words.ak_binding_certificate,
        "none" => words.ak_binding_none,
        other => other,
    };
    [remark("hardware", words.hardware, hardware), remark("ak_binding", words.ak_binding, binding)]
}

/// What the headline means. A code of a later version is explained by its own document.
fn headline(report: &ReportDoc, lang: Lang) -> String {
    match FindingCode::from_text(&report.headline) {
        Some(code) => explain::meaning(code, lang).into(),
        None => {
            let finding = report.findings.iter().find(|doc| doc.code == report.headline);
            finding.map_or(&report.headline, |doc| &doc.text).clone()
        }
    }
}

fn finding(doc: &FindingDoc, verdict: Consequence, lang: Lang) -> ExplainedFindingDoc {
    let code = FindingCode::from_text(&doc.code);
    // A tier of a later version weighs as much as any.
    let tier = Tier::from_name(&doc.tier).unwrap_or(Tier::Failure);
    let consequence = match code {
        Some(FindingCode::AllChecksHold) => verdict,
        Some(code) => Consequence::of_finding(code, tier),
        None if tier == Tier::Failure => verdict,
        None => Consequence::Warning,
    };
    let value = |text: &Option<String>| text.as_ref().map(|text| fact(text, lang));
    ExplainedFindingDoc {
        code: doc.code.clone(),
        tier: doc.tier.clone(),
        subject: explain::subject(&doc.subject, lang),
        meaning: code.map_or(doc.text.as_str(), |code| explain::meaning(code, lang)).into(),
        expected: value(&doc.expected),
        found: value(&doc.found),
        difference: doc.difference.clone(),
        places: doc.because.clone(),
        rule: doc.rule.clone(),
        status: code.and_then(|code| told(code, tier)),
        consequence: consequence.text(lang).into(),
        remedy: code.map_or(doc.remedy.as_str(), |code| explain::remedy(code, lang)).into(),
    }
}

/// What a host is told for a finding that fails it.
fn told(code: FindingCode, weight: Tier) -> Option<String> {
    let (status, sub_status) = verdict::status(code);
    (weight == Tier::Failure).then(|| both(status.name(), sub_status))
}

/// Status and sub-status; `NoInformation` says nothing.
pub(super) fn both(status: &str, sub_status: &str) -> String {
    match sub_status {
        "" | "NoInformation" => status.to_owned(),
        _ => format!("{status} / {sub_status}"),
    }
}

/// A fact in words; a digest that everybody's firmware holds with its name.
fn fact(text: &str, lang: Lang) -> String {
    match unhex(text).and_then(|digest| well_known::certificate_name(&digest)) {
        Some(name) => format!("{text} ({name})"),
        None => explain::fact(text, lang),
    }
}

fn track(track: &TrackDoc, report: &ReportDoc, words: &Words) -> ExplainedTrackDoc {
    let identifier = match track.identifier {
        true => words.identifier_trusted,
        false => words.identifier_not_trusted,
    };
    let reference = |policy: PolicyName, matched: &Option<String>, phrases: [&str; 3]| {
        let asked = report.policies.iter().find(|doc| doc.name == policy.text());
        let [matches, missing, not_asked] = phrases;
        match (matched, asked.map(|doc| doc.outcome.as_str())) {
            (Some(name), _) => fill(matches, &[name]),
            (None, Some("not_applicable")) => not_asked.to_owned(),
            (None, _) => missing.to_owned(),
        }
    };
    let parts = [
        identifier.to_owned(),
        reference(
            PolicyName::SecureBootSettings,
            &track.baseline,
            [words.baseline_matches, words.baseline_missing, words.baseline_not_asked],
        ),
        reference(
            PolicyName::CiPolicy,
            &track.ci_policy,
            [words.ci_policy_matches, words.ci_policy_missing, words.ci_policy_not_asked],
        ),
    ];
    ExplainedTrackDoc {
        version: track.version.clone(),
        outcome: track.outcome.clone(),
        text: parts.join(words.comma),
    }
}

fn policy(doc: &PolicyDoc, lang: Lang) -> ExplainedPolicyDoc {
    let known = PolicyName::from_text(&doc.name);
    ExplainedPolicyDoc {
        name: doc.name.clone(),
        state: doc.state.clone(),
        outcome: doc.outcome.clone(),
        purpose: known.map_or(doc.purpose.as_str(), |policy| explain::purpose(policy, lang)).into(),
        matched: doc.matched.clone(),
        reasons: doc.reasons.clone(),
    }
}

fn registers(report: &ReportDoc, words: &Words) -> Vec<ExplainedRegistersDoc> {
    let states = [
        ("matches", words.registers_matches),
        ("differs", words.registers_differs),
        ("unlogged", words.registers_unlogged),
        ("not_quoted", words.registers_not_quoted),
    ];
    let of_state = |(state, text): (&str, &str)| ExplainedRegistersDoc {
        state: state.into(),
        text: text.into(),
        pcrs: report.pcrs.iter().filter(|row| row.state == state).map(|row| row.pcr).collect(),
    };
    states.into_iter().map(of_state).filter(|registers| !registers.pcrs.is_empty()).collect()
}

/// A change with its texts in another language.
pub(super) fn change(mut doc: ChangeDoc, lang: Lang) -> ChangeDoc {
    for change in &mut doc.changes {
        change.target = explain::change(&change.target, lang);
        change.cost = explain::change(&change.cost, lang);
    }
    doc
}

fn unbound(doc: &UnboundDoc, lang: Lang) -> ExplainedUnboundDoc {
    ExplainedUnboundDoc {
        artefact: explain::subject(&doc.artefact, lang),
        reason: explain::unbound(&doc.reason, lang),
        // A stored document may say anything.
        size_bytes: doc.spans.iter().fold(0, |sum: usize, (_, size)| sum.saturating_add(*size)),
    }
}
