//! `portcullis ci-policy match`.

use std::fmt::Write as _;

use portcullis_api::call::{InspectCallDoc, MatchCallDoc, Operation};
use portcullis_api::ci_policy::{CiPolicyMatchDoc, MeasuredPolicyDoc};

use super::failure;
use crate::args::ci_policy::Match;
use crate::engine::Engine;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Match, engine: &Engine) -> Result<u8, Failure> {
    let log = read(&args.log)?.into();
    let files: Vec<InspectCallDoc> = args
        .policies
        .iter()
        .map(|path| {
            let file = path.to_string_lossy().into_owned();
            Ok(InspectCallDoc { file, content: read(path)?.into() })
        })
        .collect::<Result<_, Failure>>()?;
    let question = MatchCallDoc { files, log };
    let reply =
        engine.ask(Operation::MatchCiPolicies, &question, |refusal| failure(&args.log, refusal))?;
    let doc: CiPolicyMatchDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&render(&doc));
    }
    Ok(if doc.matched { EXIT_OK } else { EXIT_NOT_PASSED })
}

fn render(doc: &CiPolicyMatchDoc) -> String {
    let mut text = String::new();
    if doc.measured.is_empty() {
        text.push_str("the log names no code integrity policy\n");
    }
    for measured in &doc.measured {
        let MeasuredPolicyDoc { name, version, algorithm, digest, .. } = measured;
        let _ = writeln!(text, "{name} {version} ({algorithm} {digest})");
        let _ = writeln!(text, "  {}", relation(measured));
        for change in &measured.changes {
            let _ = writeln!(text, "  - {change}");
        }
    }
    for file in &doc.files {
        match &file.error {
            Some(error) => {
                let _ = writeln!(text, "{}: cannot be compared: {error}", file.file);
            }
            None if !file.measured => {
                let _ = writeln!(text, "{}: not measured", file.file);
            }
            None => {}
        }
    }
    if !doc.complete {
        text.push_str("the search for differences was cut short\n");
    }
    text.push_str("the log is taken at its word: no quote was checked\n");
    text
}

fn relation(measured: &MeasuredPolicyDoc) -> String {
    let file = measured.file.as_deref().unwrap_or("none");
    match measured.relation.as_str() {
        "same" => format!("is {file}"),
        "converted" => format!("is the conversion of {file}"),
        "whole_file" => format!("has the digest of the whole signed file {file}: no match"),
        "changed" => format!("is {file} but for:"),
        _ if measured.file.is_some() => {
            format!("is none of the files; {file} has the same version or name, the rest differs")
        }
        _ => "is none of the files".to_owned(),
    }
}
