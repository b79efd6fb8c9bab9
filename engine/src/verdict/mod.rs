//! The verdict: findings are graded, the headline is chosen, and the status is folded.
//!
//! Severity is decided here and nowhere else.

mod passed;
mod ranking;
mod severity;
pub mod trust_vector;

use std::fmt;

pub use passed::{Passed, Proofs};
pub use ranking::status;
pub use severity::{Context, Tier, tier};
pub use trust_vector::TrustVector;

use crate::finding::{Finding, FindingCode, Subject};
use crate::policy::{Outcome, RuleOutcome};

/// A finding with its severity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GradedFinding {
    /// The severity.
    pub tier: Tier,
    /// The finding.
    pub finding: Finding,
}

/// `AttestationStatus` as a host sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttestationStatus {
    /// The host may run shielded VMs.
    Passed,
    /// Its TPM is not known or not trusted.
    UnauthorizedHost,
    /// Its TPM's answer does not hold.
    TpmError,
    /// A policy is violated.
    InsecureHostConfiguration,
}

impl AttestationStatus {
    /// Every status.
    pub const ALL: [Self; 4] =
        [Self::Passed, Self::UnauthorizedHost, Self::TpmError, Self::InsecureHostConfiguration];

    /// The status of a documented name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The documented name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::UnauthorizedHost => "UnauthorizedHost",
            Self::TpmError => "TpmError",
            Self::InsecureHostConfiguration => "InsecureHostConfiguration",
        }
    }
}

impl fmt::Display for AttestationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The graded findings of one appraisal, most important first, with the fold over them.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// All findings: failures before warnings before notes, then by rank, then as found.
    pub findings: Vec<GradedFinding>,
    /// The finding that says most.
    pub headline: FindingCode,
    /// True when nothing fails.
    pub holds: bool,
    /// The status that the headline stands for.
    pub status: AttestationStatus,
    /// The sub-status that the headline stands for.
    pub sub_status: &'static str,
}

/// Grades the findings and folds them.
#[must_use]
pub fn fold(findings: Vec<Finding>, outcomes: &[RuleOutcome], context: Context) -> Verdict {
    let mut graded: Vec<GradedFinding> = findings
        .into_iter()
        .map(|finding| GradedFinding { tier: tier(finding.code, context), finding })
        .collect();
    let rules_hold = outcomes
        .iter()
        .all(|rule| matches!(rule.outcome, Outcome::Satisfied | Outcome::NotApplicable));
    let nothing_fails = graded.iter().all(|graded| graded.tier != Tier::Failure);
    let holds = rules_hold && nothing_fails;
    if holds {
        let finding = Finding::new(FindingCode::AllChecksHold, Subject::Host);
        graded.push(GradedFinding { tier: Tier::Info, finding });
    }
    // The sort is stable: equals stay in the order of the stages that found them.
    graded
        .sort_by_key(|graded| (std::cmp::Reverse(graded.tier), ranking::rank(graded.finding.code)));
    let headline = match holds {
        true => FindingCode::AllChecksHold,
        // A rule that does not hold always leaves a finding, or there was nothing to read.
        false => graded.first().map_or(FindingCode::LogMissing, |first| first.finding.code),
    };
    let (status, sub_status) = status(headline);
    Verdict { findings: graded, headline, holds, status, sub_status }
}
