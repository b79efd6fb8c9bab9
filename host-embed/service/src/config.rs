//! What an operator chooses. Where it comes from (file, environment, flags) is the program's
//! business.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use portcullis_store::Location;

/// Settings of a service.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// PEM files of the server's certificate chain and key; without them, plain HTTP.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The store.
    pub store: Location,
    /// Folder of the service's keys and of the administrator's credential.
    pub keys: PathBuf,
    /// `iss` of tokens: how relying parties know this service.
    pub issuer: String,
    /// `aud` of tokens for which the host names none.
    pub audience: String,
    /// How long a challenge can be answered.
    pub challenge_lifetime: Duration,
    /// How long a token is good: as long as hosts wait before they attest again.
    pub token_lifetime: Duration,
    /// Verdicts that are made at once.
    pub judges: usize,
    /// Requests that wait for a judge; more are told to come back.
    pub queue: usize,
}

impl Config {
    /// Defaults for a store and a folder of keys on this machine.
    #[must_use]
    pub fn new(store: Location, keys: PathBuf) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8650)),
            tls: None,
            store,
            keys,
            issuer: "portcullis".into(),
            audience: "portcullis".into(),
            challenge_lifetime: Duration::from_secs(120),
            token_lifetime: Duration::from_secs(8 * 60 * 60),
            judges: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 256,
        }
    }
}
