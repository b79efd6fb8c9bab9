//! `portcullis bundle`.

use super::question;
use crate::args::Bundle;
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, write};
use crate::output;

pub fn run(args: &Bundle, engine: &Engine) -> Result<u8, Failure> {
    let mut bundle = question::bundle(&args.question, engine)?;
    bundle.host = question::host_record(&args.question, &args.name, &bundle, engine)?;
    write(&args.output, output::to_json(&bundle).as_bytes())?;
    output::text(&format!(
        "wrote {}: {} quotes, {} baselines, {}\n",
        args.output.display(),
        bundle.request.evidence.quotes.len(),
        bundle.policy_set.baselines.len(),
        match &bundle.host {
            Some(_) => "host registered",
            None => "no EK, so no host is registered",
        }
    ));
    Ok(EXIT_OK)
}
