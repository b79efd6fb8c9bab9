//! `portcullis ci-policy add|list|remove`, and `show` of a registered policy.

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::call::{ConvertReplyDoc, FileCallDoc, InspectCallDoc, Operation, RefusalDoc};
use portcullis_api::ci_policy::{CiPolicyHashDoc, CiPolicyShowDoc, WarningDoc};
use portcullis_store::{Name, Version};
use serde::Serialize;

use super::session::{Session, open, open_if_any};
use crate::args::registry::Reading;
use crate::args::registry::references::{CiPolicyAdd, Listing, RemoveNamed};
use crate::engine::current;
use crate::failure::{EXIT_OK, Failure, read_limited};
use crate::output;

/// The engine's own limit.
const FILE_SIZE_BYTES_MAX: u64 = 8 << 20;

#[derive(Serialize)]
struct AddedDoc {
    name: String,
    policy_version: String,
    policy_sha256: String,
    /// `enforced` or `audit`.
    mode: String,
    /// True when the signature was taken off first.
    unwrapped: bool,
    warnings: Vec<WarningDoc>,
}

pub fn add(args: &CiPolicyAdd) -> Result<u8, Failure> {
    let bytes = read_limited(&args.file, FILE_SIZE_BYTES_MAX)?;
    let refused = |refusal: &RefusalDoc| {
        let remedy = "name the binary that hosts have in force; `portcullis ci-policy convert` \
                      makes it from XML";
        Failure::file(&args.file, refusal, remedy)
    };
    let file = FileCallDoc { content: bytes.into() };
    let hash: CiPolicyHashDoc = current().ask(Operation::HashCiPolicy, &file, refused)?.read()?;
    if hash.signed && !args.unwrap {
        return Err(Failure::file(
            &args.file,
            "is signed; the signature governs updates and is not measured, so a host can never \
             attest the file as it is (W22)",
            "register an unsigned copy: the output of `portcullis ci-policy unwrap`, or this file \
             with `--unwrap`",
        ));
    }
    let raw = match hash.signed {
        true => {
            let reply = current().ask(Operation::UnwrapCiPolicy, &file, refused)?;
            reply.read::<ConvertReplyDoc>()?.content
        }
        false => file.content,
    };
    let file = args.file.to_string_lossy().into_owned();
    let question = InspectCallDoc { file, content: raw.clone() };
    let shown: CiPolicyShowDoc =
        current().ask(Operation::ShowCiPolicy, &question, refused)?.read()?;
    let audit = shown.options.iter().any(|option| option == "Enabled:Audit Mode");
    let mode = if audit { "audit" } else { "enforced" };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => args.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let name = Name::new("--name", &name)?;
    let version = Version::from(args.version.policy_version);
    Session::open(&args.changing)?.run(
        |change| {
            change.add_ci_policy(&name, version, &hash.policy_sha256, mode, &raw.0)?;
            Ok(AddedDoc {
                name: name.to_string(),
                policy_version: version.name().into(),
                policy_sha256: hash.policy_sha256.clone(),
                mode: mode.into(),
                unwrapped: hash.signed,
                warnings: shown.warnings,
            })
        },
        added_text,
    )
}

fn added_text(done: &AddedDoc) -> String {
    let mut text = format!(
        "registered CI policy `{}` as {}: {}\n",
        done.name, done.policy_version, done.policy_sha256
    );
    if done.unwrapped {
        text.push_str("  the signature was taken off: this is the digest that hosts measure\n");
    }
    if done.mode == "audit" {
        text.push_str(
            "WARNING: this policy is in AUDIT MODE. It blocks nothing: hosts that attest with it \
             run any program.\n  For production, delete option 3 (`portcullis ci-policy \
             set-option FILE.xml 3 --delete`), convert, apply and register again.\n",
        );
    }
    for warning in &done.warnings {
        let _ = writeln!(text, "  {}: {} [{}]", warning.code, warning.text, warning.evidence);
    }
    text
}

pub fn list(args: &Listing) -> Result<u8, Failure> {
    let policies = open(&args.reading)?.view().ci_policies()?;
    if args.reading.json {
        output::json(&policies);
        return Ok(EXIT_OK);
    }
    let lines = policies.iter().map(|stored| {
        let audit = if stored.mode == "audit" { "  AUDIT MODE" } else { "" };
        format!("{:<32}  {}  {}{audit}\n", stored.name, stored.policy_version, stored.policy_sha256)
    });
    output::text(&lines.collect::<String>());
    output::text(&format!("{} CI policies\n", policies.len()));
    Ok(EXIT_OK)
}

pub fn remove(args: &RemoveNamed) -> Result<u8, Failure> {
    let name = Name::new("NAME", &args.name)?;
    let version = Version::from(args.version.policy_version);
    Session::open(&args.changing)?.run(
        |change| change.remove_ci_policy(&name, version),
        |stored| format!("removed CI policy `{}` ({})\n", stored.name, stored.policy_version),
    )
}

/// The registered policy of a name, when there is a store and no file of that name.
pub fn name_of(what: &Path, reading: &Reading) -> Result<Option<Vec<u8>>, Failure> {
    let Some(name) = what.to_str().filter(|_| !what.exists()) else { return Ok(None) };
    let Some(mut store) = open_if_any(reading)? else { return Ok(None) };
    Ok(Some(store.view().ci_policy_file(&Name::new("FILE|NAME", name)?)?))
}
