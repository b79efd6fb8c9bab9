//! Evaluation: every policy runs, none is skipped, and one that cannot run counts against the
//! host.

use portcullis_wire::event::action;

use super::{PolicyName, PolicySet, PolicyState};
use crate::baseline::{self, BaselineLevel, HostMeasurements, SecureBootKind};
use crate::claims::{SecureBootClaims, SecureBootDefect, SecureBootState};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::x509::well_known;

/// What a policy says about a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleOutcome {
    /// The policy.
    pub policy: PolicyName,
    /// Its state.
    pub state: PolicyState,
    /// What it says.
    pub outcome: Outcome,
    /// The reference that the host matched, for policies that need a match.
    pub matched: Option<String>,
}

/// The four answers of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It holds.
    Satisfied,
    /// It does not hold.
    Violated,
    /// It could not be evaluated, which counts against the host.
    Errored,
    /// It is disabled.
    NotApplicable,
}

impl Outcome {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Violated => "violated",
            Self::Errored => "errored",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// All outcomes, with the findings behind them.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// One for each policy, in the order of [`PolicyName::ALL`].
    pub outcomes: Vec<RuleOutcome>,
    /// What the violated ones found.
    pub findings: Vec<Finding>,
}

/// Evaluates all policies. `host` is `None` when there are no measured events to read.
#[must_use]
pub fn evaluate(set: &PolicySet<'_>, host: Option<&HostMeasurements<'_, '_>>) -> Evaluation {
    let mut evaluation = Evaluation::default();
    for policy in PolicyName::ALL {
        let state = set.state(policy);
        let mut rule =
            RuleOutcome { policy, state, outcome: Outcome::NotApplicable, matched: None };
        if state != PolicyState::Disabled {
            let (outcome, matched, findings) = match host {
                Some(host) => evaluate_one(set, policy, host),
                None => (Outcome::Errored, None, Vec::new()),
            };
            (rule.outcome, rule.matched) = (outcome, matched);
            evaluation.findings.extend(findings.into_iter().map(|mut finding| {
                finding.rule.get_or_insert_with(|| policy.text().to_owned());
                finding
            }));
        }
        evaluation.outcomes.push(rule);
    }
    evaluation
}

type Answer = (Outcome, Option<String>, Vec<Finding>);

fn evaluate_one(
    set: &PolicySet<'_>,
    policy: PolicyName,
    host: &HostMeasurements<'_, '_>,
) -> Answer {
    let secure_boot = &host.claims.secure_boot;
    match policy {
        PolicyName::SecureBootEnabled => answer(secure_boot_enabled(secure_boot, host)),
        PolicyName::UefiDebugDisabled if set.profile == super::Profile::Linux => {
            answer(uefi_debug_disabled(secure_boot))
        }
        PolicyName::SecureBootSettings => secure_boot_settings(set, host),
        _ => {
            let subject = Subject::Policy(policy.text());
            let finding = Finding::new(FindingCode::PolicyNotEvaluated, subject);
            (Outcome::Errored, None, vec![finding])
        }
    }
}

/// A policy holds when it found nothing.
fn answer(findings: Vec<Finding>) -> Answer {
    let outcome = if findings.is_empty() { Outcome::Satisfied } else { Outcome::Violated };
    (outcome, None, findings)
}

fn secure_boot_enabled(claims: &SecureBootClaims, host: &HostMeasurements<'_, '_>) -> Vec<Finding> {
    let subject = Subject::Variable("SecureBoot".into());
    let place = claims
        .variables
        .iter()
        .find(|variable| variable.name == "SecureBoot")
        .map(|variable| variable.place);
    let mut findings = Vec::new();
    let state = match claims.state {
        SecureBootState::On => None,
        SecureBootState::Off => Some((FindingCode::SecureBootOff, "00")),
        SecureBootState::Unknown => Some((FindingCode::SecureBootUnknown, "not measured")),
    };
    if let Some((code, found)) = state {
        let mut finding = Finding::new(code, subject).expected("01").found(found);
        finding.because.extend(place);
        findings.push(finding);
    }
    findings.extend(claims.defects.iter().map(|defect| secure_boot_defect(defect, host)));
    findings
}

fn secure_boot_defect(defect: &SecureBootDefect, host: &HostMeasurements<'_, '_>) -> Finding {
    let pcr = Subject::Pcr(host.events.bank(), 7);
    let invalid = FindingCode::SecureBootEventsInvalid;
    let at_event = |code, place: &Place, found: &str| {
        let subject = Subject::Event { index: place.event.unwrap_or_default(), pcr: 7 };
        Finding::new(code, subject).found(found).at(*place)
    };
    match defect {
        SecureBootDefect::Unbound(place) => {
            at_event(FindingCode::EventUnbound, place, "data that its digest does not cover")
        }
        SecureBootDefect::Unknown(place) => {
            at_event(invalid, place, "neither a variable, an action nor a separator")
        }
        SecureBootDefect::ForeignAuthority(place) => {
            at_event(invalid, place, "an authority that is not in `db`")
        }
        SecureBootDefect::Duplicate(name, place) => {
            at_event(invalid, place, &format!("variable `{name}` for the second time"))
        }
        SecureBootDefect::Late(name, place) => {
            at_event(invalid, place, &format!("variable `{name}` behind the separator"))
        }
        SecureBootDefect::Separators(count) => Finding::new(invalid, pcr)
            .expected("one separator")
            .found(format!("{count} separators")),
        SecureBootDefect::ErrorSeparator(place) => {
            at_event(invalid, place, "the separator of a firmware that failed")
        }
        SecureBootDefect::NoAuthority => Finding::new(invalid, pcr)
            .expected("an authority, because Secure Boot is on")
            .found("none measured"),
        SecureBootDefect::EmptyVariable(name) => {
            Finding::new(invalid, Subject::Variable((*name).to_owned()))
                .expected("keys, because Secure Boot is on")
                .found("empty or not measured")
        }
    }
}

fn uefi_debug_disabled(claims: &SecureBootClaims) -> Vec<Finding> {
    claims
        .actions
        .iter()
        .filter(|(text, _, _)| text.starts_with(action::UEFI_DEBUG_MODE))
        .map(|(_, _, place)| {
            let subject = Subject::Event { index: place.event.unwrap_or_default(), pcr: 7 };
            Finding::new(FindingCode::UefiDebugMode, subject).at(*place)
        })
        .collect()
}

/// A negative policy: without a matching baseline it is violated.
fn secure_boot_settings(set: &PolicySet<'_>, host: &HostMeasurements<'_, '_>) -> Answer {
    let mut nearest: Option<Vec<Finding>> = None;
    for baseline in &set.baselines {
        let differences = baseline::compare(baseline, host);
        if differences.is_empty() {
            let warning = third_party_ca(baseline);
            let matched = Some(baseline.name.clone());
            return (Outcome::Satisfied, matched, warning.into_iter().collect());
        }
        if nearest.as_ref().is_none_or(|known| differences.len() < known.len()) {
            nearest = Some(differences);
        }
    }
    let findings = nearest.unwrap_or_else(|| {
        vec![Finding::new(
            FindingCode::BaselineMissing,
            Subject::Policy(PolicyName::SecureBootSettings.text()),
        )]
    });
    (Outcome::Violated, None, findings)
}

/// The standing finding on a baseline whose level cannot exclude another loader.
fn third_party_ca(baseline: &baseline::Baseline) -> Option<Finding> {
    if baseline.level != BaselineLevel::SecureBoot {
        return None;
    }
    let authority = baseline.secure_boot.iter().find(|reference| {
        reference.kind == SecureBootKind::Authority
            && reference
                .data_sha256
                .is_some_and(|digest| well_known::is_third_party_uefi_ca(digest.as_bytes()))
    })?;
    let subject = Subject::Baseline(baseline.name.clone());
    let finding = Finding::new(FindingCode::BaselineThirdPartyCa, subject);
    Some(finding.found(authority.digest).by_rule(&baseline.name))
}
