//! `portcullis audit`.

use std::fmt::Write as _;

use portcullis_store::NumberedEntry;

use super::session::open;
use super::time::utc_of;
use crate::args::registry::rules::{Audit, AuditLog, AuditVerify};
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure};
use crate::output;

/// Entries that are shown unless asked otherwise.
const SHOWN: i64 = 50;
/// Entries that are read at once.
const PAGE: i64 = 1_000;

pub fn run(args: &Audit) -> Result<u8, Failure> {
    match args {
        Audit::Log(args) => log(args),
        Audit::Verify(args) => verify(args),
    }
}

fn log(args: &AuditLog) -> Result<u8, Failure> {
    let mut store = open(&args.reading)?;
    let mut view = store.view();
    let mut after = match args.after {
        Some(after) => after,
        None => (view.audit_last()? - SHOWN).max(0),
    };
    loop {
        let page = view.audit_entries(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(EXIT_OK) };
        after = last.entry;
        let lines = page.iter().map(|entry| match args.reading.json {
            true => output::to_json(entry),
            false => line(entry),
        });
        output::text(&lines.collect::<String>());
    }
}

fn line(entry: &NumberedEntry) -> String {
    let what = &entry.what;
    let mut text = format!(
        "{:>6}  {}  {:<16}  {}  {}\n",
        entry.entry,
        utc_of(what.at),
        what.who,
        what.action,
        what.object
    );
    for (label, document) in [("before", &what.before), ("after", &what.after)] {
        if let Some(document) = document {
            let shown: String = document.chars().take(160).collect();
            let _ = writeln!(text, "        {label:<6} {shown}");
        }
    }
    text
}

fn verify(args: &AuditVerify) -> Result<u8, Failure> {
    let mut store = open(&args.reading)?;
    let mut trusted = args.key.clone();
    trusted.push(store.audit_fingerprint().to_owned());
    let report = store.view().audit_verify(&trusted, args.head.as_deref())?;
    if args.reading.json {
        output::json(&report);
    } else {
        let mut text = match &report.broken {
            None => "the audit trail is intact\n".to_owned(),
            Some(broken) => format!("the audit trail is BROKEN: {broken}\n"),
        };
        let _ = writeln!(
            text,
            "  {} entries in {} batches were checked\n  head {}\n  signed by {}",
            report.entries_count,
            report.batches_count,
            report.head,
            report.keys.join(", ")
        );
        output::text(&text);
    }
    Ok(if report.intact { EXIT_OK } else { EXIT_NOT_PASSED })
}
