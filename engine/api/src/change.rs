//! The smallest change of the rules that would accept a host, and what it would cost.
//!
//! Every change that is offered was tried: the bundle is judged again with it, and no change of
//! the set can be left out. What is *not* said: that the change is wise. A host that fails may
//! be compromised; then the right answer is to mend the host.
//!
//! Evidence that does not hold (a wrong signature, a log that does not replay) is beyond any
//! change of the rules, and none is offered.

mod apply;
mod candidates;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::result::ReportDoc;
use crate::{BundleDoc, Error};
use candidates::Candidate;

/// What would have to change for the host to be accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChangeDoc {
    /// True when the host would be accepted with all of [`ChangeDoc::changes`].
    pub accepts: bool,
    /// The changes; none of them can be left out.
    pub changes: Vec<OneChangeDoc>,
    /// Code of the finding that no change of the rules can answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<String>,
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OneChangeDoc {
    /// `disable_policy`, `register_baseline`, `register_ci_policy`, `register_dump_key`,
    /// `register_host` or `accept_v1`.
    pub action: String,
    /// What is registered or disabled.
    pub target: String,
    /// Code of the finding that asks for it.
    pub because: String,
    /// `low`, `medium` or `high`.
    pub risk: String,
    /// What the fabric gives up.
    pub cost: String,
}

/// How often the bundle is judged again before the search gives up: an answered failure may
/// uncover another one behind it, and there are five kinds of reference values.
const ROUNDS_MAX: usize = 6;

/// Which answer is to become an acceptance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// The verdict on evidence: `Passed`.
    Appraise,
    /// What a verdict would be, with the files at hand: `WouldPass`.
    Assess,
}

impl Question {
    /// Whether the host is accepted, and otherwise why not.
    fn ask(self, bundle: &BundleDoc) -> Result<(bool, ReportDoc), Error> {
        Ok(match self {
            Self::Appraise => {
                let result = bundle.appraise()?;
                (result.status == "Passed", result.report)
            }
            Self::Assess => {
                let assessment = bundle.assess()?;
                (assessment.outcome == "WouldPass", assessment.report)
            }
        })
    }
}

impl BundleDoc {
    /// The smallest change of rules and registration that would make a verdict accept the host;
    /// `None` when it is accepted as it is.
    ///
    /// # Errors
    /// As [`BundleDoc::appraise`].
    pub fn smallest_change(&self) -> Result<Option<ChangeDoc>, Error> {
        self.smallest_change_for(Question::Appraise)
    }

    /// The smallest change for the answer to either question.
    ///
    /// # Errors
    /// As [`BundleDoc::appraise`].
    pub fn smallest_change_for(&self, question: Question) -> Result<Option<ChangeDoc>, Error> {
        let mut chosen: Vec<Candidate> = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let (accepted, report) = question.ask(&apply::all(self, &chosen))?;
            if accepted {
                return match chosen.is_empty() {
                    true => Ok(None),
                    false => self.without_surplus(question, chosen).map(Some),
                };
            }
            let before = chosen.len();
            for finding in report.findings.iter().filter(|doc| doc.tier == "failure") {
                match candidates::answer(self, finding) {
                    Some(candidate) if chosen.contains(&candidate) => {}
                    Some(candidate) => chosen.push(candidate),
                    None => return Ok(Some(beyond(&finding.code))),
                }
            }
            if chosen.len() == before {
                return Ok(Some(beyond(&report.headline)));
            }
        }
        Ok(Some(beyond("")))
    }

    /// A copy with changes made, as [`ChangeDoc::changes`] names them.
    ///
    /// # Errors
    /// [`Error::Field`] for a change that is none of them.
    pub fn with_changes(&self, changes: &[OneChangeDoc]) -> Result<Self, Error> {
        let candidates: Vec<Candidate> = changes
            .iter()
            .map(|doc| {
                let what = || Error::field("changes", format!("`{}` cannot be made", doc.action));
                Candidate::read(doc).ok_or_else(what)
            })
            .collect::<Result<_, _>>()?;
        Ok(apply::all(self, &candidates))
    }

    /// Leaves out every change without which the host is accepted as well.
    fn without_surplus(
        &self,
        question: Question,
        mut chosen: Vec<Candidate>,
    ) -> Result<ChangeDoc, Error> {
        let mut index = 0;
        while index < chosen.len() {
            let mut fewer = chosen.clone();
            fewer.remove(index);
            if question.ask(&apply::all(self, &fewer))?.0 {
                chosen = fewer;
            } else {
                index = index.saturating_add(1);
            }
        }
        let changes = chosen.iter().map(Candidate::describe).collect();
        Ok(ChangeDoc { accepts: true, changes, obstacle: None })
    }
}

fn beyond(code: &str) -> ChangeDoc {
    let obstacle = (!code.is_empty()).then(|| code.to_owned());
    ChangeDoc { accepts: false, changes: Vec::new(), obstacle }
}
