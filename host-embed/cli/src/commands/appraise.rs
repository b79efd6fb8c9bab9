//! `portcullis appraise`.

use std::path::Path;

use portcullis_api::{BundleDoc, ResultDoc, explain};

use super::question::hex_or_file;
use super::registry::assess::Registered;
use super::registry::now;
use crate::args::Appraise;
use crate::args::registry::Reading;
use crate::capture::Capture;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Appraise) -> Result<u8, Failure> {
    let result = match (&args.host, &args.bundle) {
        (Some(host), _) => of_host(args, host)?,
        (None, Some(path)) => of_bundle(path)?,
        // clap asks for one of them.
        (None, None) => return Err(Failure::usage("there is nothing to appraise", "")),
    };
    if args.json {
        output::json(&result);
    } else {
        output::text(&explain::result(&result, args.language.lang).text());
    }
    Ok(if result.status == "Passed" { EXIT_OK } else { EXIT_NOT_PASSED })
}

fn of_bundle(path: &Path) -> Result<ResultDoc, Failure> {
    let remedy = "make one with `portcullis bundle`";
    BundleDoc::parse(&read(path)?)
        .and_then(|bundle| bundle.appraise())
        .map_err(|error| Failure::file(path, error, remedy))
}

/// A registered host, under the rules of the store.
fn of_host(args: &Appraise, host: &str) -> Result<ResultDoc, Failure> {
    let nonce = args.nonce.as_deref().map(hex_or_file).transpose()?;
    let request = match &args.evidence {
        Some(folder) => Some(Capture::open(folder, None)?.request(now(), nonce)?),
        None => None,
    };
    let reading = Reading { store: args.store.clone(), json: args.json };
    Registered::open(&reading, host, request)?.appraise()
}
