//! `portcullis baseline accept-delta|drop-delta`.

use std::fmt::Write as _;

use portcullis_api::delta;
use portcullis_store::{Name, Version};
use serde::Serialize;

use super::super::session::Session;
use super::super::time::utc;
use super::FILE_SIZE_BYTES_MAX;
use crate::args::registry::references::{AcceptDelta, DropDelta};
use crate::failure::{Failure, read_limited};

const DAY: u64 = 86_400;

#[derive(Serialize)]
struct AcceptedDoc {
    baseline: String,
    policy_version: String,
    delta: String,
    /// Seconds since 1970.
    expires: u64,
    changes: Vec<String>,
}

pub fn accept(args: &AcceptDelta) -> Result<u8, Failure> {
    let (name, title) = (Name::new("NAME", &args.name)?, Name::new("--delta", &args.delta)?);
    let version = Version::from(args.version.policy_version);
    let log = read_limited(&args.log, FILE_SIZE_BYTES_MAX)?;
    let mut session = Session::open(&args.changing)?;
    let stored = session.baseline(&name, version)?;
    let expires = session.now().saturating_add(u64::from(args.days) * DAY);
    let delta =
        delta::accept(&stored.baseline, &log, title.as_str(), expires).map_err(|error| {
            let remedy = "if the change is wanted, register a baseline of its own with \
                      `portcullis baseline add`";
            Failure::file(&args.log, error, remedy)
        })?;
    session.run(
        |change| {
            change.add_delta(&name, version, &delta)?;
            Ok(AcceptedDoc {
                baseline: stored.name.clone(),
                policy_version: version.name().into(),
                delta: delta.name.clone(),
                expires: delta.expires,
                changes: delta.changes.clone(),
            })
        },
        |done| {
            let mut text = format!(
                "accepted `{}` beside baseline `{}` ({}) until {}\n",
                done.delta,
                done.baseline,
                done.policy_version,
                utc(done.expires)
            );
            for change in &done.changes {
                let _ = writeln!(text, "  {change}");
            }
            text
        },
    )
}

pub fn drop(args: &DropDelta) -> Result<u8, Failure> {
    let (name, title) = (Name::new("NAME", &args.name)?, Name::new("DELTA", &args.delta)?);
    let version = Version::from(args.version.policy_version);
    Session::open(&args.changing)?.run(
        |change| change.remove_delta(&name, version, &title),
        |delta| format!("no longer accepted beside baseline `{name}`: {}\n", delta.name),
    )
}
