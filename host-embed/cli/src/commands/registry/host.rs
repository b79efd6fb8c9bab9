//! `portcullis host`.

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::PolicySetDoc;
use portcullis_store::{
    Added, Candidate, CertificateState, EffectsDoc, HostDoc, Name, ResultRow, StoreError, Version,
};
use serde::Serialize;

use super::capture::{Source, sources};
use super::session::{Session, now, open};
use super::time::utc_of;
use crate::args::registry::hosts::{Add, Host, List, Rebind, Remove, Rename, Show};
use crate::engine::current;
use crate::failure::{EXIT_OK, EXIT_USAGE, Failure};
use crate::output;

mod doctor;
mod identifier;

/// Hosts that are registered in one transaction: enough to be fast, few enough that other
/// writers get their turn.
const BATCH: usize = 64;
/// Hosts that are listed from one page.
const PAGE: usize = 1_000;

pub fn run(args: &Host) -> Result<u8, Failure> {
    match args {
        Host::Add(args) => add(args),
        Host::Capture(args) => identifier::capture(args),
        Host::List(args) => list(args),
        Host::Show(args) => show(args),
        Host::Rename(args) => rename(args),
        Host::Remove(args) => remove(args),
        Host::Rebind(args) => rebind(args),
        Host::Doctor(args) => doctor::run(args),
    }
}

#[derive(Serialize)]
struct AddedDoc {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<AddedHost>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedHost>,
}

#[derive(Serialize)]
struct AddedHost {
    file: String,
    name: String,
    ek_sha256: String,
    policy_version: String,
    certificate: CertificateState,
    /// `new` or `other_version`.
    registered: &'static str,
}

#[derive(Serialize)]
struct RefusedHost {
    file: String,
    reason: String,
    remedy: String,
}

fn add(args: &Add) -> Result<u8, Failure> {
    let mut sources = sources(&args.paths, &args.identity)?;
    if let [Source { evidence: Err(_), .. }] = sources.as_slice() {
        // The failure of the only file says all there is to say.
        return sources.remove(0).evidence.map(|_| EXIT_USAGE);
    }
    if args.name.is_some() && sources.len() != 1 {
        let reason = format!("`--name` names one host, and there are {} files", sources.len());
        return Err(Failure::usage(reason, "name one file, or leave `--name` out"));
    }
    let mut session = Session::open(&args.changing)?;
    let rules = session.rules()?;
    let mut done = AddedDoc { hosts: Vec::new(), refused: Vec::new() };
    let mut effects = None;
    for batch in sources.chunks(BATCH) {
        let mut admitted = Vec::new();
        for source in batch {
            match admit(args, &rules, source) {
                Ok(host) => admitted.push(host),
                Err(error) => done.refused.push(refused(source, &error)),
            }
        }
        // Where all are refused, no store need be made for them.
        if !admitted.is_empty() {
            effects = add_batch(args, &mut session, &admitted, &mut done)?;
        }
        if sources.len() > BATCH {
            eprintln!("{} of {} files", done.hosts.len() + done.refused.len(), sources.len());
        }
    }
    if let ([], [only]) = (done.hosts.as_slice(), done.refused.as_slice())
        && sources.len() == 1
        && !args.changing.reading.json
    {
        return Err(Failure::file(Path::new(&only.file), &only.reason, only.remedy.clone()));
    }
    let code = session.answer(&done, effects.as_ref(), &added_text(&done, args, &rules));
    Ok(if done.refused.is_empty() { code } else { EXIT_USAGE })
}

/// Registers hosts in one transaction. One that is refused does not take back the others.
fn add_batch(
    args: &Add,
    session: &mut Session<'_>,
    admitted: &[Admitted<'_>],
    done: &mut AddedDoc,
) -> Result<Option<EffectsDoc>, Failure> {
    let version = Version::from(args.version.policy_version);
    let (outcomes, effects) = session.change(|change| {
        let mut outcomes = Vec::new();
        for host in admitted {
            match change.add_host(&host.name, &host.candidate, version, args.force) {
                // Anything but a refusal ends the batch: the store cannot be written.
                Err(error) if !matches!(error, StoreError::Refused { .. }) => return Err(error),
                outcome => outcomes.push(outcome),
            }
        }
        Ok(outcomes)
    })?;
    for (host, outcome) in admitted.iter().zip(outcomes) {
        match outcome {
            Ok(added) => done.hosts.push(AddedHost {
                file: host.source.shown.clone(),
                name: host.name.to_string(),
                ek_sha256: host.candidate.ek_sha256.clone(),
                policy_version: version.name().into(),
                certificate: host.candidate.state,
                registered: if added == Added::Host { "new" } else { "other_version" },
            }),
            Err(error) => done.refused.push(refused(host.source, &error)),
        }
    }
    Ok(effects)
}

/// A host that the rules of its version admit.
struct Admitted<'s> {
    source: &'s Source,
    name: Name,
    candidate: Candidate,
}

fn admit<'s>(
    args: &Add,
    rules: &PolicySetDoc,
    source: &'s Source,
) -> Result<Admitted<'s>, StoreError> {
    let evidence = source.evidence.as_ref();
    let evidence =
        evidence.map_err(|error| StoreError::refused("file", error.reason(), error.remedy()))?;
    let candidate = Candidate::examine(current(), rules, evidence.clone(), now())?;
    let name = args.name.clone().or_else(|| candidate.name.clone());
    let name = Name::new("--name", &name.unwrap_or_else(|| source.stem.clone()))?;
    candidate.admit(Version::from(args.version.policy_version), args.force)?;
    Ok(Admitted { source, name, candidate })
}

fn refused(source: &Source, error: &StoreError) -> RefusedHost {
    RefusedHost {
        file: source.shown.clone(),
        remedy: error.remedy().to_owned(),
        reason: error.to_string(),
    }
}

fn added_text(done: &AddedDoc, args: &Add, rules: &PolicySetDoc) -> String {
    let mut text = String::new();
    for host in &done.hosts {
        let _ = writeln!(
            text,
            "registered {} as {}: EK {}, certificate {}",
            host.name,
            host.policy_version,
            host.ek_sha256,
            host.certificate.name()
        );
    }
    for refused in &done.refused {
        let _ = writeln!(
            text,
            "refused {}: {}\n  try: {}",
            refused.file, refused.reason, refused.remedy
        );
    }
    if done.hosts.len() + done.refused.len() > 1 {
        let _ = writeln!(text, "{} registered, {} refused", done.hosts.len(), done.refused.len());
    }
    let version = Version::from(args.version.policy_version);
    if !done.hosts.is_empty() {
        if version == Version::V1 {
            text.push_str(
                "note: as v1, a host attests only with a baseline and a CI policy that are v1 too\n",
            );
        }
        if !rules.versions.iter().any(|accepted| accepted == version.name()) {
            let _ = writeln!(
                text,
                "note: the server does not accept {version}; see `portcullis server version`"
            );
        }
    }
    text
}

fn list(args: &List) -> Result<u8, Failure> {
    let mut store = open(&args.reading)?;
    let mut after = args.after.clone();
    let mut room = args.limit.unwrap_or(usize::MAX);
    let mut count = 0_usize;
    while room > 0 {
        let page = store.view().hosts(&after, room.min(PAGE))?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.name);
        room -= page.len();
        count += page.len();
        let lines = page.iter().map(|host| match args.reading.json {
            true => output::to_json(host),
            false => line(host),
        });
        output::text(&lines.collect::<String>());
    }
    if !args.reading.json {
        output::text(&format!("{count} hosts\n"));
    }
    Ok(EXIT_OK)
}

fn line(host: &HostDoc) -> String {
    let short = host.ek_sha256.get(..16).unwrap_or(&host.ek_sha256);
    let versions = host.policy_versions.join("+");
    format!("{:<24}  {versions:<5}  {short}  certificate {}\n", host.name, host.certificate.name())
}

#[derive(Serialize)]
struct ShownHost {
    #[serde(flatten)]
    host: HostDoc,
    results: Vec<ResultRow>,
}

fn show(args: &Show) -> Result<u8, Failure> {
    let mut store = open(&args.reading)?;
    let mut view = store.view();
    let host = view.known_host(&Name::new("NAME", &args.name)?)?;
    let results = view.results(&host.ek_sha256)?;
    if let Some(id) = args.bundle {
        if !results.iter().any(|result| result.id == id) {
            let reason = format!("host `{}` has no verdict {id}", host.name);
            return Err(Failure::usage(reason, "see `portcullis host show` for their numbers"));
        }
        output::json(&view.bundle(id)?);
        return Ok(EXIT_OK);
    }
    let shown = ShownHost { host, results };
    if args.reading.json {
        output::json(&shown);
    } else {
        output::text(&shown_text(&shown));
    }
    Ok(EXIT_OK)
}

fn shown_text(shown: &ShownHost) -> String {
    let host = &shown.host;
    let mut text = format!(
        "{}\n  registered   {}\n  EK           {}\n  certificate  {}\n",
        host.name,
        host.policy_versions.join(" and "),
        host.ek_sha256,
        host.certificate.name()
    );
    if let Some(ak) = &host.ak_name {
        let _ = writeln!(text, "  AK           {ak}");
    }
    for result in &shown.results {
        let _ = writeln!(
            text,
            "  {} {:>6}  {} {} at {}",
            result.kind,
            result.id,
            result.outcome,
            result.headline,
            utc_of(result.at)
        );
    }
    if shown.results.is_empty() {
        text.push_str("  no verdict yet: `portcullis appraise --host` makes one\n");
    }
    text
}

fn rename(args: &Rename) -> Result<u8, Failure> {
    let (old, new) = (Name::new("OLD", &args.old)?, Name::new("NEW", &args.new)?);
    Session::open(&args.changing)?.run(
        |change| {
            change.rename_host(&old, &new)?;
            change.known_host(&new)
        },
        |host| format!("renamed {old} to {}\n", host.name),
    )
}

fn remove(args: &Remove) -> Result<u8, Failure> {
    let name = Name::new("NAME", &args.name)?;
    let version = (!args.all).then(|| Version::from(args.version.policy_version));
    Session::open(&args.changing)?.run(
        |change| change.remove_host(&name, version),
        |host| match version {
            Some(version) => format!("removed {} ({version}), EK {}\n", host.name, host.ek_sha256),
            None => format!("removed {}, EK {}\n", host.name, host.ek_sha256),
        },
    )
}

#[derive(Serialize)]
struct ReboundDoc {
    name: String,
    before: String,
    after: String,
    certificate: CertificateState,
}

fn rebind(args: &Rebind) -> Result<u8, Failure> {
    let name = Name::new("NAME", &args.name)?;
    let paths: Vec<_> = args.path.iter().cloned().collect();
    let mut sources = sources(&paths, &args.identity)?;
    let (Some(source), true) = (sources.pop(), sources.is_empty()) else {
        let reason = "a host has one EK, and this names several files or none";
        return Err(Failure::usage(reason, "name one platform identifier"));
    };
    let evidence = source.evidence?;
    let mut session = Session::open(&args.changing)?;
    let rules = session.rules()?;
    let candidate = Candidate::examine(current(), &rules, evidence, now())?;
    session.run(
        |change| {
            let before = change.rebind_host(&name, &candidate, args.force)?;
            Ok(ReboundDoc {
                name: before.name,
                before: before.ek_sha256,
                after: candidate.ek_sha256.clone(),
                certificate: candidate.state,
            })
        },
        |done| {
            format!(
                "rebound {}\n  from EK {}\n  to EK   {} (certificate {})\n",
                done.name,
                done.before,
                done.after,
                done.certificate.name()
            )
        },
    )
}
