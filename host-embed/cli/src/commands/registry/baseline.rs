//! `portcullis baseline add|list|show|diff|remove|capture`.

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::BaselineDoc;
use portcullis_api::call::{DeriveCallDoc, Operation};
use portcullis_api::inspect::Content;
use portcullis_store::{Name, StoredBaseline, Version};
use serde::Serialize;

use super::ask::ask;
use super::capture::inspect;
use super::session::{Session, open};
use super::time::utc;
use crate::args::registry::references::{
    BaselineAdd, BaselineCapture, BaselineDiff, BaselineShow, Listing, RemoveNamed,
};
use crate::args::{Level, Profile};
use crate::commands::baseline::{level_name, pcr_list};
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read_limited, write};
use crate::output;

pub mod delta;
mod difference;
mod validate;

/// A log or a baseline file. The engine's own limit of a log is 4 MiB.
pub const FILE_SIZE_BYTES_MAX: u64 = 8 << 20;

#[derive(Serialize)]
struct AddedDoc {
    name: String,
    policy_version: String,
    level: String,
    logs_count: usize,
    /// What the validation found, when its errors were silenced.
    silenced: Vec<validate::Problem>,
    /// Digest of the log by file, and by the class that its hosts form.
    classes: Vec<difference::ClassDoc>,
}

pub fn add(args: &BaselineAdd) -> Result<u8, Failure> {
    let files = args
        .files
        .iter()
        .map(|path| Ok((path.as_path(), read_limited(path, FILE_SIZE_BYTES_MAX)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let name = match &args.name {
        Some(name) => Name::new("--name", name)?,
        None => Name::new("--name", &stem(&args.files[0]))?,
    };
    let version = Version::from(args.version.policy_version);
    let mut session = Session::open(&args.changing)?;
    let rules = session.rules()?;
    let is_document = |bytes: &[u8]| bytes.trim_ascii_start().first() == Some(&b'{');
    let (document, problems, classes) = if files.iter().any(|(_, bytes)| is_document(bytes)) {
        (given(args, &files)?, Vec::new(), Vec::new())
    } else {
        let problems = validate::logs(&files, &rules.profile)?;
        if !problems.is_empty() && !args.skip_validation {
            return Err(validate::refused(&problems));
        }
        (derived(args, name.as_str(), &files)?, problems, difference::classes(&files)?)
    };
    let source = args.files.iter().map(|path| path.display().to_string());
    let source = source.collect::<Vec<_>>().join(", ");
    session.run(
        |change| {
            change.add_baseline(&name, version, &document, &source)?;
            Ok(AddedDoc {
                name: name.to_string(),
                policy_version: version.name().into(),
                level: document.level.clone(),
                logs_count: document.logs_count,
                silenced: problems,
                classes,
            })
        },
        |done| added_text(done, &document),
    )
}

fn added_text(done: &AddedDoc, document: &BaselineDoc) -> String {
    let mut text = format!(
        "registered baseline `{}` as {}: level {}, {} events of PCR 7, {} images, {} registers\n",
        done.name,
        done.policy_version,
        done.level,
        document.secure_boot.len(),
        document.images.len(),
        document.pcrs.len()
    );
    for problem in &done.silenced {
        let _ = writeln!(text, "  silenced: {}: {} [{}]", problem.file, problem.text, problem.code);
    }
    if done.classes.len() > 1 {
        text.push_str(&difference::render(&done.classes));
    }
    text
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The one document that was given instead of logs.
fn given(args: &BaselineAdd, files: &[(&Path, Vec<u8>)]) -> Result<BaselineDoc, Failure> {
    let [(path, bytes)] = files else {
        let reason = "a baseline document stands alone, and there are several files";
        return Err(Failure::usage(reason, "name one baseline, or only logs"));
    };
    if args.level.is_some() || args.pcrs.is_some() {
        let reason = "`--level` and `--pcrs` say how logs become a baseline, and this is one";
        return Err(Failure::usage(reason, "leave them out, or name logs"));
    }
    let checked = BaselineDoc::parse(bytes).and_then(|doc| doc.to_engine().map(|_| doc));
    checked.map_err(|error| {
        Failure::file(path, error, "make it with `portcullis baseline derive`, or name logs")
    })
}

fn derived(
    args: &BaselineAdd,
    name: &str,
    files: &[(&Path, Vec<u8>)],
) -> Result<BaselineDoc, Failure> {
    let level = level_name(args.level.unwrap_or(Level::BootChain));
    if args.pcrs.is_some() && level != "strict" {
        let reason = "`--pcrs` chooses the exact registers of level `strict`";
        return Err(Failure::usage(reason, "add `--level strict`"));
    }
    let question = DeriveCallDoc {
        name: name.to_owned(),
        logs: files.iter().map(|(_, bytes)| bytes.clone().into()).collect(),
        level: level.into(),
        bank: "sha256".into(),
        pcrs_bitmap: pcr_list(args.pcrs.as_deref().unwrap_or("0-7,11-14"))?,
    };
    ask(Operation::DeriveBaseline, &question, |reason| {
        Failure::usage(reason, "logs are counted from 0, as named")
    })
}

pub fn list(args: &Listing) -> Result<u8, Failure> {
    let baselines = open(&args.reading)?.view().baselines()?;
    if args.reading.json {
        output::json(&baselines);
        return Ok(EXIT_OK);
    }
    let lines = baselines.iter().map(|stored| {
        let baseline = &stored.baseline;
        format!(
            "{:<32}  {}  level {}, {} events of PCR 7, {} images, {} registers\n",
            stored.name,
            stored.policy_version,
            baseline.level,
            baseline.secure_boot.len(),
            baseline.images.len(),
            baseline.pcrs.len()
        )
    });
    output::text(&lines.collect::<String>());
    output::text(&format!("{} baselines\n", baselines.len()));
    Ok(EXIT_OK)
}

pub fn show(args: &BaselineShow) -> Result<u8, Failure> {
    let name = Name::new("NAME", &args.name)?;
    let version = Version::from(args.version.policy_version);
    let stored = open(&args.reading)?.view().baseline(&name, version)?;
    if args.reading.json {
        output::json(&stored);
    } else {
        output::text(&shown(&stored));
    }
    Ok(EXIT_OK)
}

fn shown(stored: &StoredBaseline) -> String {
    let baseline = &stored.baseline;
    let mut text = format!(
        "{} ({}), level {}, bank {}, from {} logs: {}\n",
        stored.name,
        stored.policy_version,
        baseline.level,
        baseline.bank,
        baseline.logs_count,
        stored.source
    );
    for event in &baseline.secure_boot {
        let optional = if event.required { "" } else { " (not in every log)" };
        let _ = writeln!(
            text,
            "  PCR 7  {:<10} {:<16} {}{optional}",
            event.kind, event.label, event.digest
        );
    }
    for image in &baseline.images {
        let _ = writeln!(text, "  image  {} {}", image.digest, image.description);
    }
    for (pcr, value) in &baseline.pcrs {
        let _ = writeln!(text, "  PCR {pcr:<2} {value}");
    }
    for delta in &stored.deltas {
        let until = utc(delta.expires);
        let _ = writeln!(text, "  accepted beside it until {until}: {}", delta.name);
        for change in &delta.changes {
            let _ = writeln!(text, "    {change}");
        }
    }
    text
}

pub fn remove(args: &RemoveNamed) -> Result<u8, Failure> {
    let name = Name::new("NAME", &args.name)?;
    let version = Version::from(args.version.policy_version);
    Session::open(&args.changing)?.run(
        |change| change.remove_baseline(&name, version),
        |stored| format!("removed baseline `{}` ({})\n", stored.name, stored.policy_version),
    )
}

pub fn diff(args: &BaselineDiff) -> Result<u8, Failure> {
    let version = Version::from(args.version.policy_version);
    let (before, after) =
        (side(&args.before, version, &args.reading)?, side(&args.after, version, &args.reading)?);
    let difference = difference::between(&before, &after);
    if args.reading.json {
        output::json(&difference);
    } else {
        output::text(&difference.text(&args.before, &args.after));
    }
    Ok(if difference.equal { EXIT_OK } else { EXIT_NOT_PASSED })
}

/// One side of a comparison: a file of either kind, or the name of a registered baseline.
fn side(
    what: &str,
    version: Version,
    reading: &crate::args::registry::Reading,
) -> Result<BaselineDoc, Failure> {
    let path = Path::new(what);
    if !path.is_file() {
        return Ok(open(reading)?.view().baseline(&Name::new("NAME", what)?, version)?.baseline);
    }
    let bytes = read_limited(path, FILE_SIZE_BYTES_MAX)?;
    if let Ok(document) = BaselineDoc::parse(&bytes) {
        return Ok(document);
    }
    difference::of_log(path, bytes)
}

#[derive(Serialize)]
struct CapturedDoc {
    file: String,
    size: usize,
    silenced: Vec<validate::Problem>,
}

/// Where Linux keeps the log of the last boot.
const OWN_LOG: &str = "/sys/kernel/security/tpm0/binary_bios_measurements";

pub fn capture(args: &BaselineCapture) -> Result<u8, Failure> {
    let own = Path::new(OWN_LOG);
    let path = args.log.as_deref().unwrap_or(own);
    if args.log.is_none() && !own.exists() {
        return Err(Failure::file(
            own,
            "this machine keeps no log there",
            "name the log with `--log`: on Windows the newest file of \
             C:\\Windows\\Logs\\MeasuredBoot, or the output of Get-HgsAttestationBaselinePolicy",
        ));
    }
    let bytes = read_limited(path, FILE_SIZE_BYTES_MAX)?;
    let shown = path.display().to_string();
    if !matches!(inspect(&shown, bytes.clone())?.content, Content::EventLog(_)) {
        return Err(Failure::file(path, "is no event log", "name the log of a measured boot"));
    }
    let profile = match args.profile {
        Profile::HyperV => "hyper-v",
        Profile::Linux => "linux",
    };
    let files = [(path, bytes)];
    let problems = validate::logs(&files, profile)?;
    if !problems.is_empty() && !args.skip_validation {
        return Err(validate::refused(&problems));
    }
    let [(_, bytes)] = files;
    write(&args.output, &bytes)?;
    let done = CapturedDoc {
        file: args.output.display().to_string(),
        size: bytes.len(),
        silenced: problems,
    };
    if args.json {
        output::json(&done);
    } else {
        let mut text = format!("wrote {}: {} bytes\n", done.file, done.size);
        for problem in &done.silenced {
            let _ = writeln!(text, "  silenced: {} [{}]", problem.text, problem.code);
        }
        output::text(&text);
    }
    Ok(EXIT_OK)
}
