//! `portcullis assess`.

use portcullis_api::explain;

use super::question;
use crate::args::Assess;
use crate::failure::{EXIT_WOULD_FAIL, EXIT_WOULD_PASS, Failure};
use crate::output;

pub fn run(args: &Assess) -> Result<u8, Failure> {
    let mut bundle = question::bundle(&args.question)?;
    if args.question.ak_record.is_some() {
        bundle.host = question::host_record(&args.question, "host", &bundle)?;
    }
    let assessment = bundle.assess().map_err(|error| Failure::usage(error, ""))?;
    if args.json {
        output::json(&assessment);
    } else {
        output::text(&explain::assessment(&assessment, args.language.lang).text());
    }
    Ok(if assessment.outcome == "WouldPass" { EXIT_WOULD_PASS } else { EXIT_WOULD_FAIL })
}
