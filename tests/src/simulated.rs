//! Simulated machines and a service that attests them, for every test that needs many hosts.
//!
//! The simulator shares no code with the engine; the truth that a machine was built from comes
//! from its specification alone.

pub mod service;

use std::sync::{Arc, LazyLock};

use portcullis_simulator::host::AllowAll;
use portcullis_simulator::key::RsaPool;
use portcullis_simulator::machine::{Fleet, Machine};
pub use portcullis_simulator::spec::preset::{PRESETS, Preset};
use portcullis_simulator::spec::{HostSpec, preset};
pub use portcullis_simulator::tpm::EkTemplate;

/// Machines with RSA keys of their own; more machines than these share theirs.
pub const POOL_MACHINES: u64 = 8;

/// One fleet for all tests of this program: RSA keys are slow.
static FLEET: LazyLock<(Fleet, Arc<RsaPool>)> = LazyLock::new(|| {
    let pool = RsaPool::new(1, POOL_MACHINES);
    (Fleet::new().expect("a fleet").with_rsa_pool(Arc::clone(&pool)), pool)
});

/// The fleet.
pub fn fleet() -> &'static Fleet {
    &FLEET.0
}

/// Where its RSA keys come from.
pub fn pool() -> &'static RsaPool {
    &FLEET.1
}

/// A machine that was started.
///
/// # Panics
/// When the specification describes none.
#[must_use]
pub fn started(spec: HostSpec, seed: u64) -> Machine {
    let name = spec.class.clone();
    let mut machine =
        fleet().machine(spec, seed).unwrap_or_else(|error| panic!("{name}, seed {seed}: {error}"));
    machine.start(&AllowAll).unwrap_or_else(|error| panic!("{name}, seed {seed}: {error}"));
    machine
}

/// A machine of a preset, with an EK of a kind.
///
/// # Panics
/// When there is no such preset.
#[must_use]
pub fn of_preset(name: &str, ek: EkTemplate, seed: u64) -> Machine {
    let mut spec = preset::find(name).expect("a preset").spec();
    spec.tpm.ek = ek;
    started(spec, seed)
}

/// Deals cases out to as many threads as there are processors.
pub fn in_parallel(cases: u64, check: impl Fn(u64) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let check = &check;
            scope.spawn(move || (thread..cases).step_by(threads as usize).for_each(check));
        }
    });
}
