//! `portcullis policy`.

use std::sync::Arc;

use portcullis_api::call::Operation;
use portcullis_api::request::RequestDoc;
use portcullis_api::result::PolicyDoc;
use portcullis_api::{AssessmentDoc, BundleDoc, PolicySetDoc};
use serde::Serialize;

use super::ask::ask;
use super::session::{Session, open};
use crate::args::registry::rules::{Policy, PolicyList, PolicyOne, PolicySwitch};
use crate::failure::{EXIT_OK, Failure};
use crate::output;

pub fn run(args: &Policy) -> Result<u8, Failure> {
    match args {
        Policy::List(args) => list(args),
        Policy::Show(args) => show(args),
        Policy::Enable(args) => switch(args, "Enabled"),
        Policy::Disable(args) => switch(args, "Disabled"),
    }
}

/// A policy as it stands.
#[derive(Serialize)]
struct Row {
    name: String,
    state: String,
    purpose: String,
}

/// The policies of a set, in their fixed order: what an assessment of nothing lists.
fn rows(set: &Arc<PolicySetDoc>) -> Result<Vec<Row>, Failure> {
    let bundle = BundleDoc::new((**set).clone(), None, RequestDoc::default());
    let assessment: AssessmentDoc =
        ask(Operation::Assess, &bundle, |reason| Failure::usage(reason, ""))?;
    let row =
        |policy: PolicyDoc| Row { name: policy.name, state: policy.state, purpose: policy.purpose };
    Ok(assessment.report.policies.into_iter().map(row).collect())
}

fn list(args: &PolicyList) -> Result<u8, Failure> {
    let rows = rows(&open(&args.reading)?.policy_set()?)?;
    if args.reading.json {
        output::json(&rows);
        return Ok(EXIT_OK);
    }
    let lines =
        rows.iter().map(|row| format!("{:<32} {:<9} {}\n", row.name, row.state, row.purpose));
    output::text(&lines.collect::<String>());
    Ok(EXIT_OK)
}

/// The row of a name, in any case.
fn find(rows: Vec<Row>, name: &str) -> Result<Row, Failure> {
    rows.into_iter().find(|row| row.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        Failure::usage(format!("`{name}` is no policy"), "see `portcullis policy list`")
    })
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: Row,
    /// What answers it in this store; absent where the policy compares with nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<String>>,
}

fn show(args: &PolicyOne) -> Result<u8, Failure> {
    let mut store = open(&args.reading)?;
    let set = store.policy_set()?;
    let row = find(rows(&set)?, &args.name)?;
    let references = match row.name.as_str() {
        "Hgs_SecureBootSettings" => {
            let named = |one: &portcullis_api::policy_set::RegisteredBaselineDoc| {
                format!("{} ({})", one.baseline.name, one.policy_version)
            };
            Some(set.baselines.iter().map(named).collect())
        }
        "Hgs_CiPolicy" => {
            let named = |one: &portcullis_api::policy_set::RegisteredCiPolicyDoc| {
                format!("{} ({})", one.name, one.policy_version)
            };
            Some(set.ci_policies.iter().map(named).collect())
        }
        "Hgs_DumpEncryptionKey" => Some(set.dump_keys.iter().map(|key| key.name.clone()).collect()),
        _ => None,
    };
    let shown = Shown { row, references };
    if args.reading.json {
        output::json(&shown);
        return Ok(EXIT_OK);
    }
    let Shown { row, references } = &shown;
    let mut text = format!("{}: {}\n  {}\n", row.name, row.state, row.purpose);
    if let Some(references) = references {
        let listed = match references.is_empty() {
            true => "nothing, so no host satisfies it".to_owned(),
            false => references.join(", "),
        };
        text.push_str(&format!("  compares with: {listed}\n"));
    }
    output::text(&text);
    Ok(EXIT_OK)
}

#[derive(Serialize)]
struct Switched {
    name: String,
    before: String,
    after: &'static str,
}

fn switch(args: &PolicySwitch, state: &'static str) -> Result<u8, Failure> {
    let mut session = Session::open(&args.changing)?;
    let row = find(rows(&session.rules()?)?, &args.name)?;
    if row.state == "Locked" {
        let reason = format!("policy `{}` is locked: every host must satisfy it", row.name);
        return Err(Failure::usage(reason, "see `portcullis policy list`"));
    }
    session.run(
        |change| {
            change.set_policy_state(&row.name, &row.state, state)?;
            Ok(Switched { name: row.name.clone(), before: row.state.clone(), after: state })
        },
        |done| format!("policy {}: {} -> {}\n", done.name, done.before, done.after),
    )
}
