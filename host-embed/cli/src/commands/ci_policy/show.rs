//! `portcullis ci-policy show`.

use std::fmt::Write as _;

use portcullis_api::call::{InspectCallDoc, Operation};
use portcullis_api::ci_policy::{CiPolicyShowDoc, StatementDoc};

use super::{failure, registry, write_warnings};
use crate::args::ci_policy::Show;
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

/// Rules and signers that are listed without `--all`.
const LISTED_MAX: usize = 20;

pub fn run(args: &Show, engine: &Engine) -> Result<u8, Failure> {
    // A file comes first, as it did before policies were registered.
    let bytes = match registry::name_of(&args.file, &args.reading)? {
        Some(registered) => registered,
        None => read(&args.file)?,
    };
    let file = args.file.to_string_lossy().into_owned();
    let question = InspectCallDoc { file, content: bytes.into() };
    let reply =
        engine.ask(Operation::ShowCiPolicy, &question, |refusal| failure(&args.file, refusal))?;
    if args.reading.json {
        output::text(&reply.line());
    } else {
        output::text(&render(&reply.read()?, args.all));
    }
    Ok(EXIT_OK)
}

fn render(doc: &CiPolicyShowDoc, all: bool) -> String {
    let kind = doc.kind.as_deref().unwrap_or("single policy");
    let mut text = format!("{}: {}, {kind}, version {}", doc.file, doc.encoding, doc.version);
    if let Some(format) = doc.format_version {
        let _ = write!(text, ", format {format}");
    }
    text.push('\n');
    let policy_type = doc.policy_type.as_ref().map(|id| match &doc.policy_type_name {
        Some(name) => format!("{id} ({name})"),
        None => id.clone(),
    });
    for (name, value) in [
        ("name", &doc.name),
        ("id", &doc.id_text),
        ("policy type", &policy_type),
        ("policy id", &doc.policy_id),
        ("base policy", &doc.base_policy_id),
        ("sha256 (measured)", &doc.policy_sha256),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<18} {}", value.escape_debug());
        }
    }
    let _ = writeln!(text, "  {:<18} {}", "HVCI", doc.hvci);
    for signature in &doc.signatures {
        let signer = signature.signer.as_deref().unwrap_or("unknown");
        let why = signature.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(text, "  {:<18} {}{why} ({signer})", "signature", signature.state);
    }
    write_warnings(&mut text, &doc.warnings);
    let _ = writeln!(text, "options:");
    for option in &doc.options {
        let _ = writeln!(text, "  {option}");
    }
    for (title, topic) in [
        ("file rules", "file_rule"),
        ("signers", "signer"),
        ("artifact rules", "artifact_rule"),
        ("settings", "setting"),
    ] {
        let of_topic: Vec<_> = doc.statements.iter().filter(|of| of.topic == topic).collect();
        list(&mut text, title, &of_topic, all);
    }
    if !doc.complete {
        text.push_str("there is more than can be listed\n");
    }
    text
}

fn list(text: &mut String, title: &str, statements: &[&StatementDoc], all: bool) {
    if statements.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}:");
    let shown = if all { statements.len() } else { LISTED_MAX };
    for statement in statements.iter().take(shown) {
        let _ = writeln!(text, "  {}", statement.text);
    }
    if let Some(more @ 1..) = statements.len().checked_sub(shown) {
        let _ = writeln!(text, "  ... and {more} more (`--all` lists them)");
    }
}
