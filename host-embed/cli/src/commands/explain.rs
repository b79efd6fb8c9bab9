//! `portcullis explain`.

use std::path::Path;

use portcullis_api::call::{ExplainCallDoc, Operation};
use portcullis_api::{ExplanationDoc, Lang, explain};

use crate::args::Explain;
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Explain, engine: &Engine) -> Result<u8, Failure> {
    let explanation = explanation(&args.what, args.language.lang, engine)?;
    if args.json {
        output::json(&explanation);
    } else {
        output::text(&explanation.text());
    }
    Ok(EXIT_OK)
}

/// A file of this name, or a finding code.
fn explanation(what: &str, lang: Lang, engine: &Engine) -> Result<ExplanationDoc, Failure> {
    let path = Path::new(what);
    if path.exists() {
        let question =
            ExplainCallDoc { document: read(path)?.into(), lang: lang.name().to_owned() };
        let reply = engine.ask(Operation::Explain, &question, |refusal| {
            Failure::file(path, refusal, "explain takes a bundle or the JSON of a result")
        });
        return reply?.read();
    }
    explain::code(what, lang).ok_or_else(|| {
        Failure::usage(
            format!("`{what}` is neither a file nor a code"),
            "give a bundle, the JSON of a result, or a code such as PCR-REPLAY-MISMATCH or CI-AUDIT-MODE",
        )
    })
}
