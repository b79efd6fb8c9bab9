//! `portcullis ci-policy convert` and `unwrap`.

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;
use portcullis_api::call::{ConvertCallDoc, ConvertReplyDoc, FileCallDoc, Operation};
use portcullis_api::ci_policy::ConversionDoc;

use super::{failure, write_warnings};
use crate::args::ci_policy::{Convert, Unwrap};
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read, write};
use crate::output;

pub fn run(args: &Convert, engine: &Engine) -> Result<u8, Failure> {
    let question = ConvertCallDoc {
        content: read(&args.input)?.into(),
        format: args.format,
        tie_order: args.tie_order.map(name),
        target: args.target.map(name),
    };
    let reply =
        engine.ask(Operation::ConvertCiPolicy, &question, |refusal| failure(&args.input, refusal));
    let converted: ConvertReplyDoc = reply?.read()?;
    write(&args.output, &converted.content.0)?;
    if args.json {
        output::json(&converted.about);
    } else {
        output::text(&render(&args.output, &converted.about));
    }
    Ok(EXIT_OK)
}

/// The name of a value on the command line.
fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn render(path: &Path, doc: &ConversionDoc) -> String {
    let mut text = format!("wrote {}: {}", path.display(), doc.to);
    match &doc.tie_order {
        Some(order) => {
            let proven = if doc.proven == Some(true) { "" } else { " (unverified)" };
            let _ = writeln!(
                text,
                ", format {}{proven}, ties in the order `{order}`",
                doc.format_version
            );
            let _ = writeln!(text, "  sha256 {}", doc.policy_sha256);
        }
        None => {
            let _ = writeln!(text, " of a policy of format {}", doc.format_version);
            let _ = writeln!(text, "  sha256 of the binary {}", doc.policy_sha256);
        }
    }
    write_warnings(&mut text, &doc.warnings);
    text
}

pub fn unwrap(args: &Unwrap, engine: &Engine) -> Result<u8, Failure> {
    let question = FileCallDoc { content: read(&args.input)?.into() };
    let reply =
        engine.ask(Operation::UnwrapCiPolicy, &question, |refusal| failure(&args.input, refusal));
    let unwrapped: ConvertReplyDoc = reply?.read()?;
    write(&args.output, &unwrapped.content.0)?;
    let note = match unwrapped.about.from.as_str() {
        "signed_binary" => "",
        _ => "  it was not signed\n",
    };
    let sha256 = &unwrapped.about.policy_sha256;
    output::text(&format!("wrote {}\n  sha256 {sha256}\n{note}", args.output.display()));
    Ok(EXIT_OK)
}
