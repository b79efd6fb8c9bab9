//! The command lines of switches, of the audit trail and of exported states.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::Profile;
use super::{Changing, Reading};

#[derive(Subcommand)]
pub enum Policy {
    /// List the policies with their states
    #[command(after_help = "\
Examples:
  portcullis policy list
  portcullis policy list --json | jq '.[] | select(.state == \"Disabled\")'")]
    List(PolicyList),
    /// Show a policy: what it demands and what answers it
    Show(PolicyOne),
    /// Enable a policy
    #[command(after_help = "\
Examples:
  portcullis policy enable Hgs_BitLockerEnabled --dry-run
  portcullis policy enable Hgs_BitLockerEnabled")]
    Enable(PolicySwitch),
    /// Disable a policy
    #[command(after_help = "\
Examples:
  portcullis policy disable Hgs_IommuEnabled --dry-run
  portcullis policy disable Hgs_IommuEnabled")]
    Disable(PolicySwitch),
}

#[derive(Args)]
pub struct PolicyList {
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct PolicyOne {
    /// Name of the policy, such as Hgs_IommuEnabled
    pub name: String,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct PolicySwitch {
    /// Name of the policy, such as Hgs_IommuEnabled
    pub name: String,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct Mode {
    /// The mode; TPM is the only one
    #[arg(value_name = "MODE")]
    pub mode: Option<String>,
    /// Which policies apply: those of Hyper-V hosts, or without the policies of Windows
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Subcommand)]
pub enum Server {
    /// Show or choose the versions in which hosts may attest
    #[command(after_help = "\
Examples:
  portcullis server version              show
  portcullis server version both         v2 is tried first, then v1 (the default)
  portcullis server version v2 --dry-run which hosts attest as v1 only?")]
    Version(ServerVersion),
    /// Choose how many changes of a host's verdict are kept
    #[command(after_help = "\
Example:
  portcullis server retention 100

Kept are the latest verdict of each host, and this many of those that differed from the one before
(32 unless chosen otherwise), each with the evidence that it was made from.")]
    Retention(ServerRetention),
}

#[derive(Args)]
pub struct ServerRetention {
    /// How many
    #[arg(value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub count: u32,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct ServerVersion {
    /// The versions
    #[arg(value_enum, value_name = "VERSION")]
    pub accepted: Option<Versions>,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Versions {
    V1,
    V2,
    Both,
}

#[derive(Subcommand)]
pub enum Audit {
    /// List who changed what and when
    #[command(after_help = "\
Examples:
  portcullis audit log                      the last 50 changes
  portcullis audit log --after 0 --json     all, one JSON object per line")]
    Log(AuditLog),
    /// Check that nobody changed the trail
    #[command(after_help = "\
Examples:
  portcullis audit verify
  portcullis audit verify --head 9f0c…      a head that an earlier check printed
  portcullis audit verify --key 41aa…       a key that another administrator signs with

Each change is a batch, hashed together with all before it and signed with a key that lies outside
the database. Note the head elsewhere: only that shows later that the end was cut off.
Exit code 0 when the trail is intact, 1 when it is not.")]
    Verify(AuditVerify),
}

#[derive(Args)]
pub struct AuditLog {
    /// Begin after the entry of this number [default: so that 50 are shown]
    #[arg(long, value_name = "ENTRY")]
    pub after: Option<i64>,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct AuditVerify {
    /// A head that was noted earlier
    #[arg(long, value_name = "HEX")]
    pub head: Option<String>,
    /// Fingerprints of keys that may have signed, beside that of this machine
    #[arg(long, value_name = "HEX", num_args = 1..)]
    pub key: Vec<String>,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Subcommand)]
pub enum State {
    /// Write hosts, references and rules into one encrypted file
    #[command(after_help = "\
Examples:
  portcullis state export --passphrase-file pass.txt -o fabric.state
  PORTCULLIS_PASSPHRASE=… portcullis state export -o fabric.state

The key comes from the passphrase by Argon2id; the file is encrypted and authenticated with
XChaCha20-Poly1305. Verdicts and the audit trail stay where they are.")]
    Export(StateExport),
    /// Take hosts, references and rules from an encrypted file
    #[command(after_help = "\
Examples:
  portcullis state import fabric.state --passphrase-file pass.txt --dry-run
  portcullis state import fabric.state --passphrase-file pass.txt

What is there already stays; what contradicts it is refused, and then nothing is changed.")]
    Import(StateImport),
}

/// Where the passphrase comes from.
#[derive(Args)]
pub struct Passphrase {
    /// File with the passphrase (its first line), or `-` for standard input [default: the variable
    /// PORTCULLIS_PASSPHRASE]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct StateExport {
    /// Where to write the state
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub passphrase: Passphrase,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct StateImport {
    /// The exported state
    pub file: PathBuf,
    #[command(flatten)]
    pub passphrase: Passphrase,
    #[command(flatten)]
    pub changing: Changing,
}
