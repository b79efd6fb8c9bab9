//! Where RSA keys come from. Making one takes tens of milliseconds, so that a large fleet shares
//! the work, or the keys.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{RsaKey, RsaPrimes};
use crate::rng::Rng;

/// Keys that one pool keeps in memory, about 4 KB each. A fleet of ten thousand hosts with an EK,
/// a storage key and two attestation keys fits; keys beyond are made again on each use.
const KEYS_KEPT_MAX: usize = 40_000;

/// Where the RSA keys of a TPM come from.
#[derive(Clone, Debug, Default)]
pub enum RsaSource {
    /// From the TPM's own seeds, like every other key. No two TPMs share one.
    #[default]
    Derived,
    /// From a pool, by the number of the host. See [`RsaPool::shares_keys`].
    Pool {
        /// The pool.
        pool: Arc<RsaPool>,
        /// The number of the host.
        host: u64,
    },
}

/// Reproducible RSA keys for a number of hosts, made on first use and kept.
///
/// The keys of host `n` depend on the pool's seed and on `n` modulo [`Self::hosts`] alone: a
/// fleet that is larger than the pool has hosts with the *same* RSA keys, and
/// [`Self::shares_keys`] says so. Elliptic curve keys are never pooled.
pub struct RsaPool {
    seed: u64,
    hosts: u64,
    keys: Mutex<BTreeMap<KeyId, Arc<RsaKey>>>,
}

/// What tells the keys of a pool apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeyId {
    host: u64,
    purpose: [u8; 32],
    bits: u16,
    primes: RsaPrimes,
}

impl RsaPool {
    /// A pool for `hosts` hosts, at least one.
    #[must_use]
    pub fn new(seed: u64, hosts: u64) -> Arc<Self> {
        Arc::new(Self { seed, hosts: hosts.max(1), keys: Mutex::default() })
    }

    /// Hosts with keys of their own.
    #[must_use]
    pub const fn hosts(&self) -> u64 {
        self.hosts
    }

    /// True when a fleet of `fleet` hosts has hosts that share their RSA keys.
    #[must_use]
    pub const fn shares_keys(&self, fleet: u64) -> bool {
        fleet > self.hosts
    }

    /// The key of a host for a purpose, or `None` for a size that cannot be made.
    pub(crate) fn key(
        &self,
        host: u64,
        purpose: [u8; 32],
        bits: u16,
        primes: RsaPrimes,
    ) -> Option<Arc<RsaKey>> {
        let host = host.checked_rem(self.hosts).unwrap_or(0);
        let id = KeyId { host, purpose, bits, primes };
        if let Some(key) = self.lock().get(&id) {
            return Some(Arc::clone(key));
        }
        // Made outside the lock: other threads go on meanwhile, and both would make the same.
        let parts = [&self.seed.to_le_bytes()[..], &host.to_le_bytes(), &purpose];
        let mut rng = Rng::new("pooled rsa key", &parts);
        let key = Arc::new(RsaKey::generate(bits, primes, &mut rng)?);
        let mut keys = self.lock();
        if keys.len() < KEYS_KEPT_MAX {
            keys.insert(id, Arc::clone(&key));
        }
        Some(key)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<KeyId, Arc<RsaKey>>> {
        // The map is never left half-changed.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RsaPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.lock().len();
        write!(f, "RsaPool {{ seed: {}, hosts: {}, kept: {kept} }}", self.seed, self.hosts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(pool: &RsaPool, host: u64, purpose: u8) -> Vec<u8> {
        pool.key(host, [purpose; 32], 1_024, RsaPrimes::Sound).unwrap().modulus()
    }

    #[test]
    fn hosts_beyond_the_pool_share_keys_and_the_pool_says_so() {
        let pool = RsaPool::new(1, 2);
        assert_ne!(modulus(&pool, 0, 0), modulus(&pool, 1, 0));
        assert_ne!(modulus(&pool, 0, 0), modulus(&pool, 0, 1));
        assert_eq!(modulus(&pool, 0, 0), modulus(&pool, 2, 0));
        assert!(!pool.shares_keys(2));
        assert!(pool.shares_keys(3));
    }

    #[test]
    fn a_kept_key_is_the_key_that_would_be_made_again() {
        let pool = RsaPool::new(1, 1);
        assert_eq!(modulus(&pool, 0, 3), modulus(&pool, 0, 3));
        assert_eq!(modulus(&pool, 0, 3), modulus(&RsaPool::new(1, 1), 0, 3));
        assert_ne!(modulus(&pool, 0, 3), modulus(&RsaPool::new(2, 1), 0, 3));
    }
}
