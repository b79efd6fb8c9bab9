//! `portcullis trust`.

use std::fmt::Write as _;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use portcullis_api::call::{InspectCallDoc, Operation};
use portcullis_api::inspect::{Content, InspectDoc};
use portcullis_api::text::Blob;
use portcullis_store::TrustDoc;
use serde::Serialize;

use super::ask::ask;
use super::session::{Session, now, open};
use super::time::utc_of;
use crate::args::registry::hosts::{Trust, TrustAdd, TrustList, TrustOne, TrustRemove};
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read_limited};
use crate::output;

/// A file of certificates. Microsoft's cabinet has about 2 MB.
const FILE_SIZE_BYTES_MAX: u64 = 16 << 20;
/// What a cabinet unfolds to.
const CABINET_SIZE_BYTES_MAX: u64 = 64 << 20;
/// Files below one folder or in one cabinet: about twice Microsoft's collection.
const FILES_MAX: usize = 8_192;
/// Folders within folders. The collection nests two deep.
const DEPTH_MAX: usize = 8;

pub fn run(args: &Trust) -> Result<u8, Failure> {
    match args {
        Trust::Add(args) => add(args),
        Trust::List(args) => list(args),
        Trust::Show(args) => show(args),
        Trust::Remove(args) => remove(args),
        Trust::Check(args) => check(args),
    }
}

/// A certificate that was found in a file.
pub struct Found {
    pub document: TrustDoc,
    pub der: Vec<u8>,
}

#[derive(Serialize)]
struct AddedDoc {
    added: Vec<TrustDoc>,
    known_count: usize,
    /// Files that hold no certificate.
    passed_over: Vec<String>,
}

fn add(args: &TrustAdd) -> Result<u8, Failure> {
    let mut passed_over = Vec::new();
    let mut found = Vec::new();
    for path in &args.paths {
        found.extend(certificates(path, &mut passed_over)?);
    }
    if args.windows {
        found.iter_mut().for_each(|one| one.document.kind = "windows".into());
    }
    if found.is_empty() {
        let path = args.paths.first().map_or(Path::new(""), PathBuf::as_path);
        let remedy = "name DER or PEM certificates, folders of them, or TrustedTpm.cab";
        return Err(Failure::file(path, "holds no certificate", remedy));
    }
    let session = Session::open(&args.changing)?;
    session.run(
        |change| {
            let mut done = AddedDoc { added: Vec::new(), known_count: 0, passed_over };
            for one in &found {
                match change.add_trust(&one.document, &one.der)? {
                    true => done.added.push(one.document.clone()),
                    false => done.known_count += 1,
                }
            }
            Ok(done)
        },
        |done| {
            if args.windows {
                return format!(
                    "{} certificates stand for Windows' boot manager now, and no others\n",
                    done.added.len() + done.known_count
                );
            }
            let roots = done.added.iter().filter(|one| one.kind == "root").count();
            let mut text = format!(
                "trusted {roots} roots and {} intermediates; {} were trusted already\n",
                done.added.len() - roots,
                done.known_count
            );
            for file in &done.passed_over {
                let _ = writeln!(text, "  passed over `{file}`: no certificate");
            }
            text
        },
    )
}

/// The certificates of a file, a folder, or a cabinet.
pub fn certificates(path: &Path, passed_over: &mut Vec<String>) -> Result<Vec<Found>, Failure> {
    let mut files = Vec::new();
    if path.is_dir() {
        let mut paths = Vec::new();
        below(path, 0, &mut paths)?;
        for path in paths {
            files.push((path.display().to_string(), read_limited(&path, FILE_SIZE_BYTES_MAX)?));
        }
    } else {
        let bytes = read_limited(path, FILE_SIZE_BYTES_MAX)?;
        match bytes.starts_with(b"MSCF") {
            true => files = cabinet(path, bytes)?,
            false => files.push((path.display().to_string(), bytes)),
        }
    }
    let mut found = Vec::new();
    for (name, bytes) in files {
        let before = found.len();
        for der in single(&bytes) {
            found.extend(document(&name, der)?);
        }
        if found.len() == before {
            passed_over.push(name);
        }
    }
    Ok(found)
}

fn below(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |source| Failure::Io { verb: "read", path: folder.to_owned(), source };
    if depth > DEPTH_MAX {
        let reason = format!("is more than {DEPTH_MAX} folders deep");
        return Err(Failure::file(folder, reason, "name the folder of the certificates"));
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if path.is_dir() && !path.is_symlink() {
            below(&path, depth + 1, files)?;
        } else if ["pem", "crt", "cer", "der"].iter().any(|known| extension == *known) {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            let reason = format!("holds more than {FILES_MAX} files");
            return Err(Failure::file(folder, reason, "name the folder of the certificates"));
        }
    }
    Ok(())
}

/// The certificate files of a cabinet. Its signature is not checked.
fn cabinet(path: &Path, bytes: Vec<u8>) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let refused = |reason: String| {
        Failure::file(path, reason, "fetch the cabinet again, or unfold it and name the folder")
    };
    let damaged = |error: std::io::Error| refused(format!("is no cabinet: {error}"));
    let mut cabinet = cab::Cabinet::new(Cursor::new(bytes)).map_err(damaged)?;
    let names: Vec<String> = cabinet
        .folder_entries()
        .flat_map(cab::FolderEntry::file_entries)
        .map(|file| file.name().to_owned())
        .filter(|name| {
            let name = name.to_ascii_lowercase();
            [".cer", ".crt", ".der", ".pem"].iter().any(|known| name.ends_with(known))
        })
        .take(FILES_MAX + 1)
        .collect();
    if names.len() > FILES_MAX {
        return Err(refused(format!("holds more than {FILES_MAX} certificate files")));
    }
    let mut files = Vec::new();
    let mut room = CABINET_SIZE_BYTES_MAX;
    for name in names {
        let mut content = Vec::new();
        let reader = cabinet.read_file(&name).map_err(damaged)?;
        let size = reader.take(room + 1).read_to_end(&mut content).map_err(damaged)?;
        room = room.checked_sub(size as u64).ok_or_else(|| {
            refused(format!("unfolds to more than {CABINET_SIZE_BYTES_MAX} bytes"))
        })?;
        files.push((name.replace('\\', "/"), content));
    }
    Ok(files)
}

/// The single certificates of a file: the bytes of every PEM block, or the file as it is.
fn single(bytes: &[u8]) -> Vec<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(bytes);
    if !text.contains(BEGIN) {
        return vec![bytes.to_vec()];
    }
    let blocks = text.split(BEGIN).skip(1).filter_map(|rest| rest.split_once(END));
    let der = |(body, _): (&str, &str)| {
        let joined: String = body.split_whitespace().collect();
        serde_json::from_value::<Blob>(joined.into()).ok().map(|blob| blob.0)
    };
    blocks.filter_map(der).collect()
}

fn document(source: &str, der: Vec<u8>) -> Result<Option<Found>, Failure> {
    let call = InspectCallDoc { file: source.to_owned(), content: der.into() };
    let found: InspectDoc =
        ask(Operation::Inspect, &call, |reason| Failure::file(Path::new(source), reason, ""))?;
    let Content::EkCertificate(doc) = found.content else { return Ok(None) };
    if doc.sha256.is_empty() {
        return Ok(None);
    }
    let seconds = |text: &str| text.parse().unwrap_or(i64::MAX);
    let kind = if doc.self_issued { "root" } else { "intermediate" };
    let document = TrustDoc {
        sha256: doc.sha256,
        kind: kind.into(),
        subject: doc.subject,
        issuer: doc.issuer,
        not_before: seconds(&doc.not_before),
        not_after: seconds(&doc.not_after),
        source: source.to_owned(),
    };
    Ok(Some(Found { document, der: call.content.0 }))
}

fn list(args: &TrustList) -> Result<u8, Failure> {
    let trusted = open(&args.reading)?.view().trust()?;
    if args.reading.json {
        output::json(&trusted);
        return Ok(EXIT_OK);
    }
    let mut text = String::new();
    for one in &trusted {
        let _ = writeln!(text, "{:<12}  {}  {}", one.kind, short(&one.sha256), one.subject);
    }
    let _ = writeln!(text, "{} certificates", trusted.len());
    output::text(&text);
    Ok(EXIT_OK)
}

fn short(sha256: &str) -> &str {
    sha256.get(..16).unwrap_or(sha256)
}

fn show(args: &TrustOne) -> Result<u8, Failure> {
    let (document, _) = open(&args.reading)?.view().trusted_certificate(&args.sha256)?;
    if args.reading.json {
        output::json(&document);
        return Ok(EXIT_OK);
    }
    output::text(&format!(
        "{} {}\n  subject     {}\n  issuer      {}\n  valid       {} to {}\n  from        {}\n",
        document.kind,
        document.sha256,
        document.subject,
        document.issuer,
        utc_of(document.not_before),
        utc_of(document.not_after),
        document.source
    ));
    Ok(EXIT_OK)
}

fn remove(args: &TrustRemove) -> Result<u8, Failure> {
    Session::open(&args.changing)?.run(
        |change| change.remove_trust(&args.sha256),
        |document| format!("no longer trusted: {} `{}`\n", document.kind, document.subject),
    )
}

#[derive(Serialize)]
struct CheckDoc {
    sha256: String,
    subject: String,
    text: String,
}

fn check(args: &TrustList) -> Result<u8, Failure> {
    let trusted = open(&args.reading)?.view().trust()?;
    let now = i64::try_from(now()).unwrap_or(i64::MAX);
    let mut notes = Vec::new();
    for one in &trusted {
        let mut note = |text: String| {
            let (sha256, subject) = (one.sha256.clone(), one.subject.clone());
            notes.push(CheckDoc { sha256, subject, text });
        };
        if one.not_after < now {
            note("has expired; chains through it are accepted, with a note".into());
        }
        if one.not_before > now {
            note("is not valid yet".into());
        }
        if one.kind == "intermediate" && !trusted.iter().any(|other| other.subject == one.issuer) {
            note(format!("its issuer `{}` is not registered, so it leads to no root", one.issuer));
        }
    }
    if args.reading.json {
        output::json(&notes);
    } else if notes.is_empty() {
        output::text(&format!("{} certificates, nothing to say\n", trusted.len()));
    } else {
        let lines =
            notes.iter().map(|n| format!("{}  {}: {}\n", short(&n.sha256), n.subject, n.text));
        output::text(&lines.collect::<String>());
    }
    Ok(if notes.is_empty() { EXIT_OK } else { EXIT_NOT_PASSED })
}
