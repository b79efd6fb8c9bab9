//! Which change answers which failure.

use portcullis_engine::claims::{self, WindowsClaims};
use portcullis_engine::crypto::HashAlg;
use portcullis_engine::finding::FindingCode;
use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_engine::policy::PolicyName;
use portcullis_engine::replay;

use super::OneChangeDoc;
use crate::BundleDoc;
use crate::result::FindingDoc;
use crate::text::hex;

/// A change, with the code that asked for it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub change: Change,
    pub because: String,
}

/// Two failures that ask for one change ask for it once.
impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change
    }
}

/// What can be changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    DisablePolicy(PolicyName),
    RegisterBaseline,
    RegisterCiPolicy { name: String, sha256: String },
    RegisterDumpKey { sha256: String },
    RegisterHost,
    AcceptV1,
}

/// The change that answers a failure; `None` when it is the evidence that does not hold.
pub(super) fn answer(bundle: &BundleDoc, finding: &FindingDoc) -> Option<Candidate> {
    let code = FindingCode::ALL.iter().find(|code| code.text() == finding.code)?;
    let change = match code {
        FindingCode::EkNotRegistered => Change::RegisterHost,
        FindingCode::EkChainUntrusted
        | FindingCode::EkCertificateMissing
        | FindingCode::EkCertificateUnreadable
        | FindingCode::EkCertificateUnfit => Change::AcceptV1,
        FindingCode::CiPolicyMissing
        | FindingCode::CiPolicyNotRegistered
        | FindingCode::CiPolicyVersionMixed => register_ci_policy(bundle)?,
        FindingCode::DumpKeyNotRegistered => match windows(bundle)?.dump_key.value() {
            Some(digest) => Change::RegisterDumpKey { sha256: digest.to_string() },
            None => Change::DisablePolicy(PolicyName::DumpEncryptionKey),
        },
        code if is_difference(*code) => Change::RegisterBaseline,
        _ => Change::DisablePolicy(rule(finding)?),
    };
    Some(Candidate { change, because: finding.code.clone() })
}

/// The policy that asked.
fn rule(finding: &FindingDoc) -> Option<PolicyName> {
    PolicyName::from_text(finding.rule.as_deref()?)
}

/// True for what a new baseline of this very boot answers.
fn is_difference(code: FindingCode) -> bool {
    use FindingCode as C;
    matches!(
        code,
        C::BaselineMissing
            | C::BaselineVersionMixed
            | C::BaselineBankDiffers
            | C::BaselineDeltaExpired
            | C::DbxEntriesAdded
            | C::DbxEntriesRemoved
            | C::SecureBootVariableChanged
            | C::SecureBootVariableMissing
            | C::LaunchAuthorityAdded
            | C::LaunchAuthorityMissing
            | C::FirmwareActionChanged
            | C::BootImageNotAllowed
            | C::BootImageMissing
            | C::KernelCommandLineChanged
            | C::BootVariableChanged
            | C::BootActionChanged
            | C::BootFileChanged
            | C::MeasurementChanged
            | C::PcrDiffersFromBaseline
            | C::SecureBootPolicyChanged
            | C::WindowsNotVouched
    )
}

/// The site's own policy, where one is in force; else the first that is.
fn register_ci_policy(bundle: &BundleDoc) -> Option<Change> {
    let claims = windows(bundle)?;
    let own =
        claims.ci_policies.iter().find(|policy| policy.name.eq_ignore_ascii_case("SiPolicy.p7b"));
    let Some(policy) = own.or_else(|| claims.ci_policies.first()) else {
        return Some(Change::DisablePolicy(PolicyName::CiPolicy));
    };
    Some(Change::RegisterCiPolicy { name: policy.name.clone(), sha256: hex(&policy.digest) })
}

/// What Windows says in the log of the bundle. The bundle's own judgement says whether it may be
/// believed.
fn windows(bundle: &BundleDoc) -> Option<WindowsClaims> {
    let bytes = bundle.request.evidence.event_log.as_ref()?;
    let log = eventlog::parse(&bytes.0, &Limits::default()).ok()?;
    let bank = HashAlg::from_name(&bundle.policy_set.bank)?;
    Some(claims::extract(&replay::measure(&log, bank, None)).windows)
}

impl Candidate {
    pub(super) fn describe(&self) -> OneChangeDoc {
        let (action, target, risk, cost) = match &self.change {
            Change::DisablePolicy(policy) => {
                let (risk, cost) = cost_of_disabling(*policy);
                ("disable_policy", policy.text().to_owned(), risk, cost)
            }
            Change::RegisterBaseline => (
                "register_baseline",
                "the boot of this bundle".to_owned(),
                "medium",
                "whatever this host booted counts as good from now on, on every host",
            ),
            Change::RegisterCiPolicy { name, sha256 } => (
                "register_ci_policy",
                format!("{name} {sha256}"),
                "medium",
                "the policy's content is not measured, only its digest: read the file before you trust it",
            ),
            Change::RegisterDumpKey { sha256 } => (
                "register_dump_key",
                sha256.clone(),
                "medium",
                "whoever holds this key can read the memory dumps of every host",
            ),
            Change::RegisterHost => (
                "register_host",
                "the EK of this bundle".to_owned(),
                "medium",
                "the machine with this TPM becomes a guarded host: make sure whose it is",
            ),
            Change::AcceptV1 => (
                "accept_v1",
                "v1 with this EK, baseline and CI policy registered as v1".to_owned(),
                "high",
                "no manufacturer vouches for the TPM: it may be software",
            ),
        };
        OneChangeDoc {
            action: action.into(),
            target,
            because: self.because.clone(),
            risk: risk.into(),
            cost: cost.into(),
        }
    }
}

const fn cost_of_disabling(policy: PolicyName) -> (&'static str, &'static str) {
    match policy {
        PolicyName::SecureBootEnabled => {
            ("high", "any loader may run, and could write everything that Windows seems to measure")
        }
        PolicyName::SecureBootSettings => {
            ("high", "hosts with any firmware settings and any loader are accepted")
        }
        PolicyName::UefiDebugDisabled => {
            ("high", "a debugger can read and change the memory of shielded VMs")
        }
        PolicyName::CiPolicy => ("high", "hosts may run any program and any signed driver"),
        PolicyName::HypervisorEnforcedCiPolicy => {
            ("high", "an attacker in the kernel can run unsigned code there")
        }
        PolicyName::FullBoot => ("medium", "a resumed host shows nothing of its operating system"),
        PolicyName::VsmIdkPresent => {
            ("high", "keys of shielded VMs are not kept from the host's administrators")
        }
        PolicyName::IommuEnabled => ("high", "a device can read the memory of shielded VMs"),
        PolicyName::PageFileEncryptionEnabled => {
            ("medium", "memory of shielded VMs may lie on disk in plain")
        }
        PolicyName::BitLockerEnabled => {
            ("medium", "whoever holds the disk can change the operating system")
        }
        PolicyName::NoHibernation => ("medium", "the memory of the host may lie on disk in plain"),
        PolicyName::NoDumps => ("medium", "crash dumps hold the memory of the host"),
        PolicyName::DumpEncryption => ("high", "crash dumps hold the memory of the host in plain"),
        PolicyName::DumpEncryptionKey => ("medium", "somebody else's key may open the crash dumps"),
    }
}
