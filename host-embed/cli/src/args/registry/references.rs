//! The command lines of registered baselines, CI policies and dump keys.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::super::{Level, Profile};
use super::{Changing, OfVersion, Reading};

#[derive(Args)]
pub struct BaselineAdd {
    /// Event logs of good boots (.tcglog), or one baseline of `baseline derive`
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name, best after the class of hardware: \"Dell R340 BIOS 2.19\" [default: from the file]
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub version: OfVersion,
    /// What the baseline demands, when it is derived from logs [default: boot_chain]
    #[arg(long, value_enum)]
    pub level: Option<Level>,
    /// Registers of level `strict`, such as 0-7,11-14
    #[arg(long, value_name = "LIST")]
    pub pcrs: Option<String>,
    /// Silence the errors of the validation; what is registered is the same
    #[arg(long)]
    pub skip_validation: bool,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct Listing {
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct BaselineShow {
    /// Name of a registered baseline
    pub name: String,
    #[command(flatten)]
    pub version: OfVersion,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct BaselineDiff {
    /// A baseline file, a log, or the name of a registered baseline
    pub before: String,
    /// Another one
    pub after: String,
    #[command(flatten)]
    pub version: OfVersion,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct BaselineCapture {
    /// The log to take [default: that of this machine's last boot]
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Where to write the log
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Which policies the host is to satisfy
    #[arg(long, value_enum, default_value_t = Profile::HyperV)]
    pub profile: Profile,
    /// Silence the errors of the validation; what is written is the same
    #[arg(long)]
    pub skip_validation: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct AcceptDelta {
    /// Name of a registered baseline
    pub name: String,
    /// Log of a host that changed a little, and that you vouch for
    #[arg(value_name = "LOG")]
    pub log: PathBuf,
    /// Name of the delta, best after what changed: \"dbx of 2026-03\"
    #[arg(long, value_name = "NAME")]
    pub delta: String,
    /// Days until it no longer counts
    #[arg(long, value_name = "COUNT", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    #[command(flatten)]
    pub version: OfVersion,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct DropDelta {
    /// Name of a registered baseline
    pub name: String,
    /// Name of the delta
    pub delta: String,
    #[command(flatten)]
    pub version: OfVersion,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct RemoveNamed {
    /// Its name
    pub name: String,
    #[command(flatten)]
    pub version: OfVersion,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct CiPolicyAdd {
    /// The binary policy that hosts have in force (.p7b, .bin, .cip), unsigned
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Name, best after make, model and special software [default: that of the file]
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub version: OfVersion,
    /// Take the signature off a signed policy and register what is inside
    #[arg(long)]
    pub unwrap: bool,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Subcommand)]
pub enum DumpKey {
    /// Register a key that memory dumps may be encrypted with
    #[command(after_help = "\
Examples:
  portcullis dump-key add --name ops-2026 --public-key dump.pub
  portcullis dump-key add --name ops-2026 --sha256 5ef5…
  portcullis dump-key add --name ops-2026 --log host-1.tcglog

The digest is SHA-256 of the registry value `PublicKey` below
`CrashControl\\EncryptionCertificates\\Certificate.1`. A dump key serves v1 and v2.")]
    Add(DumpKeyAdd),
    /// List the keys that memory dumps may be encrypted with
    List(Listing),
    /// Remove a key that memory dumps may be encrypted with
    #[command(after_help = "\
Example:
  portcullis dump-key remove ops-2024 --dry-run")]
    Remove(DumpKeyRemove),
}

#[derive(Args)]
#[command(group = ArgGroup::new("key").required(true).args(["public_key", "sha256", "log"]))]
pub struct DumpKeyAdd {
    /// Name of the key
    #[arg(long)]
    pub name: String,
    /// The registry value `PublicKey` as a file
    #[arg(long, value_name = "FILE")]
    pub public_key: Option<PathBuf>,
    /// SHA-256 of the registry value
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// The log of a host that uses the key
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct DumpKeyRemove {
    /// Name of the key
    pub name: String,
    #[command(flatten)]
    pub changing: Changing,
}
