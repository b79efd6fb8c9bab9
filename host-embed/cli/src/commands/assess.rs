//! `portcullis assess`.

use portcullis_api::{AssessmentDoc, explain};

use super::question;
use super::registry::assess::Registered;
use crate::args::Assess;
use crate::args::registry::Reading;
use crate::failure::{EXIT_WOULD_FAIL, EXIT_WOULD_PASS, Failure};
use crate::output;

pub fn run(args: &Assess) -> Result<u8, Failure> {
    if let Some(name) = &args.registered.host {
        return run_registered(args, name);
    }
    let mut bundle = question::bundle(&args.question)?;
    if args.question.ak_record.is_some() {
        bundle.host = question::host_record(&args.question, "host", &bundle)?;
    }
    let assessment = bundle.assess().map_err(|error| Failure::usage(error, ""))?;
    answer(args, &assessment)
}

/// A registered host, under the rules of the store.
fn run_registered(args: &Assess, name: &str) -> Result<u8, Failure> {
    let reading = Reading { store: args.registered.store.clone(), json: args.json };
    let question = &args.question;
    let has_files =
        question.evidence.is_some() || question.identifier.is_some() || question.log.is_some();
    let request = has_files.then(|| question::bundle(question)).transpose()?;
    let request = request.map(|bundle| bundle.request);
    answer(args, &Registered::open(&reading, name, request)?.assess()?)
}

fn answer(args: &Assess, assessment: &AssessmentDoc) -> Result<u8, Failure> {
    if args.json {
        output::json(assessment);
    } else {
        output::text(&explain::assessment(assessment, args.language.lang).text());
    }
    Ok(if assessment.outcome == "WouldPass" { EXIT_WOULD_PASS } else { EXIT_WOULD_FAIL })
}
