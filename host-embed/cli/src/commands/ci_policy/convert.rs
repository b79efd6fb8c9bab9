//! `portcullis ci-policy convert` and `unwrap`.

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;
use portcullis_api::ci_policy::{ConversionDoc, How, convert};

use super::{failure, write_warnings};
use crate::args::ci_policy::{Convert, Unwrap};
use crate::failure::{EXIT_OK, Failure, read, write};
use crate::output;

pub fn run(args: &Convert) -> Result<u8, Failure> {
    let bytes = read(&args.input)?;
    let (tie_order, target) = (args.tie_order.map(name), args.target.map(name));
    let how =
        How { format: args.format, tie_order: tie_order.as_deref(), target: target.as_deref() };
    let converted = convert(&bytes, how).map_err(|error| failure(&args.input, &error))?;
    write(&args.output, &converted.bytes)?;
    if args.json {
        output::json(&converted.document);
    } else {
        output::text(&render(&args.output, &converted.document));
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

pub fn unwrap(args: &Unwrap) -> Result<u8, Failure> {
    let bytes = read(&args.input)?;
    let unwrapped =
        portcullis_api::ci_policy::unwrap(&bytes).map_err(|error| failure(&args.input, &error))?;
    write(&args.output, &unwrapped.bytes)?;
    let note = match unwrapped.document.from.as_str() {
        "signed_binary" => "",
        _ => "  it was not signed\n",
    };
    let sha256 = &unwrapped.document.policy_sha256;
    output::text(&format!("wrote {}\n  sha256 {sha256}\n{note}", args.output.display()));
    Ok(EXIT_OK)
}
