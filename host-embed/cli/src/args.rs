//! The command line.

pub mod ci_policy;
pub mod registry;
pub mod serve;

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use portcullis_api::Lang;

use crate::engine::long_version;

static LONG_VERSION: LazyLock<String> = LazyLock::new(long_version);

/// Attestation of Hyper-V hosts, open: what did a host boot, would it pass, and why not.
#[derive(Parser)]
#[command(
    name = "portcullis",
    version,
    long_version = &**LONG_VERSION,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "\
Exit codes:
  0  passed, or done            1  not passed; for `diff`: they differ; for `match`: none
  2  unusable arguments or file 3  internal error
  4  would pass                 5  would fail; for `--dry-run`: a host would fail then

To register a fabric: `trust add`, `host add`, `baseline add`, `ci-policy add`, then `assess --host`.

Examples:
  portcullis inspect boot.tcglog
  portcullis baseline derive good.tcglog -o class-a.json
  portcullis assess --evidence capture/ --baseline class-a.json --trust vendor-roots/
  portcullis explain DBX-ENTRIES-ADDED
  portcullis simulate host --preset dell-r740-ws2022 --out host-1"
)]
pub struct Program {
    /// Where evidence is parsed and judged: in a sandbox, or natively
    #[arg(long, global = true, value_enum, default_value_t = EngineChoice::DEFAULT)]
    pub engine: EngineChoice,
    #[command(subcommand)]
    pub command: Command,
}

/// Both say the same; a sandbox bounds what hostile evidence can do.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    Native,
    Wasm,
}

impl EngineChoice {
    /// The sandbox, unless the program was built without it.
    pub const DEFAULT: Self = if cfg!(feature = "sandbox") { Self::Wasm } else { Self::Native };
}

#[derive(Subcommand)]
pub enum Command {
    /// Show what files hold: event logs, certificates, keys, quotes, identifiers, bundles
    #[command(after_help = "\
Examples:
  portcullis inspect boot.tcglog               a table of events and the registers they lead to
  portcullis inspect --json boot.tcglog        everything, as one JSON object per file
  portcullis inspect ek.crt quote.attest ak.pub")]
    Inspect(Inspect),
    /// Compare two event logs: what was measured in one and not in the other
    #[command(after_help = "\
Examples:
  portcullis diff before.tcglog after.tcglog
  portcullis diff --bank sha1 before.tcglog after.tcglog --json

Exit code 0 when the logs lead to the same registers, 1 when they differ.")]
    Diff(Diff),
    /// Derive, register and compare TPM baselines
    #[command(subcommand)]
    Baseline(Baseline),
    /// Read, convert, edit, compare and register code integrity policies
    #[command(name = "ci-policy", subcommand)]
    CiPolicy(ci_policy::CiPolicy),
    /// Say whether a host would pass with the artefacts at hand
    #[command(after_help = "\
Examples:
  portcullis assess --evidence capture/ --baseline class-a.json --trust vendor-roots/
  portcullis assess --evidence capture/ --baseline class-a.json --nonce 00ff.. --profile linux --json
  portcullis assess --identifier host1.xml --log host1.tcglog --policy-set fabric.json
  portcullis assess --evidence capture/ --baseline class-a.json --ci-policy SiPolicy.p7b --trust roots/
  portcullis assess --host host-1 --evidence capture/     a registered host, under the registered rules

The evidence folder holds files as tpm2-tools writes them: eventlog.bin, quote-rsa-*.attest/.sig/.pcrs,
ak-rsa.pub, ek-rsa.pub, nv-01c00002.bin (EK certificate), nv-01c00100.bin and on (its chain), nonce.bin,
cred-rsa.secret/.activated. `portcullis simulate host` makes such folders.
Without `--trust` nobody vouches for the TPM: the answer assumes that its EK is registered by hand (v1).

Exit code 4 when the host would pass, 5 when it would fail.")]
    Assess(Assess),
    /// Pack evidence, rules and registration into one file that can be appraised again
    #[command(after_help = "\
Examples:
  portcullis bundle --evidence capture/ --baseline class-a.json --trust roots/ -o host1.bundle.json
  portcullis bundle --evidence capture/ --baseline class-a.json --trust roots/ \\
      --ak-record 000bd51999a1... -o host1.bundle.json

The bundle registers the EK of the capture: in the versions of the policy set; without one, as v2
with `--trust` and as v1 without. A credential activation recorded in the capture proves its AK;
`--ak-record` gives the AK name that an earlier activation proved, as hexadecimal or as a file.")]
    Bundle(Bundle),
    /// Judge a bundle, or a registered host
    #[command(after_help = "\
Examples:
  portcullis appraise host1.bundle.json
  portcullis appraise host1.bundle.json --json | jq .status
  portcullis appraise --host host-1 --evidence capture/

Exit code 0 when the host passes, 1 when it does not.")]
    Appraise(Appraise),
    /// Explain a result, a bundle, or the code of a finding or warning
    #[command(after_help = "\
Examples:
  portcullis explain host1.bundle.json
  portcullis explain result.json --lang ja
  portcullis explain result.json --json | jq .findings[].remedy
  portcullis explain PCR-REPLAY-MISMATCH

A result is the JSON of `appraise` or `assess`, from whenever and in whatever language it was shown.")]
    Explain(Explain),
    /// Register hosts by their TPMs, and say what is wrong with an EK certificate
    #[command(subcommand)]
    Host(registry::hosts::Host),
    /// Trust roots and intermediates of TPM vendors
    #[command(subcommand)]
    Trust(registry::hosts::Trust),
    /// Register the keys that memory dumps may be encrypted with
    #[command(name = "dump-key", subcommand)]
    DumpKey(registry::references::DumpKey),
    /// List the policies, enable and disable them
    #[command(subcommand)]
    Policy(registry::rules::Policy),
    /// Show the mode of attestation, or choose which policies apply
    #[command(after_help = "\
Examples:
  portcullis mode                      show
  portcullis mode --profile linux      without the policies that only Windows can satisfy")]
    Mode(registry::rules::Mode),
    /// Choose the versions in which hosts may attest, and how many verdicts are kept
    #[command(subcommand)]
    Server(registry::rules::Server),
    /// List who changed what, and check that nobody changed the list
    #[command(subcommand)]
    Audit(registry::rules::Audit),
    /// Export everything that is registered into one encrypted file, or import it
    #[command(subcommand)]
    State(registry::rules::State),
    /// Serve verdicts over HTTP: challenges, attestations, tokens
    #[command(after_help = "\
Examples:
  portcullis serve
  portcullis serve --listen 0.0.0.0:8650 --tls-cert server.pem --tls-key server.key
  portcullis serve --config /etc/portcullis.toml --store postgresql://portcullis@db/portcullis

A flag counts more than the environment, and the environment more than the file. The first start makes
signing keys and the administrator's credential, and says where. Hosts, baselines and policies are those
of the store: register them with `portcullis host add` and its neighbours, also while the service runs.
Ends on SIGTERM or SIGINT, after the requests under way.")]
    Serve(serve::Serve),
    /// Attest this machine to a verifier, and keep the token
    #[command(after_help = "\
Examples:
  portcullis agent --verifier https://attest.example:8650 --once
  portcullis agent --verifier https://attest.example:8650 --ca fabric-ca.pem --every 480
  portcullis agent --verifier http://127.0.0.1:8650 --tpm swtpm:port=2321 --state ./agent --event-log log --once

The token of a host that passes is DIR/token.jwt; it goes when the host no longer passes. The verdict is
DIR/result.json: `portcullis explain` says what it means.")]
    Agent(serve::Agent),
    /// Make hosts up: evidence on demand, healthy or broken in one way
    #[command(subcommand)]
    Simulate(Simulate),
}

#[derive(Args)]
pub struct Inspect {
    /// Files to inspect; recognised by their content
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// One JSON object per file, one per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Diff {
    /// The first log
    pub before: PathBuf,
    /// The second log
    pub after: PathBuf,
    /// Bank to compare
    #[arg(long, default_value = "sha256")]
    pub bank: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Baseline {
    /// Derive a baseline from one log, or from several hosts of one class
    #[command(after_help = "\
Examples:
  portcullis baseline derive good.tcglog -o class-a.json
  portcullis baseline derive host1.tcglog host2.tcglog --name \"Dell R340\" -o r340.json
  portcullis baseline derive good.tcglog --level strict --pcrs 0-7,11-14 -o strict.json

Levels, each including the one before:
  secure_boot  PCR 7 as a set: Secure Boot, PK, KEK, db, dbx, authorities (what HGS documents)
  boot_chain   also the boot applications that may run (default)
  strict       also exact values of chosen registers")]
    Derive(Derive),
    /// Copy the log of a reference host, after a validation
    #[command(after_help = "\
Examples:
  portcullis baseline capture -o HWConfig1.tcglog
  portcullis baseline capture --log 0000000042-0000000000.log -o HWConfig1.tcglog
  portcullis baseline capture -o lab.tcglog --skip-validation

Validated are Secure Boot, the IOMMU, virtualization-based security with its keys and with code
integrity enforced by the hypervisor, and that a CI policy is in force. `--skip-validation` silences
the errors and changes no byte of the output.")]
    Capture(registry::references::BaselineCapture),
    /// Register a baseline
    #[command(after_help = "\
Examples:
  portcullis baseline add HWConfig1.tcglog --name \"Dell R340 BIOS 2.19\"
  portcullis baseline add host1.tcglog host2.tcglog --name \"Dell R340\"    what several hosts share
  portcullis baseline add r340.json --policy-version v1
  portcullis baseline add new.tcglog --name \"Dell R340 (dbx 2026)\" --dry-run

Logs are validated as `baseline capture` does. Logs of several hosts are grouped into classes by
what they measured.")]
    Add(registry::references::BaselineAdd),
    /// List the registered baselines
    List(registry::references::Listing),
    /// Show a registered baseline
    Show(registry::references::BaselineShow),
    /// Compare two baselines or logs: what each demands and the other does not
    #[command(after_help = "\
Examples:
  portcullis baseline diff \"Dell R340\" host7.tcglog
  portcullis baseline diff old.json new.json --json

Exit code 0 when both demand the same, 1 when they differ.")]
    Diff(registry::references::BaselineDiff),
    /// Accept a small change beside a baseline, until a day
    #[command(
        name = "accept-delta",
        after_help = "\
Examples:
  portcullis baseline accept-delta \"Dell R340\" host7.tcglog --delta \"dbx of 2026-03\" --days 30 --dry-run
  portcullis baseline accept-delta \"Dell R340\" host7.tcglog --delta \"dbx of 2026-03\"

The hosts of the class then pass with the change and without it, until the day; what a baseline must
not bend (Secure Boot itself) is refused. `portcullis baseline diff` shows what changed."
    )]
    AcceptDelta(registry::references::AcceptDelta),
    /// No longer accept a delta
    #[command(
        name = "drop-delta",
        after_help = "\
Example:
  portcullis baseline drop-delta \"Dell R340\" \"dbx of 2026-03\" --dry-run"
    )]
    DropDelta(registry::references::DropDelta),
    /// Remove a registered baseline
    #[command(after_help = "\
Examples:
  portcullis baseline remove \"Dell R340\" --dry-run      which hosts would no longer attest?
  portcullis baseline remove \"Dell R340\"")]
    Remove(registry::references::RemoveNamed),
}

#[derive(Args)]
pub struct Derive {
    /// Logs of good boots
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<PathBuf>,
    /// What the baseline demands
    #[arg(long, value_enum, default_value_t = Level::BootChain)]
    pub level: Level,
    /// Registers of level `strict`, such as 0-7,11-14
    #[arg(long, value_name = "LIST")]
    pub pcrs: Option<String>,
    /// Bank of the digests
    #[arg(long, default_value = "sha256")]
    pub bank: String,
    /// Name of the baseline [default: from the first log's file or folder]
    #[arg(long)]
    pub name: Option<String>,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Print the baseline as JSON, too
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Simulate {
    /// Simulate one host: its boot, its TPM, and what it hands over for one challenge
    #[command(after_help = "\
Examples:
  portcullis simulate host --preset dell-r740-ws2022 --seed 7 --out host-7
  portcullis simulate host --preset azure-like-vm --out vm --set windows.hvci=false tpm.ek=p256
  portcullis simulate host rack-3.toml --seed 3 --out rack-3 --set name=node-3
  portcullis simulate host --list         every field: meaning, allowed values, default
  portcullis simulate host --presets      healthy hosts, and one for each policy that fails
  portcullis assess --evidence host-7 --policy-set host-7/policy-set.json

A specification is TOML; `preset = \"NAME\"` names the host to start from:
  preset = \"supermicro-ws2022\"
  name = \"node-3\"
  [windows]
  hvci = false
  [[ci.policy]]
  label = \"site\"
  mode = \"audit\"

The folder holds the evidence as `assess --evidence` reads it, identifier.xml, host.tcglog, the
code integrity policies (ci/), the certificates of the TPM's vendor (ca/) and those that stand for
Microsoft's behind the boot manager (windows/), the rules of a service
that knows this host (policy-set.json; those of a preset that fails are the rules that it fails),
and what the host was built from (truth.json). The same seed gives the same bytes. All keys are
test keys.")]
    Host(SimulateHost),
}

#[derive(Args)]
#[command(group = ArgGroup::new("source").required(true).args(["spec", "preset", "list", "presets"]))]
pub struct SimulateHost {
    /// Specification of the host
    #[arg(value_name = "SPEC.toml")]
    pub spec: Option<PathBuf>,
    /// A named host instead of a specification
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// What the host's keys, addresses and numbers come from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Folder to write; it must not exist yet
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Changes a field of the specification, as `field=value`; may be given several times
    #[arg(long, value_name = "FIELD=VALUE", num_args = 1..)]
    pub set: Vec<String>,
    /// The challenge to answer, as hexadecimal or as a file [default: from the seed]
    #[arg(long, value_name = "HEX|FILE")]
    pub nonce: Option<String>,
    /// Explain every field of a specification
    #[arg(long)]
    pub list: bool,
    /// List the presets
    #[arg(long)]
    pub presets: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Level {
    SecureBoot,
    BootChain,
    Strict,
}

/// Evidence and rules, shared by `assess` and `bundle`.
#[derive(Args)]
pub struct Question {
    /// Folder with the evidence of one boot
    #[arg(long, value_name = "DIR")]
    pub evidence: Option<PathBuf>,
    /// Platform identifier (XML of Get-PlatformIdentifier), instead of the folder's EK
    #[arg(long, value_name = "FILE")]
    pub identifier: Option<PathBuf>,
    /// Event log (.tcglog), instead of the folder's
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// TPM baseline; may be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub baseline: Vec<PathBuf>,
    /// Code integrity policy that hosts may have in force, signed or not; may be given several times.
    /// With a policy set the files register nothing, and say what a measured digest is
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub ci_policy: Vec<PathBuf>,
    /// Folder with the roots and intermediates of TPM vendors
    #[arg(long, value_name = "DIR")]
    pub trust: Option<PathBuf>,
    /// Policy set (JSON) with all rules and references, instead of the options for them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "trust", "policy_version", "log_size_max"])]
    pub policy_set: Option<PathBuf>,
    /// The nonce that was issued, as hexadecimal or as a file; by default nonce.bin of the evidence
    #[arg(long, value_name = "HEX|FILE")]
    pub nonce: Option<String>,
    /// Which policies apply
    #[arg(long, value_enum, default_value_t = Profile::HyperV)]
    pub profile: Profile,
    /// Which of the capture's keys to use [default: the first that signed a quote]
    #[arg(long, value_enum)]
    pub key: Option<KeyFamily>,
    /// Bank that is required
    #[arg(long, default_value = "sha256")]
    pub bank: String,
    /// Versions to attest in: v2 needs a trusted EK certificate [default: v2 with --trust, else v1]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub policy_version: Vec<Version>,
    /// AK name that an earlier activation proved, as hexadecimal or as a file
    #[arg(long, value_name = "HEX|FILE")]
    pub ak_record: Option<String>,
    /// Largest event log that is read, in bytes [default: 4 MiB]
    #[arg(long, value_name = "BYTES")]
    pub log_size_max: Option<u32>,
    /// Time of the appraisal in seconds since 1970 [default: now]
    #[arg(long, value_name = "SECONDS")]
    pub now: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Profile {
    #[value(name = "hyper-v")]
    HyperV,
    Linux,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Version {
    V1,
    V2,
}

impl From<Version> for portcullis_store::Version {
    fn from(version: Version) -> Self {
        match version {
            Version::V1 => Self::V1,
            Version::V2 => Self::V2,
        }
    }
}

/// The keys of a capture: which EK, certificate, AK and quotes belong together.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyFamily {
    /// RSA EK and RSASSA AK
    Rsa,
    /// RSA EK and RSAPSS AK
    Rsapss,
    /// P-256 EK and AK
    Ecc,
    /// P-384 EK and AK
    Ecc384,
}

/// A host of the store.
#[derive(Args)]
pub struct OfHost {
    /// A registered host, under the rules of the store; without `--evidence`, with the evidence of
    /// its latest verdict
    #[arg(long = "host", value_name = "NAME", id = "host", conflicts_with_all = ["baseline", "ci_policy", "trust", "policy_set", "policy_version", "ak_record"])]
    pub host: Option<String>,
    /// The store: an SQLite file or a PostgreSQL URL [default: a file in the user's data folder]
    #[arg(long, value_name = "FILE|URL", env = "PORTCULLIS_STORE", hide_env_values = true)]
    pub store: Option<String>,
}

#[derive(Args)]
pub struct Assess {
    #[command(flatten)]
    pub question: Question,
    #[command(flatten)]
    pub registered: OfHost,
    #[command(flatten)]
    pub language: Language,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Bundle {
    #[command(flatten)]
    pub question: Question,
    /// Name of the host
    #[arg(long, default_value = "host")]
    pub name: String,
    /// Where to write the bundle
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).args(["bundle", "host"]))]
pub struct Appraise {
    /// The bundle
    pub bundle: Option<PathBuf>,
    /// A registered host instead, under the rules of the store
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Folder with the evidence of the host [default: that of its latest verdict]
    #[arg(long, value_name = "DIR", requires = "host")]
    pub evidence: Option<PathBuf>,
    /// The nonce that was issued, as hexadecimal or as a file; by default nonce.bin of the evidence
    #[arg(long, value_name = "HEX|FILE", requires = "evidence")]
    pub nonce: Option<String>,
    /// The store: an SQLite file or a PostgreSQL URL [default: a file in the user's data folder]
    #[arg(long, value_name = "FILE|URL", env = "PORTCULLIS_STORE", hide_env_values = true)]
    pub store: Option<String>,
    #[command(flatten)]
    pub language: Language,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Explain {
    /// A bundle, a result, or the code of a finding or warning
    #[arg(value_name = "FILE|CODE")]
    pub what: String,
    #[command(flatten)]
    pub language: Language,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The language of texts, shared by the commands that judge or explain.
#[derive(Args)]
pub struct Language {
    /// Language of the text
    #[arg(
        long,
        value_name = "en|ja",
        value_parser = lang,
        env = "PORTCULLIS_LANG",
        hide_env_values = true,
        default_value_t = Lang::En
    )]
    pub lang: Lang,
}

/// A language by its name. An empty variable of the environment is as good as none.
fn lang(name: &str) -> Result<Lang, String> {
    match name {
        "" => Ok(Lang::En),
        _ => Lang::from_name(name).ok_or_else(|| "expected en or ja".to_owned()),
    }
}
