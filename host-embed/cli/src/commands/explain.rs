//! `portcullis explain`.

use std::path::Path;

use portcullis_api::call::{ExplainReplyDoc, Operation};
use portcullis_api::{AssessmentDoc, ResultDoc, change, explain};

use crate::args::Explain;
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Explain, engine: &Engine) -> Result<u8, Failure> {
    let path = Path::new(&args.what);
    if !path.exists() {
        let text = explain::code(&args.what).ok_or_else(|| {
            Failure::usage(
                format!("`{}` is neither a file nor a finding code", args.what),
                "give a bundle, the JSON of a result, or a code such as PCR-REPLAY-MISMATCH",
            )
        })?;
        output::text(&text);
        return Ok(EXIT_OK);
    }
    output::text(&explain_file(path, &read(path)?, engine)?);
    Ok(EXIT_OK)
}

fn explain_file(path: &Path, json: &[u8], engine: &Engine) -> Result<String, Failure> {
    if let Ok(result) = serde_json::from_slice::<ResultDoc>(json) {
        return Ok(explain::result(&result));
    }
    if let Ok(assessment) = serde_json::from_slice::<AssessmentDoc>(json) {
        return Ok(explain::assessment(&assessment));
    }
    let reply = engine.call(Operation::Explain, json, |refusal| {
        Failure::file(path, refusal, "explain takes a bundle or the JSON of a result")
    })?;
    let explanation: ExplainReplyDoc = reply.read()?;
    let mut text = explain::result(&explanation.result);
    if let Some(change) = &explanation.change {
        text.push('\n');
        text.push_str(&change::render(change));
    }
    Ok(text)
}
