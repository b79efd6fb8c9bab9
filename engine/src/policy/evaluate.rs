//! Evaluation: every policy runs, none is skipped, and one that cannot run counts against the
//! host.

use super::at_hand::AtHand;
use super::{PolicyName, PolicySet, PolicyState, Profile, baselines, ci, secure_boot, windows};
use crate::baseline::HostMeasurements;
use crate::finding::Finding;
use crate::host::PolicyVersion;

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

/// What is known of a host beside its measurements.
#[derive(Debug, Default)]
pub struct Circumstances<'f> {
    /// Time of the appraisal: seconds since 1970-01-01T00:00:00Z.
    pub now_unix_s: u64,
    /// The TPM's reset counter, when a quote holds it.
    pub reset_count: Option<u32>,
    /// Policy files that explain what was measured.
    pub at_hand: AtHand<'f>,
}

/// All outcomes, with the findings behind them.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// One for each policy, in the order of [`PolicyName::ALL`].
    pub outcomes: Vec<RuleOutcome>,
    /// What the violated ones found.
    pub findings: Vec<Finding>,
}

/// What one policy answers: its outcome, the reference that it matched, and its findings.
pub(super) struct Answer {
    pub outcome: Outcome,
    pub matched: Option<String>,
    pub findings: Vec<Finding>,
}

impl Answer {
    /// A policy without references holds when it found nothing.
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        let outcome = if findings.is_empty() { Outcome::Satisfied } else { Outcome::Violated };
        Self { outcome, matched: None, findings }
    }
}

/// Evaluates all policies under the reference values of one version. `host` is `None` when there
/// are no measured events to read.
#[must_use]
pub fn evaluate(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: Option<&HostMeasurements<'_, '_>>,
    beside: &Circumstances<'_>,
) -> Evaluation {
    let mut evaluation = Evaluation::default();
    let now = beside.now_unix_s;
    let asks_windows = PolicyName::ALL.into_iter().any(|policy| {
        policy.reads_windows(set.profile) && set.state(policy) != PolicyState::Disabled
    });
    let windows = host.is_some_and(|host| host.claims.windows.present);
    evaluation.findings.extend(host.into_iter().flat_map(secure_boot::remarks));
    if let Some(host) = host.filter(|_| asks_windows) {
        // Each doubt fails the host by itself. The policies are evaluated all the same, so that
        // an administrator sees in one report what else would have to be mended.
        evaluation.findings.extend(windows::doubts(set, version, host, now));
        evaluation.findings.extend(windows::remarks(&host.claims.windows, beside.reset_count));
    }
    for policy in PolicyName::ALL {
        let state = set.state(policy);
        let mut rule =
            RuleOutcome { policy, state, outcome: Outcome::NotApplicable, matched: None };
        if state != PolicyState::Disabled {
            let readable = windows || !policy.reads_windows(set.profile);
            let answer = match host.filter(|_| readable) {
                Some(host) => ask(set, version, policy, host, beside),
                None => Answer { outcome: Outcome::Errored, matched: None, findings: Vec::new() },
            };
            (rule.outcome, rule.matched) = (answer.outcome, answer.matched);
            evaluation.findings.extend(answer.findings.into_iter().map(|mut finding| {
                finding.rule.get_or_insert_with(|| policy.text().to_owned());
                finding
            }));
        }
        evaluation.outcomes.push(rule);
    }
    evaluation
}

fn ask(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    policy: PolicyName,
    host: &HostMeasurements<'_, '_>,
    beside: &Circumstances<'_>,
) -> Answer {
    let windows = &host.claims.windows;
    if let Some(answer) = windows::answer(set, policy, windows) {
        return answer;
    }
    match policy {
        PolicyName::SecureBootEnabled => Answer::of(secure_boot::enabled(host)),
        PolicyName::SecureBootSettings => baselines::answer(set, version, host, beside.now_unix_s),
        PolicyName::CiPolicy => ci::answer(set, version, host, &beside.at_hand),
        // What is left is `Hgs_UefiDebugDisabled`.
        _ => {
            let mut findings = secure_boot::firmware_debugger(host);
            if set.profile == Profile::HyperV {
                findings.extend(windows::debuggers(windows));
            }
            Answer::of(findings)
        }
    }
}
