//! The guests of the sandbox: their files and sizes.

use crate::shell::{Outcome, cargo, run};
use crate::web;

const FOLDER: &str = "target/guests";

/// Writes the guests, and checks their sizes after an optimiser that the program does without.
pub fn guests() -> Outcome {
    web::install()?;
    run(&mut cargo(&format!("run --quiet -p portcullis-host --example guests -- {FOLDER}")))?;
    run(&mut web::node(&format!("host-embed/guest/sizes.mjs {FOLDER}")))
}
