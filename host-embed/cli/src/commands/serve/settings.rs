//! Settings of the service: flag, else environment, else file, else default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_service::Config;
use portcullis_store::Location;
use serde::Deserialize;

use crate::args::serve::Serve;
use crate::commands::registry::data_folder;
use crate::failure::{self, Failure};

/// The file: every name is a flag's.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    store: Option<String>,
    keys: Option<PathBuf>,
    issuer: Option<String>,
    audience: Option<String>,
    challenge_seconds: Option<u32>,
    token_seconds: Option<u32>,
    judges: Option<usize>,
    queue: Option<usize>,
}

fn read(path: &Path) -> Result<File, Failure> {
    let bytes = failure::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    toml::from_str(&text).map_err(|error| {
        Failure::file(path, error, "see `portcullis serve --help`: names are those of the flags")
    })
}

/// The settings of a command line.
pub fn config(args: &Serve) -> Result<Config, Failure> {
    let file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
    let store = match args.store.as_deref().or(file.store.as_deref()) {
        Some(text) => Location::parse(text),
        None => Location::File(data_folder()?.join("store.db")),
    };
    let keys = match args.keys.clone().or(file.keys) {
        Some(folder) => folder,
        None => data_folder()?.join("service"),
    };
    let mut config = Config::new(store, keys);
    let seconds = |value: u32| Duration::from_secs(u64::from(value));
    set(&mut config.listen, args.listen.or(file.listen));
    set(&mut config.issuer, args.issuer.clone().or(file.issuer));
    set(&mut config.audience, args.audience.clone().or(file.audience));
    let challenge = args.challenge_seconds.or(file.challenge_seconds);
    set(&mut config.challenge_lifetime, challenge.map(seconds));
    set(&mut config.token_lifetime, args.token_seconds.or(file.token_seconds).map(seconds));
    set(&mut config.judges, args.judges.or(file.judges));
    set(&mut config.queue, args.queue.or(file.queue));
    config.tls =
        tls(args.tls_cert.clone().or(file.tls_cert), args.tls_key.clone().or(file.tls_key))?;
    Ok(config)
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn tls(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<(PathBuf, PathBuf)>, Failure> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        _ => Err(Failure::usage(
            "a certificate needs its key",
            "give both `--tls-cert` and `--tls-key`",
        )),
    }
}
