//! A simulated host: a specification with a seed, that starts, runs and is administered.
//!
//! The host owns what survives a start (its disk: policies, features, logs; its counters); the
//! TPM is the caller's. A [`crate::machine::Machine`] is both.

mod authority;
mod baseline;
mod ci;
mod ci_file;
mod identifier;
mod keys;
mod readiness;
mod signer;
mod start;
mod truth;

use crate::boot::{Context, windows};
use crate::hash::{HashAlg, digest};
use crate::log::{self, record};
use crate::seed::Seed;
use crate::sipa::{TrustPoint, trust_points};
use crate::spec::{Feature, HostSpec, SpecError};

pub use authority::Authority;
pub use baseline::{BaselineDefect, BaselineRefused};
pub use ci::{AllowAll, Applied, CiEvaluator, CiImage, CiPolicy, CodeIntegrity, Load, Violation};
pub use identifier::{EkCertificateSlot, IdentifierEncoding, PlatformIdentifier};
pub use keys::SecureBootKeys;
pub(crate) use keys::{loader_authority, option_rom_authority};
pub use readiness::{InitializedTpm, TpmReadiness};
pub use signer::Signer;
pub use start::{Boot, BootStopped};
pub use truth::{PolicyTruth, Truth};
pub use windows::dump_key_sha256;

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    spec: HostSpec,
    seed: u64,
    own: Seed,
    class: Seed,
    keys: SecureBootKeys,
    ci: CodeIntegrity,
    tpm: TpmReadiness,
    starts: u64,
    staged_features: Vec<Feature>,
    last: Option<Boot>,
    last_full: Option<Vec<u8>>,
}

impl Host {
    /// A host that was never started.
    ///
    /// # Errors
    /// The specification contradicts itself.
    pub fn new(spec: HostSpec, seed: u64) -> Result<Self, SpecError> {
        spec.check()?;
        let own = Seed::from_number(seed).child(&spec.name);
        let policies = spec.ci_policies.iter().map(CiPolicy::of).collect();
        Ok(Self {
            seed,
            own,
            class: Seed::from_text(&spec.class),
            keys: SecureBootKeys::of(&spec),
            ci: CodeIntegrity::new(policies),
            tpm: TpmReadiness::of(&spec.tpm),
            starts: spec.boot.starts_before.0,
            staged_features: Vec::new(),
            last: None,
            last_full: None,
            spec,
        })
    }

    /// What it is.
    #[must_use]
    pub fn spec(&self) -> &HostSpec {
        &self.spec
    }

    /// Changes what it is; the next start shows it.
    ///
    /// # Errors
    /// The field is not known, the value not allowed, or the whole contradicts itself; then
    /// nothing has changed. Policies of code integrity change by [`Host::apply_ci_policy`].
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SpecError> {
        let mut spec = self.spec.clone();
        spec.set(key, value)?;
        spec.check()?;
        self.keys = SecureBootKeys::of(&spec);
        self.class = Seed::from_text(&spec.class);
        self.spec = spec;
        Ok(())
    }

    /// Its seed: what is its own and nobody else's.
    #[must_use]
    pub fn own(&self) -> &Seed {
        &self.own
    }

    /// The banks that its TPM must have.
    #[must_use]
    pub fn banks(&self) -> &[HashAlg] {
        &self.spec.tpm.banks
    }

    /// The last start, when it came to its end.
    #[must_use]
    pub fn last_boot(&self) -> Option<&Boot> {
        self.last.as_ref()
    }

    /// True when a start that was no resume came to its end.
    #[must_use]
    pub fn started_in_full(&self) -> bool {
        self.last_full.is_some()
    }

    /// Writes Windows' own quotes into the log of the last start; they are extended nowhere.
    pub fn add_trust_points(&mut self, points: &[TrustPoint]) {
        let layout = self.layout();
        let bank = self.context(0, false).windows_bank();
        if let Some(boot) = &mut self.last {
            boot.measurements.push(log::trust_point_record(trust_points(points), bank));
            boot.event_log = record(&boot.measurements, &layout).event_log;
        }
    }

    /// Code integrity.
    #[must_use]
    pub fn code_integrity(&self) -> &CodeIntegrity {
        &self.ci
    }

    /// Applies a code integrity policy, as the CIM method `Update` does (W16).
    pub fn apply_ci_policy(&mut self, policy: CiPolicy) -> Applied {
        self.ci.apply(policy)
    }

    /// Removes a code integrity policy from the disk; the next start is without it.
    pub fn remove_ci_policy(&mut self, file_name: &str) {
        self.ci.remove(file_name);
    }

    /// Loads an image on the running host.
    pub fn load(&mut self, image: &CiImage, evaluator: &dyn CiEvaluator) -> Load {
        self.ci.load(image, evaluator)
    }

    /// Boot drivers as code integrity sees them, in the order in which they load.
    #[must_use]
    pub fn boot_images(&self) -> Vec<CiImage> {
        let context = self.context(0, false);
        windows::drivers::system(&context).into_iter().flatten().map(image_of).collect()
    }

    /// Installs features of the server (W23); they need a start. Host Guardian support brings
    /// virtualization-based protection of code integrity with it.
    pub fn install_features(&mut self, features: &[Feature]) {
        self.staged_features.extend(features);
    }

    fn install_staged_features(&mut self) {
        for feature in std::mem::take(&mut self.staged_features) {
            let windows = &mut self.spec.windows;
            if !windows.features.contains(&feature) {
                windows.features.push(feature);
            }
            windows.hypervisor = true;
            if feature == Feature::HostGuardian {
                windows.vsm = true;
                windows.vbs.vsm_required = true;
                windows.vbs.hvci = true;
            }
        }
    }

    /// What `Get-Tpm` shows.
    #[must_use]
    pub fn tpm(&self) -> TpmReadiness {
        self.tpm
    }

    /// `Initialize-Tpm` (W5).
    pub fn initialize_tpm(&mut self) -> InitializedTpm {
        self.tpm.initialize()
    }

    fn context(&self, reset_count: u32, resume: bool) -> Context<'_> {
        Context {
            spec: &self.spec,
            class: &self.class,
            own: &self.own,
            keys: &self.keys,
            reset_count,
            starts: self.starts,
            resume,
            ci_policies: self.ci.on_disk(),
        }
    }
}

fn image_of(module: windows::module::Module) -> CiImage {
    CiImage {
        authenticode_sha256: module.digest.to_vec(),
        authenticode_sha1: digest(HashAlg::Sha1, &[&module.content]).as_bytes().to_vec(),
        signer: Some(module.signer),
        path: module.path,
        kernel_mode: true,
    }
}

#[cfg(test)]
mod tests;
