//! `portcullis dump-key`.

use std::path::Path;

use portcullis_api::inspect::{Content, SipaDoc, SipaValueDoc};
use portcullis_api::text::{hex, unhex};
use portcullis_store::Name;
use serde::Serialize;

use super::capture::inspect;
use super::session::{Session, open};
use crate::args::registry::references::{DumpKey, DumpKeyAdd, DumpKeyRemove, Listing};
use crate::failure::{EXIT_OK, Failure, read_limited};
use crate::output;

/// A public key as the registry holds it, or a log.
const FILE_SIZE_BYTES_MAX: u64 = 8 << 20;

pub fn run(args: &DumpKey) -> Result<u8, Failure> {
    match args {
        DumpKey::Add(args) => add(args),
        DumpKey::List(args) => list(args),
        DumpKey::Remove(args) => remove(args),
    }
}

#[derive(Serialize)]
struct AddedDoc {
    name: String,
    sha256: String,
}

fn add(args: &DumpKeyAdd) -> Result<u8, Failure> {
    let name = Name::new("--name", &args.name)?;
    let sha256 = digest(args)?;
    Session::open(&args.changing)?.run(
        |change| {
            change.add_dump_key(&name, &sha256)?;
            Ok(AddedDoc { name: name.to_string(), sha256: sha256.clone() })
        },
        |done| format!("registered dump key `{}`: {}\n", done.name, done.sha256),
    )
}

fn digest(args: &DumpKeyAdd) -> Result<String, Failure> {
    if let Some(path) = &args.public_key {
        return of_file(path);
    }
    if let Some(path) = &args.log {
        return of_log(path);
    }
    let text = args.sha256.as_deref().unwrap_or_default();
    let bytes = unhex(text).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| {
        let reason = format!("`--sha256`: `{text}` is no SHA-256 of 64 hexadecimal digits");
        Failure::usage(reason, "name the key itself with `--public-key`")
    })?;
    Ok(hex(&bytes))
}

fn of_file(path: &Path) -> Result<String, Failure> {
    let bytes = read_limited(path, FILE_SIZE_BYTES_MAX)?;
    if bytes.is_empty() {
        return Err(Failure::file(path, "is empty", "export the registry value `PublicKey`"));
    }
    Ok(portcullis_store::sha256(&bytes))
}

/// Name of the element that holds the digest, as `inspect` shows it.
const ELEMENT: &str = "DUMP_ENCRYPTION_KEY_DIGEST";

fn of_log(path: &Path) -> Result<String, Failure> {
    let bytes = read_limited(path, FILE_SIZE_BYTES_MAX)?;
    let found = inspect(&path.display().to_string(), bytes)?;
    let refused = |reason: &str| {
        Failure::file(path, reason, "name the log of a host that encrypts its dumps")
    };
    let Content::EventLog(log) = found.content else { return Err(refused("is no event log")) };
    let elements = log.events.iter().flat_map(|event| &event.sipa);
    let mut digests: Vec<String> = Vec::new();
    elements.for_each(|element| collect(element, &mut digests));
    digests.dedup();
    match digests.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(refused("its host measured no key of memory dumps")),
        _ => Err(refused("its host measured several keys of memory dumps")),
    }
}

/// Recurses as deep as containers nest, which the engine limits.
fn collect(element: &SipaDoc, digests: &mut Vec<String>) {
    if element.type_name == ELEMENT
        && let Some(SipaValueDoc::Text(digest)) = &element.value
    {
        digests.push(digest.clone());
    }
    element.children.iter().for_each(|child| collect(child, digests));
}

fn list(args: &Listing) -> Result<u8, Failure> {
    let keys = open(&args.reading)?.view().dump_keys()?;
    if args.reading.json {
        output::json(&keys);
        return Ok(EXIT_OK);
    }
    let lines = keys.iter().map(|key| format!("{:<32}  {}\n", key.name, key.sha256));
    output::text(&lines.collect::<String>());
    output::text(&format!("{} dump keys\n", keys.len()));
    Ok(EXIT_OK)
}

fn remove(args: &DumpKeyRemove) -> Result<u8, Failure> {
    let name = Name::new("NAME", &args.name)?;
    Session::open(&args.changing)?.run(
        |change| change.remove_dump_key(&name),
        |key| format!("removed dump key `{}`: {}\n", key.name, key.sha256),
    )
}
