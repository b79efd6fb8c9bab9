//! The command lines of everything that is registered.

pub mod hosts;
pub mod references;
pub mod rules;

use clap::Args;

use super::Version;

/// Where the store is, and how to answer: shared by all commands on the store.
#[derive(Args, Clone)]
pub struct Reading {
    /// The store: an SQLite file or a PostgreSQL URL [default: a file in the user's data folder]
    #[arg(long, value_name = "FILE|URL", env = "PORTCULLIS_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A change of the store.
#[derive(Args, Clone)]
pub struct Changing {
    #[command(flatten)]
    pub reading: Reading,
    /// Change nothing; say what would change, and which hosts would change status and why
    #[arg(long)]
    pub dry_run: bool,
    /// Who does it, for the audit trail [default: the name of the user]
    #[arg(long, value_name = "NAME", env = "PORTCULLIS_WHO", hide_env_values = true)]
    pub who: Option<String>,
}

/// The version of an artefact. Identifier, baseline and CI policy of a host must be of one.
#[derive(Args, Clone, Copy)]
pub struct OfVersion {
    /// Version of the artefact: v2 rests on a trusted EK certificate, v1 on an administrator
    #[arg(long, value_enum, default_value_t = Version::V2)]
    pub policy_version: Version,
}
