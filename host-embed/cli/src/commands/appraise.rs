//! `portcullis appraise`.

use std::path::Path;

use portcullis_api::call::Operation;
use portcullis_api::{ResultDoc, explain};

use super::question::hex_or_file;
use super::registry::assess::Registered;
use super::registry::now;
use crate::args::Appraise;
use crate::args::registry::Reading;
use crate::capture::Capture;
use crate::engine::{Engine, Reply};
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Appraise, engine: &Engine) -> Result<u8, Failure> {
    let reply = match (&args.host, &args.bundle) {
        (Some(host), _) => of_host(args, host, engine)?,
        (None, Some(path)) => of_bundle(path, engine)?,
        // clap asks for one of them.
        (None, None) => return Err(Failure::usage("there is nothing to appraise", "")),
    };
    let result: ResultDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&explain::result(&result, args.language.lang).text());
    }
    Ok(if result.status == "Passed" { EXIT_OK } else { EXIT_NOT_PASSED })
}

fn of_bundle(path: &Path, engine: &Engine) -> Result<Reply, Failure> {
    let remedy = "make one with `portcullis bundle`";
    engine.call(Operation::Appraise, &read(path)?, |refusal| Failure::file(path, refusal, remedy))
}

/// A registered host, under the rules of the store.
fn of_host(args: &Appraise, host: &str, engine: &Engine) -> Result<Reply, Failure> {
    let nonce = args.nonce.as_deref().map(hex_or_file).transpose()?;
    let request = match &args.evidence {
        Some(folder) => Some(Capture::open(folder, None)?.request(now(), nonce, engine)?),
        None => None,
    };
    let reading = Reading { store: args.store.clone(), json: args.json };
    Registered::open(&reading, host, request)?.appraise(engine)
}
