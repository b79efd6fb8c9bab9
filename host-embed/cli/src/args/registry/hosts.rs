//! The command lines of `portcullis host` and `portcullis trust`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Changing, OfVersion, Reading};

#[derive(Subcommand)]
pub enum Host {
    /// Register hosts by their platform identifiers
    #[command(after_help = "\
Examples:
  portcullis host add host-1.xml --name host-1
  portcullis host add identifiers/                       every .xml file of a folder
  portcullis host add host-2.xml --policy-version v1 --force
  portcullis host add --ek-pub ek.pub --ek-cert ek.crt --name host-3
  portcullis host add host-4.xml --ek-cert fetched.cer   a certificate that the file lacks
  portcullis host add capture/ --name host-5             the folder of `assess --evidence`

v2 needs an EK certificate that chains to a trusted root (`portcullis trust add`); `--force` changes
nothing about that. v1 needs one too, unless `--force` is given: then you vouch for the TPM, and
baseline and CI policy of the host must be v1 as well.
The name is, in this order: `--name`, the file's, the name of the file.
Exit code 0 when all are registered, 2 when one was refused.")]
    Add(Add),
    /// Make a platform identifier from key and certificate files
    #[command(after_help = "\
Examples:
  portcullis host capture --name host-1 --ek-pub ek-rsa.pub --ek-cert nv-01c00002.bin -o host-1.xml
  portcullis host capture --name host-1 --from capture/ -o host-1.xml

For hosts without Get-PlatformIdentifier: `tpm2_createek` writes the key, `tpm2_getekcertificate` or
`tpm2_nvread 0x1c00002` the certificate. Carry the file to the administrator and `host add` it.")]
    Capture(Capture),
    /// List registered hosts
    #[command(after_help = "\
Examples:
  portcullis host list
  portcullis host list --after host-0500 --limit 100
  portcullis host list --json | jq -r .name      one JSON object per line")]
    List(List),
    /// Show a host: its registration and its verdicts
    #[command(after_help = "\
Examples:
  portcullis host show host-1
  portcullis host show host-1 --json | jq .results
  portcullis host show host-1 --bundle 17 > verdict.bundle.json")]
    Show(Show),
    /// Give a host another name
    #[command(after_help = "\
Example:
  portcullis host rename host-1 rack3-host1")]
    Rename(Rename),
    /// Remove a host, or its registration in one version
    #[command(after_help = "\
Examples:
  portcullis host remove host-1                          its v2 registration
  portcullis host remove host-1 --policy-version v1
  portcullis host remove host-1 --all --dry-run")]
    Remove(Remove),
    /// Bind a host to another EK, after its TPM was cleared or replaced
    #[command(after_help = "\
Examples:
  portcullis host rebind host-1 host-1-new.xml
  portcullis host rebind host-1 host-1-new.xml --dry-run

Shows both EKs. The versions stay; each must admit the new EK as `host add` would.")]
    Rebind(Rebind),
    /// Say what is wrong with an EK certificate and where to get what is missing
    #[command(after_help = "\
Examples:
  portcullis host doctor host-1.xml
  portcullis host doctor host-1          a registered host
  portcullis host doctor ek.crt --trust vendor-roots/

Exit code 0 when the host can be registered as v2, 1 when not.")]
    Doctor(Doctor),
}

/// What identifies a host.
#[derive(Args, Clone)]
pub struct Identity {
    /// EK public key, instead of the file's or where the file has none (TPM2B_PUBLIC, PEM, DER)
    #[arg(long, value_name = "FILE")]
    pub ek_pub: Option<PathBuf>,
    /// EK certificate, instead of the file's or where the file has none
    #[arg(long, value_name = "FILE")]
    pub ek_cert: Option<PathBuf>,
    /// Intermediate certificates that the host offers for its chain
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub intermediate: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Add {
    /// Platform identifiers (XML of Get-PlatformIdentifier), folders of them, or capture folders
    #[arg(value_name = "PATH", required_unless_present_any = ["ek_pub", "ek_cert"])]
    pub paths: Vec<PathBuf>,
    /// Name of the host; for one host only
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub version: OfVersion,
    /// For v1: register an EK whose certificate is missing or not trusted
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub identity: Identity,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("key").required(true).args(["from", "ek_pub"]))]
pub struct Capture {
    /// Name of the host
    #[arg(long)]
    pub name: String,
    /// Folder of a capture, as `assess --evidence` reads it
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// EK public key (TPM2B_PUBLIC, PEM, DER)
    #[arg(long, value_name = "FILE")]
    pub ek_pub: Option<PathBuf>,
    /// EK certificate (DER, PEM, or as it stands in NV)
    #[arg(long, value_name = "FILE")]
    pub ek_cert: Option<PathBuf>,
    /// Where to write the identifier
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct List {
    /// Begin after the host of this name
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub after: String,
    /// At most this many
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct Show {
    /// Name of the host
    pub name: String,
    /// Print the bundle of one of its verdicts instead
    #[arg(long, value_name = "ID")]
    pub bundle: Option<i64>,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct Rename {
    /// Its name
    pub old: String,
    /// Its name from now on
    pub new: String,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct Remove {
    /// Name of the host
    pub name: String,
    #[command(flatten)]
    pub version: OfVersion,
    /// Its registrations in both versions
    #[arg(long, conflicts_with = "policy_version")]
    pub all: bool,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct Rebind {
    /// Name of the host
    pub name: String,
    /// Its new platform identifier, or a capture folder
    #[arg(value_name = "PATH", required_unless_present_any = ["ek_pub", "ek_cert"])]
    pub path: Option<PathBuf>,
    /// For v1: bind to an EK whose certificate is missing or not trusted
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub identity: Identity,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct Doctor {
    /// A platform identifier, a certificate, a capture folder, or the name of a registered host
    #[arg(value_name = "PATH|NAME")]
    pub what: String,
    /// Certificates to trust beside those of the store: files or folders
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub trust: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Subcommand)]
pub enum Trust {
    /// Trust roots and intermediates of TPM vendors
    #[command(after_help = "\
Examples:
  portcullis trust add vendor-roots/               every certificate below a folder
  portcullis trust add root.cer intermediate.pem
  portcullis trust add TrustedTpm.cab              Microsoft's collection, as it is
  portcullis trust add --windows lab-windows-ca/   for hosts whose Windows Microsoft did not sign

Whoever trusts a root trusts every TPM below it. Check the cabinet's signature first; Portcullis
does not. Certificates that are issued by themselves count as roots, others as intermediates.")]
    Add(TrustAdd),
    /// List trusted certificates
    #[command(after_help = "\
Examples:
  portcullis trust list
  portcullis trust list --json | jq -r '.[].subject'")]
    List(TrustList),
    /// Show a trusted certificate
    #[command(after_help = "\
Example:
  portcullis trust show 3f2a91      the first digits of its SHA-256")]
    Show(TrustOne),
    /// No longer trust a certificate
    #[command(after_help = "\
Examples:
  portcullis trust remove 3f2a91 --dry-run     which hosts would no longer attest?
  portcullis trust remove 3f2a91")]
    Remove(TrustRemove),
    /// Say which trusted certificates have expired or lead to no root
    #[command(after_help = "\
Examples:
  portcullis trust check

Exit code 0 when there is nothing to say, 1 otherwise.")]
    Check(TrustList),
}

#[derive(Args)]
pub struct TrustAdd {
    /// Certificates (DER, PEM), folders of them, or cabinets
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// They stand for Windows' own boot manager, in the place of Microsoft's: for labs
    #[arg(long)]
    pub windows: bool,
    #[command(flatten)]
    pub changing: Changing,
}

#[derive(Args)]
pub struct TrustList {
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct TrustOne {
    /// SHA-256 of the certificate, or its first digits
    #[arg(value_name = "SHA256")]
    pub sha256: String,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Args)]
pub struct TrustRemove {
    /// SHA-256 of the certificate, or its first digits
    #[arg(value_name = "SHA256")]
    pub sha256: String,
    #[command(flatten)]
    pub changing: Changing,
}
