//! `portcullis assess`.

use portcullis_api::call::Operation;
use portcullis_api::{AssessmentDoc, explain};

use super::question;
use super::registry::assess::Registered;
use crate::args::Assess;
use crate::args::registry::Reading;
use crate::engine::{Engine, Reply};
use crate::failure::{EXIT_WOULD_FAIL, EXIT_WOULD_PASS, Failure};
use crate::output;

pub fn run(args: &Assess, engine: &Engine) -> Result<u8, Failure> {
    let reply = match &args.registered.host {
        Some(name) => of_host(args, name, engine)?,
        None => of_files(args, engine)?,
    };
    let assessment: AssessmentDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&explain::assessment(&assessment, args.language.lang).text());
    }
    Ok(if assessment.outcome == "WouldPass" { EXIT_WOULD_PASS } else { EXIT_WOULD_FAIL })
}

fn of_files(args: &Assess, engine: &Engine) -> Result<Reply, Failure> {
    let mut bundle = question::bundle(&args.question, engine)?;
    if args.question.ak_record.is_some() {
        bundle.host = question::host_record(&args.question, "host", &bundle, engine)?;
    }
    engine.ask(Operation::Assess, &bundle, |refusal| Failure::usage(refusal, ""))
}

/// A registered host, under the rules of the store.
fn of_host(args: &Assess, name: &str, engine: &Engine) -> Result<Reply, Failure> {
    let reading = Reading { store: args.registered.store.clone(), json: args.json };
    let question = &args.question;
    let has_files =
        question.evidence.is_some() || question.identifier.is_some() || question.log.is_some();
    let request = has_files.then(|| question::bundle(question, engine)).transpose()?;
    let request = request.map(|bundle| bundle.request);
    Registered::open(&reading, name, request)?.assess(engine)
}
