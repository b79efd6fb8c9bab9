//! `portcullis state`.

use std::fs::File;
use std::io::{BufWriter, Read as _};
use std::path::Path;

use portcullis_store::state::{Importer, StateReader, StateWriter, export};
use serde::Serialize;

use super::session::{Session, open};
use crate::args::registry::rules::{Passphrase, State, StateExport, StateImport};
use crate::failure::{EXIT_OK, Failure, part_of, read_limited};
use crate::output;

/// A file with a passphrase.
const PASSPHRASE_SIZE_BYTES_MAX: u64 = 4_096;

pub fn run(args: &State) -> Result<u8, Failure> {
    match args {
        State::Export(args) => run_export(args),
        State::Import(args) => run_import(args),
    }
}

fn passphrase(args: &Passphrase) -> Result<String, Failure> {
    let text = match &args.passphrase_file {
        Some(path) if path == Path::new("-") => {
            let mut bytes = Vec::new();
            let limited = std::io::stdin().lock().take(PASSPHRASE_SIZE_BYTES_MAX);
            let read = { limited }.read_to_end(&mut bytes);
            read.map_err(|source| Failure::Io { verb: "read", path: path.clone(), source })?;
            bytes
        }
        Some(path) => read_limited(path, PASSPHRASE_SIZE_BYTES_MAX)?,
        None => std::env::var("PORTCULLIS_PASSPHRASE").unwrap_or_default().into_bytes(),
    };
    let text = String::from_utf8(text)
        .map_err(|_| Failure::usage("the passphrase is no UTF-8 text", "choose another one"))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let reason = "there is no passphrase";
        return Err(Failure::usage(
            reason,
            "put it into the first line of a file and name that with `--passphrase-file`",
        ));
    }
    Ok(line.to_owned())
}

#[derive(Serialize)]
struct ExportedDoc {
    file: String,
    records_count: u64,
}

fn run_export(args: &StateExport) -> Result<u8, Failure> {
    let passphrase = passphrase(&args.passphrase)?;
    let mut store = open(&args.reading)?;
    let part = part_of(&args.output);
    let failed = |source| Failure::Io { verb: "write", path: args.output.clone(), source };
    let file = File::create(&part).map_err(failed)?;
    let written = store
        .snapshot(|view| {
            let mut writer = StateWriter::new(BufWriter::new(file), &passphrase)?;
            export(view, &mut writer, &mut |count| shown(count, "exported"))?;
            writer.finish()
        })
        .map_err(Failure::from)
        .and_then(|(count, out)| {
            let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)?;
            std::fs::rename(&part, &args.output).map_err(failed)?;
            Ok(count)
        });
    let records_count = written.inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })?;
    let done = ExportedDoc { file: args.output.display().to_string(), records_count };
    if args.reading.json {
        output::json(&done);
    } else {
        output::text(&format!("wrote {}: {records_count} records, encrypted\n", done.file));
    }
    Ok(EXIT_OK)
}

/// Progress of large fabrics, on standard error.
fn shown(count: u64, verb: &str) {
    if count >= 10_000 && count.is_multiple_of(10_000) {
        eprintln!("{verb} {count} records");
    }
}

fn run_import(args: &StateImport) -> Result<u8, Failure> {
    let passphrase = passphrase(&args.passphrase)?;
    let failed = |source| Failure::Io { verb: "read", path: args.file.clone(), source };
    let file = File::open(&args.file).map_err(failed)?;
    let named = |error: portcullis_store::StoreError| {
        let remedy = error.remedy().to_owned();
        Failure::file(&args.file, error, remedy)
    };
    let mut reader = StateReader::new(file, &passphrase).map_err(named)?;
    let mut session = Session::open(&args.changing)?;
    let work = |change: &mut portcullis_store::Change<'_>| {
        Importer::run(change, &mut reader, &mut |count| shown(count, "imported"))
    };
    let (done, effects) = session.change(work).map_err(|failure| match failure {
        Failure::Store(error) => named(error),
        other => other,
    })?;
    let text =
        format!("imported {} records; {} were there already\n", done.added_count, done.known_count);
    Ok(session.answer(&done, effects.as_ref(), &text))
}
