//! `portcullis ci-policy`.

mod convert;
mod diff;
mod edit;
mod matching;
mod show;

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::ci_policy::{PolicyError, WarningDoc, hash};

use super::registry::ci_policy as registry;
use crate::args::ci_policy::{CiPolicy, Hash};
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &CiPolicy) -> Result<u8, Failure> {
    match args {
        CiPolicy::Show(args) => show::run(args),
        CiPolicy::Diff(args) => diff::run(args),
        CiPolicy::Convert(args) => convert::run(args),
        CiPolicy::SetOption(args) => edit::set_option(args),
        CiPolicy::SetVersion(args) => edit::set_version(args),
        CiPolicy::SetId(args) => edit::set_id(args),
        CiPolicy::SetSetting(args) => edit::set_setting(args),
        CiPolicy::SetHvci(args) => edit::set_hvci(args),
        CiPolicy::Hash(args) => run_hash(args),
        CiPolicy::Match(args) => matching::run(args),
        CiPolicy::Unwrap(args) => convert::unwrap(args),
        CiPolicy::Add(args) => registry::add(args),
        CiPolicy::List(args) => registry::list(args),
        CiPolicy::Remove(args) => registry::remove(args),
    }
}

fn run_hash(args: &Hash) -> Result<u8, Failure> {
    let doc = hash(&read(&args.file)?).map_err(|error| failure(&args.file, &error))?;
    if args.json {
        output::json(&doc);
        return Ok(EXIT_OK);
    }
    let mut text = format!("{}  {}\n", doc.policy_sha256, args.file.display());
    if doc.signed {
        let _ =
            writeln!(text, "  of the policy inside the signature; the file is {}", doc.file_sha256);
    }
    output::text(&text);
    Ok(EXIT_OK)
}

/// A failure of one file, with what to do about it.
fn failure(path: &Path, error: &PolicyError) -> Failure {
    let remedy = match error {
        PolicyError::Read(_) => "name a binary policy (.p7b, .bin, .cip) or its XML",
        PolicyError::Xml(_) => "mend the XML at that place",
        PolicyError::Inexpressible(_) => "keep the binary; `ci-policy show` reads it",
        PolicyError::Kind(_) => "convert it with `portcullis ci-policy convert`",
        PolicyError::Argument(_) => "see `--help`",
        PolicyError::Log(_) => "name the event log (.tcglog) of a host",
    };
    match error {
        PolicyError::Argument(reason) => Failure::usage(reason, remedy),
        _ => Failure::file(path, error, remedy),
    }
}

/// Warnings, one per line.
fn write_warnings(text: &mut String, warnings: &[WarningDoc]) {
    for warning in warnings {
        let WarningDoc { code, text: meaning, evidence } = warning;
        let _ = writeln!(text, "  ! {code}: {meaning} [{evidence}]");
    }
}
