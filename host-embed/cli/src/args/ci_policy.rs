//! The command line of `portcullis ci-policy`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::registry::Reading;
use super::registry::references::{CiPolicyAdd, Listing, RemoveNamed};

#[derive(Subcommand)]
pub enum CiPolicy {
    /// Show what a policy says, and what to know before registering it
    #[command(after_help = "\
Examples:
  portcullis ci-policy show SiPolicy.p7b
  portcullis ci-policy show HW1CodeIntegrity.xml --all
  portcullis ci-policy show SiPolicy.p7b --json | jq .warnings
  portcullis ci-policy show \"Dell R340\"          a registered policy, when no file has that name

Binary, signed binary or XML, recognised by content. Behind each warning stands what speaks for it.")]
    Show(Show),
    /// Compare two policies: options, rules, signers, settings
    #[command(after_help = "\
Examples:
  portcullis ci-policy diff HW1CodeIntegrity.xml HW1CodeIntegrity_enforced.p7b
  portcullis ci-policy diff before.cip after.cip --json

Ids, names and order do not count. Exit code 0 when both say the same, 1 when they differ.")]
    Diff(Diff),
    /// Convert XML to binary, or binary to XML
    #[command(after_help = "\
Examples:
  portcullis ci-policy convert HW1CodeIntegrity.xml -o HW1CodeIntegrity.p7b
  portcullis ci-policy convert SiPolicy_Enforced.xml --format 8 --tie-order legacy -o SiPolicy.p7b
  portcullis ci-policy convert HW1CodeIntegrity.xml --target ws2019 -o HW1CodeIntegrity.p7b
  portcullis ci-policy convert SiPolicy.p7b -o SiPolicy.xml

The content decides the direction. Formats 7 and 8 come out as Microsoft's converter writes them
[real files]; format 9 is unverified. Rules that tie are left by an unstable sort: `introsort` is
that of .NET 4.5 and later, `legacy` that of Microsoft's driver blocklists [real files], `stored`
keeps the order of the XML. XML that was decoded from a binary becomes the same binary again.")]
    Convert(Convert),
    /// Set or delete an option of an XML policy
    #[command(after_help = "\
Examples:
  portcullis ci-policy set-option HW1CodeIntegrity.xml 3 --delete
  portcullis ci-policy set-option HW1CodeIntegrity.xml 3 --delete -o HW1CodeIntegrity_enforced.xml
  portcullis ci-policy set-option HW1CodeIntegrity.xml \"Enabled:UMCI\"

Options of `Set-RuleOption`:
   0 Enabled:UMCI                                11 Disabled:Script Enforcement
   1 Enabled:Boot Menu Protection                12 Required:Enforce Store Applications
   2 Required:WHQL                               13 Enabled:Managed Installer
   3 Enabled:Audit Mode                          14 Enabled:Intelligent Security Graph Authorization
   4 Disabled:Flight Signing                     15 Enabled:Invalidate EAs on Reboot
   5 Enabled:Inherit Default Policy              16 Enabled:Update Policy No Reboot
   6 Enabled:Unsigned System Integrity Policy    17 Enabled:Allow Supplemental Policies
   8 Required:EV Signers                         18 Disabled:Runtime FilePath Rule Protection
   9 Enabled:Advanced Boot Options Menu          19 Enabled:Dynamic Code Security
  10 Enabled:Boot Audit On Failure               20 Enabled:Revoked Expired As Unsigned

The file is changed in place, unless `-o` names another one. Every other byte stays as it is.")]
    SetOption(SetOption),
    /// Set the version of an XML policy
    #[command(after_help = "\
Examples:
  portcullis ci-policy set-version HW1CodeIntegrity.xml 10.0.1.0
  portcullis ci-policy set-version HW1CodeIntegrity.xml 10.1 -o next.xml")]
    SetVersion(SetVersion),
    /// Set name and ids of an XML policy
    #[command(after_help = "\
Examples:
  portcullis ci-policy set-id HW1CodeIntegrity.xml --name \"Dell R340\" --id 2026-03
  portcullis ci-policy set-id HW1CodeIntegrity.xml --reset-policy-id
  portcullis ci-policy set-id Extra.xml --supplements {A244370E-44C9-4C06-B551-F6016E563076}

A new policy id makes the policy one of several, which Server 2016 and 2019 cannot use [one source].")]
    SetId(SetId),
    /// Set or delete a setting of an XML policy
    #[command(after_help = "\
Examples:
  portcullis ci-policy set-setting policy.xml PolicyInfo Information Name String \"Dell R340\"
  portcullis ci-policy set-setting policy.xml Provider Key Value Boolean true
  portcullis ci-policy set-setting policy.xml Provider Key Value --delete")]
    SetSetting(SetSetting),
    /// Set the hypervisor's code integrity options of an XML policy
    #[command(after_help = "\
Examples:
  portcullis ci-policy set-hvci policy.xml --strict
  portcullis ci-policy set-hvci policy.xml --none")]
    SetHvci(SetHvci),
    /// Print the digest that a host measures and that is registered
    #[command(after_help = "\
Examples:
  portcullis ci-policy hash SiPolicy.p7b
  portcullis ci-policy hash SiPolicy.p7b --json | jq -r .policy_sha256

The digest of the unsigned policy: of the whole file, or of what is inside the signature [two sources].")]
    Hash(Hash),
    /// Find which file is the policy that a host measured
    #[command(after_help = "\
Examples:
  portcullis ci-policy match HW1CodeIntegrity_enforced.p7b --log host1.tcglog
  portcullis ci-policy match policies/*.p7b HW1CodeIntegrity.xml --log host1.tcglog --json

For a mismatch the difference is searched: an option turned, another version, another conversion.
The log is taken at its word; `portcullis assess` checks it against a quote.
Exit code 0 when the host measured one of the files, 1 when it did not.")]
    Match(Match),
    /// Take the signature off a signed policy
    #[command(after_help = "\
Examples:
  portcullis ci-policy unwrap Signed.p7b -o Unsigned.p7b

What comes out is the copy to register: the signature is not measured [documented].")]
    Unwrap(Unwrap),
    /// Register a policy that hosts may have in force
    #[command(after_help = "\
Examples:
  portcullis ci-policy add HW1CodeIntegrity_enforced.p7b --name \"Dell R340, backup agent\"
  portcullis ci-policy add Signed.p7b --unwrap
  portcullis ci-policy add HW1CodeIntegrity_enforced.p7b --policy-version v1 --dry-run

A signed policy is refused: its signature is not measured, so the unsigned copy is registered.")]
    Add(CiPolicyAdd),
    /// List the registered policies
    List(Listing),
    /// Remove a registered policy
    #[command(after_help = "\
Example:
  portcullis ci-policy remove \"Dell R340\" --dry-run")]
    Remove(RemoveNamed),
}

#[derive(Args)]
pub struct Show {
    /// The policy: a file, or the name of a registered one
    #[arg(value_name = "FILE|NAME")]
    pub file: PathBuf,
    #[command(flatten)]
    pub reading: Reading,
    /// List every rule and signer
    #[arg(long)]
    pub all: bool,
}

#[derive(Args)]
pub struct Diff {
    /// The first policy
    pub before: PathBuf,
    /// The second policy
    pub after: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Convert {
    /// The policy, XML or binary
    pub input: PathBuf,
    /// Where to write the other form
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Format of the binary: 7, 8 or 9 [default: 7, or that of the target or of the decoded binary]
    #[arg(long, value_parser = clap::value_parser!(u32).range(7..=9))]
    pub format: Option<u32>,
    /// Order of rules that tie [default: introsort, or stored for decoded XML]
    #[arg(long, value_enum)]
    pub tie_order: Option<TieOrder>,
    /// System to convert for: chooses the format, and warns about what the system ignores
    #[arg(long, value_enum)]
    pub target: Option<Target>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum TieOrder {
    /// .NET Framework 4.5 and later
    Introsort,
    /// Older frameworks: Microsoft's driver blocklists
    Legacy,
    /// The order of the XML
    Stored,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Target {
    Ws2016,
    Ws2019,
    Ws2022,
    Ws2025,
}

/// The XML that is changed, and where the result goes.
#[derive(Args)]
pub struct Edited {
    /// The policy, XML
    pub file: PathBuf,
    /// Where to write the result [default: the same file]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args)]
pub struct SetOption {
    #[command(flatten)]
    pub edited: Edited,
    /// Number of `Set-RuleOption`, or name
    #[arg(value_name = "N|NAME")]
    pub option: String,
    /// Delete it
    #[arg(long)]
    pub delete: bool,
}

#[derive(Args)]
pub struct SetVersion {
    #[command(flatten)]
    pub edited: Edited,
    /// Up to four numbers below 65536
    // Every command has a flag of the name `version` already.
    #[arg(id = "policy_version", value_name = "VERSION")]
    pub version: String,
}

#[derive(Args)]
#[command(group(ArgGroup::new("ids").required(true).multiple(true)
    .args(["name", "id", "reset_policy_id", "supplements"])))]
pub struct SetId {
    #[command(flatten)]
    pub edited: Edited,
    /// Name that events and `show` give the policy
    #[arg(long)]
    pub name: Option<String>,
    /// Id that events give the policy: any text
    #[arg(long)]
    pub id: Option<String>,
    /// New policy id, a random one without GUID
    #[arg(long, value_name = "GUID", num_args = 0..=1)]
    pub reset_policy_id: Option<Option<String>>,
    /// Make it a supplemental policy of this base policy
    #[arg(long, value_name = "GUID")]
    pub supplements: Option<String>,
}

#[derive(Args)]
pub struct SetSetting {
    #[command(flatten)]
    pub edited: Edited,
    /// Provider
    pub provider: String,
    /// Key
    pub key: String,
    /// Name of the value
    pub value_name: String,
    /// Type of the value
    #[arg(value_enum, required_unless_present = "delete", conflicts_with = "delete")]
    pub value_type: Option<ValueType>,
    /// The value; hexadecimal for `Binary`
    #[arg(required_unless_present = "delete", conflicts_with = "delete")]
    pub value: Option<String>,
    /// Delete it
    #[arg(long)]
    pub delete: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum ValueType {
    Boolean,
    #[value(name = "DWord")]
    DWord,
    Binary,
    String,
}

#[derive(Args)]
#[command(group(ArgGroup::new("options").required(true).multiple(true)
    .args(["enabled", "strict", "debug_mode", "disable_allowed", "none"])))]
pub struct SetHvci {
    #[command(flatten)]
    pub edited: Edited,
    /// Switch it on
    #[arg(long)]
    pub enabled: bool,
    /// Strict mode
    #[arg(long)]
    pub strict: bool,
    /// Debug mode
    #[arg(long)]
    pub debug_mode: bool,
    /// Allow switching it off
    #[arg(long)]
    pub disable_allowed: bool,
    /// None of them
    #[arg(long, conflicts_with_all = ["enabled", "strict", "debug_mode", "disable_allowed"])]
    pub none: bool,
}

#[derive(Args)]
pub struct Hash {
    /// The policy, signed or not
    pub file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Match {
    /// Policies: binary, signed binary or XML
    #[arg(required = true, value_name = "POLICY")]
    pub policies: Vec<PathBuf>,
    /// The event log of the host
    #[arg(long, value_name = "FILE")]
    pub log: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Unwrap {
    /// The signed policy
    pub input: PathBuf,
    /// Where to write the unsigned policy
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}
