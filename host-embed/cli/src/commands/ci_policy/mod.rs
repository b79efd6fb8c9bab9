//! `portcullis ci-policy`.

mod convert;
mod diff;
mod edit;
mod matching;
mod show;

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::call::{FileCallDoc, Operation, RefusalDoc};
use portcullis_api::ci_policy::{CiPolicyHashDoc, WarningDoc};

use super::registry::ci_policy as registry;
use crate::args::ci_policy::{CiPolicy, Hash};
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &CiPolicy, engine: &Engine) -> Result<u8, Failure> {
    match args {
        CiPolicy::Show(args) => show::run(args, engine),
        CiPolicy::Diff(args) => diff::run(args, engine),
        CiPolicy::Convert(args) => convert::run(args, engine),
        CiPolicy::SetOption(args) => edit::set_option(args, engine),
        CiPolicy::SetVersion(args) => edit::set_version(args, engine),
        CiPolicy::SetId(args) => edit::set_id(args, engine),
        CiPolicy::SetSetting(args) => edit::set_setting(args, engine),
        CiPolicy::SetHvci(args) => edit::set_hvci(args, engine),
        CiPolicy::Hash(args) => run_hash(args, engine),
        CiPolicy::Match(args) => matching::run(args, engine),
        CiPolicy::Unwrap(args) => convert::unwrap(args, engine),
        CiPolicy::Add(args) => registry::add(args),
        CiPolicy::List(args) => registry::list(args),
        CiPolicy::Remove(args) => registry::remove(args),
    }
}

fn run_hash(args: &Hash, engine: &Engine) -> Result<u8, Failure> {
    let question = FileCallDoc { content: read(&args.file)?.into() };
    let reply =
        engine.ask(Operation::HashCiPolicy, &question, |refusal| failure(&args.file, refusal))?;
    let doc: CiPolicyHashDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
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
fn failure(path: &Path, refusal: &RefusalDoc) -> Failure {
    let remedy = match refusal.kind.as_str() {
        "policy" => "name a binary policy (.p7b, .bin, .cip) or its XML",
        "policy_xml" => "mend the XML at that place",
        "policy_inexpressible" => "keep the binary; `ci-policy show` reads it",
        "policy_kind" => "convert it with `portcullis ci-policy convert`",
        "argument" => return Failure::usage(refusal, "see `--help`"),
        "event_log" => "name the event log (.tcglog) of a host",
        _ => "",
    };
    Failure::file(path, refusal, remedy)
}

/// Warnings, one per line.
fn write_warnings(text: &mut String, warnings: &[WarningDoc]) {
    for warning in warnings {
        let WarningDoc { code, text: meaning, evidence } = warning;
        let _ = writeln!(text, "  ! {code}: {meaning} [{evidence}]");
    }
}
