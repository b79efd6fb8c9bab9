//! A TPM 2.0, called in process.
//!
//! TCG TPM 2.0 Library, revision 1.59, as far as attestation needs it: registers, hierarchies,
//! primary and created keys, credentials, quotes and the other attestations, clock and power, NV
//! indices. Everything that a state depends on is in [`Tpm`], so that a snapshot is a copy; the
//! only entropy is the seed of [`Tpm::manufacture`].
//!
//! Calls are commands without authorization: sessions, HMACs and policies are the business of the
//! command interface, which sits on top and asks for nothing more than what is public here. Errors
//! are response codes without parameter numbers, for the same reason.
//!
//! What it does *not* do: dictionary attack protection, audit, symmetric and keyed-hash objects,
//! duplication, P-521, SM2. It protects no secret.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unreachable
    )
)]

mod attest;
mod cfb;
mod clock;
mod create;
pub mod credential;
mod error;
mod hierarchy;
mod kdf;
mod nv;
mod object;
mod pcr;
mod pcrs_file;
mod power;
mod protect;
mod public;
pub mod template;
#[cfg(test)]
mod tests;
mod unmarshal;

pub use attest::{Attestation, Quote};
pub use clock::ClockInfo;
pub use create::{CreatedKey, Creation, CreationInput};
pub use credential::{Credential, SeedSize};
pub use error::{Result, TpmError};
pub use hierarchy::Hierarchy;
pub use kdf::{kdfa, kdfe};
pub use nv::{ATTRIBUTES_ENDORSEMENT, INDEX_SIZE_BYTES_MAX, NvArea};
pub use object::{Object, Sensitive, is_persistent};
pub use pcr::{LOCALITY_MAX, PCRS, PcrSelection, Pcrs, StartedBy};
pub use power::Startup;
pub use public::{TpmKey, TpmtPublic};
pub use template::EkTemplate;
pub use unmarshal::Reader;

use portcullis_wire::tpm::{Handle, NvIndex, Rc, TpmManufacturer};

use self::clock::Clock;
use self::error::fail;
use self::hierarchy::Hierarchies;
use self::nv::NvStore;
use self::object::Objects;
use self::power::Power;
use crate::hash::{Digest, HashAlg, digest};
use crate::key::{RsaPrimes, RsaSource};
use crate::rng::Rng;

/// What kind of TPM it is.
#[derive(Clone, Debug)]
pub struct TpmConfig {
    /// Who made it.
    pub manufacturer: TpmManufacturer,
    /// Model, as EK certificates name it.
    pub model: String,
    /// Firmware version: two 32-bit properties, the first one high.
    pub firmware_version: u64,
    /// Active banks.
    pub banks: Vec<HashAlg>,
    /// Where RSA keys come from.
    pub rsa: RsaSource,
    /// How their primes come about.
    pub rsa_primes: RsaPrimes,
    /// Milliseconds on the clock when the simulation begins.
    pub clock_ms: u64,
    /// Resets before the simulation begins.
    pub reset_count: u32,
}

impl Default for TpmConfig {
    fn default() -> Self {
        Self {
            manufacturer: TpmManufacturer::INFINEON,
            model: "SLB9670".to_owned(),
            firmware_version: 0x0007_0055_0011_1302,
            banks: vec![HashAlg::Sha1, HashAlg::Sha256],
            rsa: RsaSource::Derived,
            rsa_primes: RsaPrimes::Sound,
            clock_ms: 0,
            reset_count: 0,
        }
    }
}

/// A TPM: everything that it knows.
#[derive(Clone, Debug)]
pub struct Tpm {
    config: TpmConfig,
    rng: Rng,
    hierarchies: Hierarchies,
    pcrs: Pcrs,
    clock: Clock,
    objects: Objects,
    nv: NvStore,
    power: Power,
    shutdown: Option<Startup>,
    locality: u8,
    created: u32,
}

/// A copy of a TPM at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot(Tpm);

impl Tpm {
    /// Makes a TPM from a seed. It is off, and was shut down in order.
    #[must_use]
    pub fn manufacture(seed: u64, config: TpmConfig) -> Self {
        Self {
            rng: Rng::from_seed("tpm", seed),
            hierarchies: Hierarchies::manufacture(seed),
            pcrs: Pcrs::new(&config.banks),
            clock: Clock::new(config.clock_ms, config.reset_count),
            objects: Objects::default(),
            nv: NvStore::default(),
            power: Power::Off,
            shutdown: Some(Startup::Clear),
            locality: 0,
            created: 0,
            config,
        }
    }

    /// What kind of TPM it is.
    #[must_use]
    pub const fn config(&self) -> &TpmConfig {
        &self.config
    }

    /// A copy of everything.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.clone())
    }

    /// Goes back to a copy, counters and random numbers included: what an attacker does who
    /// controls the state of a virtual TPM.
    pub fn rewind(&mut self, snapshot: &Snapshot) {
        self.clone_from(&snapshot.0);
    }

    /// Time passes while the TPM is powered.
    pub fn advance_ms(&mut self, ms: u64) {
        if self.power != Power::Off {
            self.clock.advance(ms);
        }
    }

    /// Clock and counters as they are (`TPM2_ReadClock`).
    #[must_use]
    pub const fn clock(&self) -> ClockInfo {
        self.clock.info()
    }

    /// Milliseconds since power came.
    #[must_use]
    pub const fn time_ms(&self) -> u64 {
        self.clock.time_ms()
    }

    /// The locality of the commands that follow.
    ///
    /// # Errors
    /// `TPM_RC_LOCALITY` above [`LOCALITY_MAX`].
    pub const fn set_locality(&mut self, locality: u8) -> Result<()> {
        if locality > LOCALITY_MAX {
            return fail(Rc::LOCALITY, "no such locality");
        }
        self.locality = locality;
        Ok(())
    }

    /// Random bytes (`TPM2_GetRandom`).
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE`.
    pub fn random(&mut self, size: u16) -> Result<Vec<u8>> {
        self.begin()?;
        Ok(self.rng.bytes(usize::from(size)))
    }

    /// The registers.
    #[must_use]
    pub const fn pcrs(&self) -> &Pcrs {
        &self.pcrs
    }

    /// Extends a register with a digest for each bank (`TPM2_PCR_Extend`).
    ///
    /// # Errors
    /// `TPM_RC_VALUE` for a register that does not exist, `TPM_RC_LOCALITY`,
    /// `TPM_RC_INITIALIZE`.
    pub fn pcr_extend(&mut self, pcr: u8, digests: &[Digest]) -> Result<()> {
        self.begin()?;
        self.pcrs.extend(self.locality, pcr, digests)
    }

    /// Hashes data and extends a register in every active bank (`TPM2_PCR_Event`). Returns the
    /// digests, one for each bank.
    ///
    /// # Errors
    /// See [`Self::pcr_extend`].
    pub fn pcr_event(&mut self, pcr: u8, data: &[u8]) -> Result<Vec<Digest>> {
        let digests: Vec<Digest> = self.pcrs.banks().map(|alg| digest(alg, &[data])).collect();
        self.pcr_extend(pcr, &digests)?;
        Ok(digests)
    }

    /// Sets a register to zero (`TPM2_PCR_Reset`).
    ///
    /// # Errors
    /// See [`Self::pcr_extend`].
    pub fn pcr_reset(&mut self, pcr: u8) -> Result<()> {
        self.begin()?;
        self.pcrs.reset(self.locality, pcr)
    }

    /// A dynamic launch of `code`: registers 17 to 22 begin anew.
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE`.
    pub fn dynamic_launch(&mut self, code: &[u8]) -> Result<()> {
        self.begin()?;
        self.pcrs.dynamic_launch(code);
        Ok(())
    }

    /// `TPM2_Clear`: a new owner. Keys of the owner and everything under the EK are lost, clock
    /// and counters begin anew, the EK itself stays.
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE`.
    pub fn clear(&mut self) -> Result<()> {
        self.begin()?;
        self.hierarchies.clear(&mut self.rng);
        self.objects.forget(&[Hierarchy::Owner, Hierarchy::Endorsement]);
        self.clock.clear();
        Ok(())
    }

    /// `TPM2_ChangeEPS`: the EK becomes another one, and its certificates are worthless.
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE`.
    pub fn change_endorsement_seed(&mut self) -> Result<()> {
        self.begin()?;
        self.hierarchies.change_endorsement_seed(&mut self.rng);
        self.objects.forget(&[Hierarchy::Endorsement]);
        Ok(())
    }

    /// The authorization value of a hierarchy, for the command interface.
    #[must_use]
    pub fn hierarchy_auth(&self, hierarchy: Hierarchy) -> &[u8] {
        &self.hierarchies.get(hierarchy).auth
    }

    /// Changes the authorization value of a hierarchy (`TPM2_HierarchyChangeAuth`).
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE`.
    pub fn set_hierarchy_auth(&mut self, hierarchy: Hierarchy, auth: &[u8]) -> Result<()> {
        self.begin()?;
        self.hierarchies.get_mut(hierarchy).auth = auth.to_vec();
        Ok(())
    }

    /// Defines an index (`TPM2_NV_DefineSpace`); its bytes are 0xFF until they are written.
    ///
    /// # Errors
    /// `TPM_RC_NV_SIZE`, `TPM_RC_NV_DEFINED`, `TPM_RC_NV_SPACE`, `TPM_RC_INITIALIZE`.
    pub fn nv_define(&mut self, index: NvIndex, attributes: u32, size_bytes: usize) -> Result<()> {
        self.begin()?;
        self.nv.define(index, attributes, size_bytes)
    }

    /// Writes to an index (`TPM2_NV_Write`).
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`, `TPM_RC_NV_RANGE`, `TPM_RC_INITIALIZE`.
    pub fn nv_write(&mut self, index: NvIndex, offset: usize, bytes: &[u8]) -> Result<()> {
        self.begin()?;
        self.nv.write(index, offset, bytes)
    }

    /// Defines an index as vendors do for endorsements, and fills it.
    ///
    /// # Errors
    /// See [`Self::nv_define`].
    pub fn nv_provision(&mut self, index: NvIndex, bytes: &[u8]) -> Result<()> {
        self.nv_define(index, ATTRIBUTES_ENDORSEMENT, bytes.len())?;
        self.nv_write(index, 0, bytes)
    }

    /// Removes an index (`TPM2_NV_UndefineSpace`).
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`, `TPM_RC_INITIALIZE`.
    pub fn nv_undefine(&mut self, index: NvIndex) -> Result<()> {
        self.begin()?;
        self.nv.undefine(index)
    }

    /// Reads from an index (`TPM2_NV_Read`).
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`, `TPM_RC_NV_RANGE`, `TPM_RC_NV_UNINITIALIZED`.
    pub fn nv_read(&self, index: NvIndex, offset: usize, size_bytes: usize) -> Result<&[u8]> {
        self.nv.read(index, offset, size_bytes)
    }

    /// An index without its data (`TPM2_NV_ReadPublic`).
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`.
    pub fn nv_area(&self, index: NvIndex) -> Result<&NvArea> {
        self.nv.get(index)
    }

    /// All indices, ascending.
    pub fn nv_indices(&self) -> impl Iterator<Item = NvIndex> {
        self.nv.indices()
    }

    /// Makes the primary key of a template and keeps it under a persistent handle.
    ///
    /// # Errors
    /// See [`Self::create_primary`] and [`Self::persist`].
    pub fn provision_primary(
        &mut self,
        hierarchy: Hierarchy,
        template: &TpmtPublic,
        handle: Handle,
    ) -> Result<()> {
        let (transient, _) = self.create_primary(hierarchy, template, &CreationInput::default())?;
        self.persist(transient, handle)?;
        self.forget(transient)
    }

    /// Makes a key under a parent and keeps it under a persistent handle.
    ///
    /// # Errors
    /// See [`Self::create`], [`Self::load`] and [`Self::persist`].
    pub fn provision_key(
        &mut self,
        parent: Handle,
        template: &TpmtPublic,
        handle: Handle,
    ) -> Result<Creation> {
        let made = self.create(parent, template, &CreationInput::default())?;
        let transient = self.load(parent, &made.public, &made.private)?;
        self.persist(transient, handle)?;
        self.forget(transient)?;
        Ok(made.creation)
    }
}
