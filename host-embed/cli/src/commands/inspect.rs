//! `portcullis inspect`.

use std::fmt::Write as _;

use portcullis_api::inspect::{self, Content, EventLogDoc, InspectDoc};

use crate::args::Inspect;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Inspect) -> Result<u8, Failure> {
    for path in &args.files {
        let document = inspect::inspect(&path.to_string_lossy(), &read(path)?);
        if args.json {
            output::json(&document);
        } else {
            output::text(&render(&document));
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
    }
    for (bank, registers) in &log.replay {
        let _ = writeln!(text, "  registers that the log leads to ({bank}):");
        for (pcr, value) in registers {
            let _ = writeln!(text, "    {pcr:>2} {value}");
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
