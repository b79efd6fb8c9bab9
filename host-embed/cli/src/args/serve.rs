//! The command lines of the service and of the agent.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use portcullis_tpm::Address;

/// Every setting may come from a flag, else from the environment, else from the file.
#[derive(Args)]
pub struct Serve {
    /// Settings, in TOML: the same names as these flags, with `_` for `-`
    #[arg(long, value_name = "FILE", env = "PORTCULLIS_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8650]
    #[arg(long, value_name = "ADDRESS:PORT", env = "PORTCULLIS_LISTEN", hide_env_values = true)]
    pub listen: Option<SocketAddr>,
    /// Certificate chain of the server, in PEM form; needed to listen elsewhere than on loopback
    #[arg(long, value_name = "FILE", env = "PORTCULLIS_TLS_CERT", hide_env_values = true)]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, in PEM form
    #[arg(long, value_name = "FILE", env = "PORTCULLIS_TLS_KEY", hide_env_values = true)]
    pub tls_key: Option<PathBuf>,
    /// The store: an SQLite file or a PostgreSQL URL [default: a file in the user's data folder]
    #[arg(long, value_name = "FILE|URL", env = "PORTCULLIS_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// Folder of the signing keys and the administrator's credential [default: in the user's data
    /// folder]
    #[arg(long, value_name = "DIR", env = "PORTCULLIS_KEYS", hide_env_values = true)]
    pub keys: Option<PathBuf>,
    /// `iss` of tokens: how those who read them know this service [default: portcullis]
    #[arg(long, value_name = "NAME", env = "PORTCULLIS_ISSUER", hide_env_values = true)]
    pub issuer: Option<String>,
    /// `aud` of tokens, unless a host names another [default: portcullis]
    #[arg(long, value_name = "NAME", env = "PORTCULLIS_AUDIENCE", hide_env_values = true)]
    pub audience: Option<String>,
    /// How long a challenge can be answered, in seconds [default: 120]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "PORTCULLIS_CHALLENGE_SECONDS",
        hide_env_values = true
    )]
    pub challenge_seconds: Option<u32>,
    /// How long a token is good, in seconds [default: 28800, eight hours]
    #[arg(long, value_name = "SECONDS", env = "PORTCULLIS_TOKEN_SECONDS", hide_env_values = true)]
    pub token_seconds: Option<u32>,
    /// Verdicts that are made at once [default: as many as processors]
    #[arg(long, value_name = "COUNT", env = "PORTCULLIS_JUDGES", hide_env_values = true)]
    pub judges: Option<usize>,
    /// Requests that wait for a judge before others are told to come back [default: 256]
    #[arg(long, value_name = "COUNT", env = "PORTCULLIS_QUEUE", hide_env_values = true)]
    pub queue: Option<usize>,
}

#[derive(Args)]
pub struct Agent {
    /// The verifier: https://HOST:PORT, or http:// to this machine
    #[arg(long, value_name = "URL", env = "PORTCULLIS_VERIFIER", hide_env_values = true)]
    pub verifier: String,
    /// PEM file of the certificates that the verifier's must chain to, instead of the public ones
    #[arg(long, value_name = "FILE", env = "PORTCULLIS_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
    /// The TPM, as tpm2-tools spell it: device:PATH, swtpm:host=HOST,port=PORT, mssim:...
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "PORTCULLIS_TPM",
        hide_env_values = true,
        default_value_t
    )]
    pub tpm: Address,
    /// Folder of the attestation key and the last token
    #[arg(
        long,
        value_name = "DIR",
        env = "PORTCULLIS_AGENT_STATE",
        hide_env_values = true,
        default_value = "/var/lib/portcullis-agent"
    )]
    pub state: PathBuf,
    /// The measured-boot event log
    #[arg(long, value_name = "FILE", default_value = portcullis_agent::EVENT_LOG_PATH)]
    pub event_log: PathBuf,
    /// Who is to believe the token [default: whom the verifier names]
    #[arg(long, value_name = "NAME")]
    pub audience: Option<String>,
    /// Attest once and end; exit code 0 when the host passed, 1 when it did not
    #[arg(long)]
    pub once: bool,
    /// Minutes between attestations
    #[arg(long, value_name = "MINUTES", default_value_t = 480, conflicts_with = "once",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub every: u32,
    /// Print the verifier's replies as JSON, one per line
    #[arg(long)]
    pub json: bool,
}
