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

impl BundleDoc {
    /// The smallest change of rules and registration that would accept the host; `None` when it
    /// is accepted as it is.
    ///
    /// # Errors
    /// As [`BundleDoc::appraise`].
    pub fn smallest_change(&self) -> Result<Option<ChangeDoc>, Error> {
        let mut chosen: Vec<Candidate> = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let result = apply::all(self, &chosen).appraise()?;
            if result.status == "Passed" {
                return match chosen.is_empty() {
                    true => Ok(None),
                    false => self.without_surplus(chosen).map(Some),
                };
            }
            let before = chosen.len();
            for finding in result.report.findings.iter().filter(|doc| doc.tier == "failure") {
                match candidates::answer(self, finding) {
                    Some(candidate) if chosen.contains(&candidate) => {}
                    Some(candidate) => chosen.push(candidate),
                    None => return Ok(Some(beyond(&finding.code))),
                }
            }
            if chosen.len() == before {
                return Ok(Some(beyond(&result.report.headline)));
            }
        }
        Ok(Some(beyond("")))
    }

    /// Leaves out every change without which the host is accepted as well.
    fn without_surplus(&self, mut chosen: Vec<Candidate>) -> Result<ChangeDoc, Error> {
        let mut index = 0;
        while index < chosen.len() {
            let mut fewer = chosen.clone();
            fewer.remove(index);
            if apply::all(self, &fewer).appraise()?.status == "Passed" {
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
