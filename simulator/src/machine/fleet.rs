//! What machines share: the vendor of their TPMs, and, when there are many, their RSA keys.

use std::sync::Arc;

use portcullis_wire::tpm::Rc;

use super::{Machine, MachineError};
use crate::key::{RsaPool, RsaSource};
use crate::pki::{CaKeys, Vendor};
use crate::spec::HostSpec;
use crate::tpm::TpmError;

/// The vendor's seed: there is one vendor, so that whoever trusts one simulated machine's TPM
/// trusts them all.
const VENDOR_SEED: u64 = 1;

/// Machines whose TPMs are of one vendor.
#[derive(Clone, Debug)]
pub struct Fleet {
    vendor: Vendor,
    pool: Option<Arc<RsaPool>>,
}

impl Fleet {
    /// A fleet in which every TPM has RSA keys of its own.
    ///
    /// # Errors
    /// [`MachineError::Tpm`], which never happens: the vendor's keys can be made.
    pub fn new() -> Result<Self, MachineError> {
        let vendor = Vendor::new(VENDOR_SEED, CaKeys::P384, CaKeys::P256)
            .ok_or(TpmError::new(Rc::FAILURE, "the vendor has no keys"))?;
        Ok(Self { vendor, pool: None })
    }

    /// The same with RSA keys from a pool, by the machine's seed. When there are more machines
    /// than the pool serves, some have the same RSA keys ([`RsaPool::shares_keys`]).
    #[must_use]
    pub fn with_rsa_pool(self, pool: Arc<RsaPool>) -> Self {
        Self { pool: Some(pool), ..self }
    }

    /// The vendor.
    #[must_use]
    pub const fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Builds a machine that was never started.
    ///
    /// # Errors
    /// [`MachineError::Spec`].
    pub fn machine(&self, spec: HostSpec, seed: u64) -> Result<Machine, MachineError> {
        let rsa = match &self.pool {
            None => RsaSource::Derived,
            Some(pool) => RsaSource::Pool { pool: Arc::clone(pool), host: seed },
        };
        Machine::build(spec, seed, &self.vendor, rsa)
    }
}
