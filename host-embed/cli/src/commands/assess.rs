//! `portcullis assess`.

use portcullis_api::call::Operation;
use portcullis_api::{AssessmentDoc, explain};

use super::question;
use crate::args::Assess;
use crate::engine::Engine;
use crate::failure::{EXIT_WOULD_FAIL, EXIT_WOULD_PASS, Failure};
use crate::output;

pub fn run(args: &Assess, engine: &Engine) -> Result<u8, Failure> {
    let mut bundle = question::bundle(&args.question, engine)?;
    if args.question.ak_record.is_some() {
        bundle.host = question::host_record(&args.question, "host", &bundle, engine)?;
    }
    let reply = engine.ask(Operation::Assess, &bundle, |refusal| Failure::usage(refusal, ""))?;
    let assessment: AssessmentDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&explain::assessment(&assessment, args.language.lang).text());
    }
    Ok(if assessment.outcome == "WouldPass" { EXIT_WOULD_PASS } else { EXIT_WOULD_FAIL })
}
