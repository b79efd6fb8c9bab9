//! `portcullis baseline`.

use std::path::{Path, PathBuf};

use portcullis_api::BaselineDoc;
use portcullis_api::baseline::HashAlg;
use portcullis_api::call::{DeriveCallDoc, Operation};
use portcullis_api::text::Blob;

use super::registry::baseline as registry;
use crate::args::{Baseline, Derive, Level};
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read, write};
use crate::output;

pub fn run(args: &Baseline, engine: &Engine) -> Result<u8, Failure> {
    match args {
        Baseline::Derive(args) => run_derive(args, engine),
        Baseline::Capture(args) => registry::capture(args),
        Baseline::Add(args) => registry::add(args),
        Baseline::List(args) => registry::list(args),
        Baseline::Show(args) => registry::show(args),
        Baseline::Diff(args) => registry::diff(args),
        Baseline::AcceptDelta(args) => registry::delta::accept(args),
        Baseline::DropDelta(args) => registry::delta::drop(args),
        Baseline::Remove(args) => registry::remove(args),
    }
}

fn run_derive(args: &Derive, engine: &Engine) -> Result<u8, Failure> {
    let logs = args.logs.iter().map(|path| read(path).map(Into::into));
    let logs = logs.collect::<Result<Vec<Blob>, _>>()?;
    let level = level_name(args.level);
    if args.pcrs.is_some() && level != "strict" {
        let reason = "`--pcrs` chooses the exact registers of level `strict`";
        return Err(Failure::usage(reason, "add `--level strict`"));
    }
    let pcrs_bitmap = pcr_list(args.pcrs.as_deref().unwrap_or("0-7,11-14"))?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => default_name(args),
    };
    let bank = bank(&args.bank)?.to_string();
    let question = DeriveCallDoc { name, logs, level: level.into(), bank, pcrs_bitmap };
    let reply = engine.ask(Operation::DeriveBaseline, &question, |refusal| {
        Failure::usage(refusal, "logs are counted from 0, as named")
    })?;
    let doc: BaselineDoc = reply.read()?;
    let line = reply.line();
    write(&args.output, line.as_bytes())?;
    if args.json {
        output::text(&line);
    } else {
        output::text(&summary(args, &doc));
    }
    Ok(EXIT_OK)
}

/// A level as documents name it.
pub const fn level_name(level: Level) -> &'static str {
    match level {
        Level::SecureBoot => "secure_boot",
        Level::BootChain => "boot_chain",
        Level::Strict => "strict",
    }
}

fn default_name(args: &Derive) -> String {
    let path = args.logs.first().map(PathBuf::as_path).unwrap_or_else(|| Path::new(""));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    // Captures call every log the same; the folder then tells them apart.
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    if stem == "eventlog" && !folder.is_empty() { folder.into_owned() } else { stem.into_owned() }
}

fn summary(args: &Derive, doc: &BaselineDoc) -> String {
    let optional = doc.secure_boot.iter().filter(|event| !event.required).count();
    let mut text = format!(
        "wrote {}: level {}, {} events of PCR 7 ({optional} not in every log), {} images, {} registers\n",
        args.output.display(),
        doc.level,
        doc.secure_boot.len(),
        doc.images.len(),
        doc.pcrs.len(),
    );
    if !doc.pcrs_differing.is_empty() {
        text.push_str(&format!(
            "  left out because the logs differ: PCR {:?}\n",
            doc.pcrs_differing
        ));
    }
    text
}

/// A bank by its name.
pub fn bank(name: &str) -> Result<HashAlg, Failure> {
    HashAlg::from_name(name).ok_or_else(|| {
        Failure::usage(format!("`{name}` is no bank"), "use sha1, sha256, sha384 or sha512")
    })
}

/// Registers such as `0-7,11-14` as a bitmap.
pub fn pcr_list(text: &str) -> Result<u32, Failure> {
    let refused = || {
        let reason = format!("`{text}` is no list of registers");
        Failure::usage(reason, "use numbers and ranges from 0 to 23, such as 0-7,11-14")
    };
    let mut bitmap = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first: u32 = first.trim().parse().map_err(|_| refused())?;
        let last: u32 = last.trim().parse().map_err(|_| refused())?;
        if first > last || last > 23 {
            return Err(refused());
        }
        for pcr in first..=last {
            bitmap |= 1 << pcr;
        }
    }
    Ok(bitmap)
}

#[cfg(test)]
mod tests {
    use super::pcr_list;

    #[test]
    fn lists_and_ranges_of_registers() {
        assert_eq!(pcr_list("0-7,11-14").ok(), Some(0x78ff));
        assert_eq!(pcr_list("8, 9").ok(), Some(0x300));
        for refused in ["", "24", "7-0", "a", "0-", "1,,2"] {
            assert!(pcr_list(refused).is_err(), "{refused}");
        }
    }
}
