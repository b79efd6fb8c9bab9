//! `portcullis inspect`.

use std::fmt::Write as _;

use portcullis_api::call::{InspectCallDoc, Operation};
use portcullis_api::inspect::{Content, EventLogDoc, InspectDoc, SipaDoc};

use crate::args::Inspect;
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Inspect, engine: &Engine) -> Result<u8, Failure> {
    for path in &args.files {
        let file = path.to_string_lossy().into_owned();
        let question = InspectCallDoc { file, content: read(path)?.into() };
        let reply = engine
            .ask(Operation::Inspect, &question, |refusal| Failure::file(path, refusal, ""))?;
        if args.json {
            output::text(&reply.line());
        } else {
            output::text(&render(&reply.read()?));
        }
    }
    Ok(EXIT_OK)
}

fn render(document: &InspectDoc) -> String {
    let mut text = format!("{}: {} bytes, ", document.file, document.size);
    match &document.content {
        Content::EventLog(log) => event_log(&mut text, log),
        other => fields(&mut text, other),
    }
    for note in &document.findings {
        let at = note.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
        let _ = writeln!(text, "  ! {}{at}: {}", note.code, note.text);
    }
    text
}

fn event_log(text: &mut String, log: &EventLogDoc) {
    let _ = writeln!(
        text,
        "event log ({}, {}), {} events, Secure Boot {}",
        log.format,
        log.banks.join(" "),
        log.events.len(),
        log.secure_boot
    );
    let _ = writeln!(text, "  event  pcr  offset  type and content");
    for event in &log.events {
        let pcr = if event.pcr < 24 { event.pcr.to_string() } else { "-".into() };
        let _ = writeln!(
            text,
            "  {:>5}  {pcr:>3}  {:>6}  {:<32} {}",
            event.index, event.offset, event.type_name, event.summary
        );
        // The record's own line shows the outermost elements.
        elements(text, event.sipa.iter().flat_map(|outermost| &outermost.children), 0);
    }
    for (bank, registers) in &log.replay {
        let _ = writeln!(text, "  registers that the log leads to ({bank}):");
        for (pcr, value) in registers {
            let _ = writeln!(text, "    {pcr:>2} {value}");
        }
    }
}

/// One line per element, those of a module or an antimalware driver in one. Recurses as deep as
/// containers nest, which the engine limits.
fn elements<'a>(text: &mut String, elements: impl Iterator<Item = &'a SipaDoc>, depth: usize) {
    for element in elements {
        let indent = 20_usize.saturating_add(depth.saturating_mul(2));
        let _ = writeln!(text, "{:indent$}{}", "", element.summary);
        let nests = element.children.iter().any(|child| !child.children.is_empty());
        if nests {
            self::elements(text, element.children.iter(), depth.saturating_add(1));
        }
    }
}

/// The fields of a small document, one per line.
fn fields(text: &mut String, content: &Content) {
    let value = serde_json::to_value(content).unwrap_or_default();
    let kind = value.get("kind").and_then(|kind| kind.as_str()).unwrap_or("unknown");
    let _ = writeln!(text, "{}", kind.replace('_', " "));
    for (name, field) in value.as_object().into_iter().flatten().filter(|(name, _)| *name != "kind")
    {
        let shown = field.as_str().map_or_else(|| field.to_string(), str::to_owned);
        let _ = writeln!(text, "  {:<22} {shown}", name.replace('_', " "));
    }
}
