//! A simulated machine: a host, its TPM, and what the TPM's vendor says about it.
//!
//! It hands over what a real host would, and nothing else: identifier, log, keys with their
//! certificates, quotes, activated credentials. What it was built from is [`MachineTruth`].

mod evidence;
mod fleet;
#[cfg(test)]
mod tests;
mod truth;

use std::fmt;

use portcullis_wire::tpm::{Handle, NvIndex};

use crate::hash::HashAlg;
use crate::host::{Boot, BootStopped, CiEvaluator, Host};
use crate::key::RsaSource;
use crate::pki::{Device, Endorsement, Vendor};
use crate::rng::Rng;
use crate::spec::{HostSpec, SpecError};
use crate::tpm::{
    Credential, EkTemplate, Hierarchy, Object, PcrSelection, Quote, StartedBy, Tpm, TpmConfig,
    TpmError, credential, template,
};

pub use evidence::{Activation, Evidence};
pub use fleet::Fleet;
pub use truth::MachineTruth;

/// Where the attestation key is kept: behind the endorsement keys.
const AK: Handle = Handle(0x8101_0020);

/// Uptime when evidence is taken, in milliseconds: somebody has logged on.
const UPTIME_MS: u64 = 90_000;

/// A machine.
#[derive(Clone, Debug)]
pub struct Machine {
    host: Host,
    tpm: Tpm,
    seed: u64,
    endorsement: Endorsement,
}

/// Why a machine cannot be made, does not start, or hands nothing over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MachineError {
    /// Its specification contradicts itself.
    Spec(SpecError),
    /// It does not start.
    Stopped(BootStopped),
    /// It was not started.
    NotStarted,
    /// Its TPM is not ready (W5): there is none, or nobody owns it.
    TpmNotReady,
    /// Its TPM refused something.
    Tpm(TpmError),
}

impl fmt::Display for MachineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spec(error) => write!(f, "{error}"),
            Self::Stopped(stopped) => write!(f, "{stopped}"),
            Self::NotStarted => f.write_str("the machine was not started"),
            Self::TpmNotReady => f.write_str("the TPM is not ready: `Get-Tpm` says why"),
            Self::Tpm(error) => write!(f, "the TPM refuses: {error}"),
        }
    }
}

impl std::error::Error for MachineError {}

impl From<SpecError> for MachineError {
    fn from(error: SpecError) -> Self {
        Self::Spec(error)
    }
}

impl From<BootStopped> for MachineError {
    fn from(stopped: BootStopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<TpmError> for MachineError {
    fn from(error: TpmError) -> Self {
        Self::Tpm(error)
    }
}

impl Machine {
    /// Builds a machine around a TPM that its vendor has endorsed. It was never started.
    fn build(
        spec: HostSpec,
        seed: u64,
        vendor: &Vendor,
        rsa: RsaSource,
    ) -> Result<Self, MachineError> {
        let host = Host::new(spec, seed)?;
        let spec = host.spec();
        let starts_before = u32::try_from(spec.boot.starts_before.0).unwrap_or(u32::MAX);
        let config = TpmConfig {
            banks: spec.tpm.banks.clone(),
            rsa,
            rsa_primes: spec.tpm.rsa_primes,
            clock_ms: u64::from(starts_before).saturating_mul(UPTIME_MS),
            // The vendor's own start is one of them.
            reset_count: starts_before.saturating_sub(1),
            ..TpmConfig::default()
        };
        let mut tpm = Tpm::manufacture(seed, config);
        let endorsement = endorse(&mut tpm, spec, vendor)?;
        Ok(Self { host, tpm, seed, endorsement })
    }

    /// The host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The host, for its administrator.
    #[must_use]
    pub const fn host_mut(&mut self) -> &mut Host {
        &mut self.host
    }

    /// The TPM.
    #[must_use]
    pub const fn tpm(&self) -> &Tpm {
        &self.tpm
    }

    /// The TPM, for software on the machine.
    #[must_use]
    pub const fn tpm_mut(&mut self) -> &mut Tpm {
        &mut self.tpm
    }

    /// What the vendor says about the TPM, and publishes.
    #[must_use]
    pub const fn endorsement(&self) -> &Endorsement {
        &self.endorsement
    }

    /// Kind of its endorsement key.
    #[must_use]
    pub fn ek(&self) -> EkTemplate {
        self.host.spec().tpm.ek
    }

    /// Starts it, or starts it again. A machine whose starts are resumes from hibernation is
    /// started in full first: before that, there is nothing to resume.
    ///
    /// # Errors
    /// [`MachineError::Stopped`].
    pub fn start(&mut self, evaluator: &dyn CiEvaluator) -> Result<&Boot, MachineError> {
        if self.host.spec().boot.resume && !self.host.started_in_full() {
            self.host.set("boot.resume", "false")?;
            let full = self.host.boot(&mut self.tpm, evaluator).map(|_| ());
            self.host.set("boot.resume", "true")?;
            full?;
            self.tpm.advance_ms(UPTIME_MS);
        }
        self.host.boot(&mut self.tpm, evaluator)?;
        self.tpm.advance_ms(UPTIME_MS);
        self.host.last_boot().ok_or(MachineError::NotStarted)
    }

    /// Quotes registers with the attestation key, which is made when there is none.
    ///
    /// # Errors
    /// [`MachineError::TpmNotReady`], [`MachineError::Tpm`].
    pub fn quote(&mut self, nonce: &[u8], selection: &PcrSelection) -> Result<Quote, MachineError> {
        self.provision()?;
        Ok(self.tpm.quote(AK, nonce, selection, None)?)
    }

    /// Every register of the bank in which the operating system measures.
    #[must_use]
    pub fn all_registers(&self) -> PcrSelection {
        let bank: HashAlg = self.host.spec().tpm.measured_bank();
        PcrSelection::of(bank, &(0..24).collect::<Vec<_>>())
    }

    /// Opens a credential that was made for its EK and its attestation key.
    ///
    /// # Errors
    /// [`MachineError::TpmNotReady`], [`MachineError::Tpm`].
    pub fn activate(&mut self, credential: &Credential) -> Result<Vec<u8>, MachineError> {
        self.provision()?;
        Ok(self.tpm.activate_credential(AK, self.ek().handle(), credential)?)
    }

    /// A credential activation from both sides: a verifier that knows EK and attestation key
    /// seals `secret`, and the machine opens it.
    ///
    /// # Errors
    /// [`MachineError::TpmNotReady`], [`MachineError::Tpm`].
    pub fn activation(&mut self, secret: &[u8]) -> Result<Activation, MachineError> {
        self.provision()?;
        let (ek, ak) =
            (self.endorsement_key()?.public.clone(), self.attestation_key()?.name.clone());
        let rng = &mut Rng::new("verifier", &[&self.seed.to_le_bytes(), secret]);
        let credential = credential::make(&ek, &ak, secret, credential::SeedSize::NameDigest, rng)?;
        let activated = self.activate(&credential)?;
        Ok(Activation { secret: secret.to_vec(), credential, activated })
    }

    /// The endorsement key.
    ///
    /// # Errors
    /// [`MachineError::Tpm`] when somebody evicted it.
    pub fn endorsement_key(&self) -> Result<&Object, MachineError> {
        Ok(self.tpm.object(self.ek().handle())?)
    }

    /// The attestation key.
    ///
    /// # Errors
    /// [`MachineError::Tpm`] before it was made.
    pub fn attestation_key(&self) -> Result<&Object, MachineError> {
        Ok(self.tpm.object(AK)?)
    }

    /// Makes the attestation key when there is none: after the first start, and after a clear.
    fn provision(&mut self) -> Result<(), MachineError> {
        if !self.host.tpm().ready {
            return Err(MachineError::TpmNotReady);
        }
        if self.tpm.object(AK).is_err() {
            let ek = self.ek();
            self.provision_ek(ek)?;
            self.tpm.provision_key(ek.handle(), &template::ak(ek.ak_scheme()), AK)?;
        }
        Ok(())
    }

    /// The EK is where the vendor put it, unless it was cleared away with its children.
    fn provision_ek(&mut self, ek: EkTemplate) -> Result<(), MachineError> {
        if self.tpm.object(ek.handle()).is_err() {
            let hierarchy = Hierarchy::Endorsement;
            self.tpm.provision_primary(hierarchy, &ek.template(), ek.handle())?;
        }
        Ok(())
    }
}

/// What happens at the vendor's: the EK is made and certified, and the certificates are written
/// into the TPM.
fn endorse(tpm: &mut Tpm, spec: &HostSpec, vendor: &Vendor) -> Result<Endorsement, MachineError> {
    let ek = spec.tpm.ek;
    tpm.boot(&StartedBy::Locality(0))?;
    tpm.provision_primary(Hierarchy::Endorsement, &ek.template(), ek.handle())?;
    let key = tpm.object(ek.handle())?.public.public_key();
    let endorsement = vendor.endorse(&key, &Device::of(tpm.config()), &spec.tpm.ek_flaws);
    if let Some(certificate) = &endorsement.nv {
        tpm.nv_provision(ek.certificate_index(), certificate)?;
    }
    let (NvIndex(first), _) = NvIndex::EK_CHAIN;
    for (index, certificate) in (first..).zip(&endorsement.intermediates) {
        tpm.nv_provision(NvIndex(index), certificate)?;
    }
    tpm.shutdown(crate::tpm::Startup::Clear)?;
    tpm.power_off();
    Ok(endorsement)
}
