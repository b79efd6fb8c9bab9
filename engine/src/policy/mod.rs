//! The policy set: all rules and reference values of a verifier at one moment.
//!
//! Source of the policies' names and purposes: Microsoft's documentation "Manage the Host
//! Guardian Service", and MS-HGSA 9.0 section 2.2.2.13. Which policies are on or locked by
//! default is not published, except that BitLocker is off: the table here is ours.

mod at_hand;
mod baselines;
mod ci;
mod documented;
mod evaluate;
mod name;
mod secure_boot;
mod windows;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use at_hand::AtHand;
pub use documented::{Mapping, Measurement};
pub use evaluate::{Circumstances, Evaluation, Outcome, RuleOutcome, evaluate};
pub use name::{PolicyName, PolicyState, Profile};

use crate::baseline::{Baseline, BaselineDelta, HostMeasurements};
use crate::chain::TrustStore;
use crate::crypto::{Digest, HashAlg};
use crate::formats::x509::well_known::WINDOWS_AUTHORITIES;
use crate::host::PolicyVersion;
use crate::limits::Limits;

/// Registers that every quote must cover: 0 to 7 (firmware) and 11 to 14 (Windows' boot).
pub const REQUIRED_PCRS: u32 = 0x0000_78ff;

/// A reference value, with the version that it was registered as. It serves hosts that attest in
/// that version only: identifier, baseline and CI policy must be of one version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered<T> {
    /// The version.
    pub version: PolicyVersion,
    /// The reference value.
    pub reference: T,
}

/// A baseline as it was registered, with the changes that are accepted beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisteredBaseline {
    /// The version.
    pub version: PolicyVersion,
    /// The baseline.
    pub reference: Baseline,
    /// What is accepted beside it, each until its day.
    pub deltas: Vec<BaselineDelta>,
}

impl RegisteredBaseline {
    /// The baseline with every delta that counts at a time.
    #[must_use]
    pub fn at(&self, unix_s: u64, host: &HostMeasurements<'_, '_>) -> Cow<'_, Baseline> {
        let live = self.deltas.iter().filter(|delta| delta.counts_at(unix_s));
        self.reference.with(live, &host.registers)
    }
}

/// A code integrity policy that hosts may have in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiPolicyReference {
    /// Its name.
    pub name: String,
    /// SHA-256 of the policy without its signature: what Windows measures.
    pub sha256: Digest,
}

/// A key that memory dumps may be encrypted with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DumpKeyReference {
    /// Its name.
    pub name: String,
    /// SHA-256 of the public key.
    pub sha256: Digest,
}

/// All of a verifier's rules and references at one moment. Immutable while it is used.
#[derive(Clone, Debug)]
pub struct PolicySet<'a> {
    /// Which policies apply.
    pub profile: Profile,
    /// States that differ from the profile's.
    pub states: BTreeMap<PolicyName, PolicyState>,
    /// The bank that is required.
    pub bank: HashAlg,
    /// The registers that are required, as a bitmap.
    pub required_pcrs: u32,
    /// TPM vendors' roots and intermediates.
    pub trust: TrustStore<'a>,
    /// The versions in which a host may attest. Without any, nothing passes.
    pub versions: Vec<PolicyVersion>,
    /// TPM baselines.
    pub baselines: Vec<RegisteredBaseline>,
    /// Code integrity policies that hosts may have in force.
    pub ci_policies: Vec<Registered<CiPolicyReference>>,
    /// Keys that memory dumps may be encrypted with.
    pub dump_keys: Vec<DumpKeyReference>,
    /// SHA-256 of the certificates that stand for Windows' own boot manager in PCR 7.
    pub windows_authorities: Vec<[u8; 32]>,
    /// Limits that this deployment chose.
    pub limits: Limits,
}

impl Default for PolicySet<'_> {
    /// The strictest set: every policy of profile `hyper-v`, no trust roots, no baselines.
    /// Nothing passes it.
    fn default() -> Self {
        Self {
            profile: Profile::HyperV,
            states: BTreeMap::new(),
            bank: HashAlg::Sha256,
            required_pcrs: REQUIRED_PCRS,
            trust: TrustStore::default(),
            versions: vec![PolicyVersion::V2],
            baselines: Vec::new(),
            ci_policies: Vec::new(),
            dump_keys: Vec::new(),
            windows_authorities: WINDOWS_AUTHORITIES.to_vec(),
            limits: Limits::default(),
        }
    }
}

impl PolicySet<'_> {
    /// True when hosts may attest in this version.
    #[must_use]
    pub fn accepts(&self, version: PolicyVersion) -> bool {
        self.versions.contains(&version)
    }

    /// The state of one policy.
    #[must_use]
    pub fn state(&self, policy: PolicyName) -> PolicyState {
        self.states.get(&policy).copied().unwrap_or_else(|| policy.default_state(self.profile))
    }
}
