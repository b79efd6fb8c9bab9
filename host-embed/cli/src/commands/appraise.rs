//! `portcullis appraise`.

use portcullis_api::{BundleDoc, explain};

use crate::args::Appraise;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Appraise) -> Result<u8, Failure> {
    let remedy = "make one with `portcullis bundle`";
    let result = BundleDoc::parse(&read(&args.bundle)?)
        .and_then(|bundle| bundle.appraise())
        .map_err(|error| Failure::file(&args.bundle, error, remedy))?;
    if args.json {
        output::json(&result);
    } else {
        output::text(&explain::result(&result, args.language.lang).text());
    }
    Ok(if result.status == "Passed" { EXIT_OK } else { EXIT_NOT_PASSED })
}
