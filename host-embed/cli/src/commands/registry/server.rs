//! `portcullis server version` and `portcullis mode`.

use serde::Serialize;

use super::session::{Session, open};
use crate::args::Profile;
use crate::args::registry::rules::{Mode, Server, ServerRetention, ServerVersion, Versions};
use crate::failure::{EXIT_OK, Failure};
use crate::output;

pub fn server(args: &Server) -> Result<u8, Failure> {
    match args {
        Server::Version(args) => version(args),
        Server::Retention(args) => retention(args),
    }
}

#[derive(Serialize)]
struct RetentionDoc {
    results_per_host_max: u32,
}

fn retention(args: &ServerRetention) -> Result<u8, Failure> {
    Session::open(&args.changing)?.run(
        |change| {
            change.set_results_kept(args.count)?;
            Ok(RetentionDoc { results_per_host_max: args.count })
        },
        |done| format!("{} changes of each host's verdict are kept\n", done.results_per_host_max),
    )
}

#[derive(Serialize)]
struct VersionDoc {
    /// In the order in which they are tried.
    versions: Vec<String>,
}

fn version(args: &ServerVersion) -> Result<u8, Failure> {
    let Some(version) = args.accepted else {
        let versions = open(&args.changing.reading)?.view().versions()?;
        return Ok(shown(&args.changing.reading, &VersionDoc { versions }, version_text));
    };
    let versions = match version {
        Versions::V1 => "v1",
        Versions::V2 => "v2",
        Versions::Both => "v2,v1",
    };
    Session::open(&args.changing)?.run(
        |change| {
            change.set_versions(versions)?;
            Ok(VersionDoc { versions: change.versions()? })
        },
        version_text,
    )
}

fn version_text(doc: &VersionDoc) -> String {
    format!("hosts attest as {}\n", doc.versions.join(", then as "))
}

#[derive(Serialize)]
struct ModeDoc {
    mode: &'static str,
    profile: String,
}

pub fn mode(args: &Mode) -> Result<u8, Failure> {
    match args.mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("tpm") => {}
        Some(other) => {
            let reason = format!(
                "`MODE`: `{other}` is no mode of Portcullis: it judges TPM evidence, and neither \
                 host keys nor domain membership"
            );
            return Err(Failure::usage(reason, "use `tpm`"));
        }
    }
    let Some(profile) = args.profile else {
        let profile = open(&args.changing.reading)?.view().profile()?;
        return Ok(shown(&args.changing.reading, &ModeDoc { mode: "tpm", profile }, mode_text));
    };
    let profile = match profile {
        Profile::HyperV => "hyper-v",
        Profile::Linux => "linux",
    };
    Session::open(&args.changing)?.run(
        |change| {
            change.set_profile(profile)?;
            Ok(ModeDoc { mode: "tpm", profile: change.profile()? })
        },
        mode_text,
    )
}

fn mode_text(doc: &ModeDoc) -> String {
    format!("mode {}, profile {}\n", doc.mode, doc.profile)
}

fn shown<T: Serialize>(
    reading: &crate::args::registry::Reading,
    doc: &T,
    text: impl Fn(&T) -> String,
) -> u8 {
    if reading.json {
        output::json(doc);
    } else {
        output::text(&text(doc));
    }
    EXIT_OK
}
