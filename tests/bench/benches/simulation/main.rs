//! Simulated machines: from nothing to a quote and an activated credential, in machines per second
//! of one processor. The goal is 300 with elliptic curve keys.

#[path = "../appraisal/processor_time.rs"]
mod processor_time;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use portcullis_simulator::host::AllowAll;
use portcullis_simulator::key::{RsaKey, RsaPool, RsaPrimes};
use portcullis_simulator::machine::{Activation, Evidence, Fleet};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::spec::preset;
use portcullis_simulator::tpm::EkTemplate;
use processor_time::ProcessorTime;

/// Machines with RSA keys of their own; the others share them.
const POOL_MACHINES: u64 = 4;

/// Makes, endorses and starts a machine, and has it answer one challenge.
fn machine(fleet: &Fleet, name: &str, ek: EkTemplate, seed: u64) -> (Evidence, Activation) {
    let mut spec = preset::find(name).expect("a preset").spec();
    spec.tpm.ek = ek;
    let mut machine = fleet.machine(spec, seed).expect("no conflict");
    machine.start(&AllowAll).expect("it starts");
    let evidence = machine.evidence(b"nonce").expect("evidence");
    (evidence, machine.activation(b"secret").expect("an activation"))
}

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(ProcessorTime)
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let pool = RsaPool::new(1, POOL_MACHINES);
    let fleet = Fleet::new().expect("a vendor").with_rsa_pool(Arc::clone(&pool));
    let mut group = criterion.benchmark_group("simulated machines");
    group.throughput(Throughput::Elements(1));
    for (name, ek) in [
        ("dell-r740-ws2022", EkTemplate::P256),
        ("linux-debian", EkTemplate::P256),
        ("dell-r740-ws2022", EkTemplate::P384),
        ("dell-r740-ws2022", EkTemplate::Rsa2048),
    ] {
        let pooled = if ek == EkTemplate::Rsa2048 { ", keys from a pool" } else { "" };
        let mut seed = 0;
        // The pool is filled before anything is measured.
        (0..POOL_MACHINES).for_each(|seed| drop(machine(&fleet, name, ek, seed)));
        group.bench_function(format!("{name}, {}{pooled}", ek.name()), |bencher| {
            bencher.iter(|| {
                seed += 1;
                machine(&fleet, name, ek, seed)
            });
        });
    }
    group.sample_size(20);
    let rng = &mut Rng::from_seed("measured key", 1);
    group.bench_function("a key of RSA-2048", |bencher| {
        bencher.iter(|| RsaKey::generate(2_048, RsaPrimes::Sound, rng));
    });
    group.finish();
    println!("1000 machines share the RSA keys of that pool: {}", pool.shares_keys(1_000));
}
