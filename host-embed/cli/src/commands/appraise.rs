//! `portcullis appraise`.

use portcullis_api::call::Operation;
use portcullis_api::{ResultDoc, explain};

use crate::args::Appraise;
use crate::engine::Engine;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Appraise, engine: &Engine) -> Result<u8, Failure> {
    let remedy = "make one with `portcullis bundle`";
    let reply = engine.call(Operation::Appraise, &read(&args.bundle)?, |refusal| {
        Failure::file(&args.bundle, refusal, remedy)
    })?;
    let result: ResultDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&explain::result(&result, args.language.lang).text());
    }
    Ok(if result.status == "Passed" { EXIT_OK } else { EXIT_NOT_PASSED })
}
