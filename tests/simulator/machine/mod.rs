//! Simulated machines before the engine: what they hand over is authenticated, replayed and
//! judged. The simulator shares no code with the engine; the truth that a machine was built from
//! comes from its specification alone.

mod flaws;
mod identifier;
mod presets;
pub mod service;

use std::sync::{Arc, LazyLock};

use portcullis_simulator::host::AllowAll;
use portcullis_simulator::key::RsaPool;
use portcullis_simulator::machine::{Fleet, Machine};
use portcullis_simulator::spec::{HostSpec, preset};
use portcullis_simulator::tpm::EkTemplate;

/// Machines with RSA keys of their own; more machines than these share theirs.
pub const POOL_MACHINES: u64 = 8;

/// One fleet for all tests of this program: RSA keys are slow.
static FLEET: LazyLock<(Fleet, Arc<RsaPool>)> = LazyLock::new(|| {
    let pool = RsaPool::new(1, POOL_MACHINES);
    (Fleet::new().unwrap().with_rsa_pool(Arc::clone(&pool)), pool)
});

pub fn fleet() -> &'static Fleet {
    &FLEET.0
}

pub fn pool() -> &'static RsaPool {
    &FLEET.1
}

/// A machine that was started.
pub fn started(spec: HostSpec, seed: u64) -> Machine {
    let name = spec.class.clone();
    let mut machine =
        fleet().machine(spec, seed).unwrap_or_else(|error| panic!("{name}, seed {seed}: {error}"));
    machine.start(&AllowAll).unwrap_or_else(|error| panic!("{name}, seed {seed}: {error}"));
    machine
}

/// A machine of a preset, with an EK of a kind.
pub fn of_preset(name: &str, ek: EkTemplate, seed: u64) -> Machine {
    let mut spec = preset::find(name).unwrap().spec();
    spec.tpm.ek = ek;
    started(spec, seed)
}
