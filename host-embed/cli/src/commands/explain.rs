//! `portcullis explain`.

use std::path::Path;

use portcullis_api::{ExplanationDoc, Lang, explain};

use crate::args::Explain;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Explain) -> Result<u8, Failure> {
    let explanation = explanation(&args.what, args.language.lang)?;
    if args.json {
        output::json(&explanation);
    } else {
        output::text(&explanation.text());
    }
    Ok(EXIT_OK)
}

/// A file of this name, or a finding code.
fn explanation(what: &str, lang: Lang) -> Result<ExplanationDoc, Failure> {
    let path = Path::new(what);
    if path.exists() {
        return explain::document(&read(path)?, lang).map_err(|error| {
            Failure::file(path, error, "explain takes a bundle or the JSON of a result")
        });
    }
    explain::code(what, lang).ok_or_else(|| {
        Failure::usage(
            format!("`{what}` is neither a file nor a code"),
            "give a bundle, the JSON of a result, or a code such as PCR-REPLAY-MISMATCH or CI-AUDIT-MODE",
        )
    })
}
