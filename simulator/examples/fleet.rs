//! How fast a fleet of TPMs is made, attested and challenged: `cargo run --release --example
//! fleet -p portcullis-simulator`.
//!
//! A host here is its TPM: manufacture, EK, certificate in NV, AK, sixty measurements, a
//! credential made and activated, a quote. Firmware and event log are not part of it.
#![expect(clippy::unwrap_used, reason = "an example shows the way without detours")]

use std::sync::Arc;
use std::time::Instant;

use portcullis_simulator::hash::HashAlg;
use portcullis_simulator::key::{RsaKey, RsaPool, RsaPrimes, RsaSource, Scheme};
use portcullis_simulator::pki::{CaKeys, Device, Vendor};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::tpm::{
    CreationInput, EkTemplate, Hierarchy, PcrSelection, Quote, SeedSize, StartedBy, Tpm, TpmConfig,
    credential, template,
};
use portcullis_wire::tpm::NvIndex;

/// Everything that a verifier asks of a TPM.
fn host(seed: u64, ek: EkTemplate, ak: Scheme, rsa: RsaSource, vendor: &Vendor) -> Quote {
    let mut tpm = Tpm::manufacture(seed, TpmConfig { rsa, ..TpmConfig::default() });
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    let input = CreationInput::default();
    let (parent, _) = tpm.create_primary(Hierarchy::Endorsement, &ek.template(), &input).unwrap();
    let public = tpm.object(parent).unwrap().public.clone();
    let endorsement = vendor.endorse(&public.public_key(), &Device::of(tpm.config()), &[]);
    tpm.nv_provision(NvIndex::EK_P256_CERT, &endorsement.nv.unwrap()).unwrap();
    let made = tpm.create(parent, &template::ak(ak), &input).unwrap();
    let ak = tpm.load(parent, &made.public, &made.private).unwrap();
    for event in 0..60 {
        tpm.pcr_event(event % 15, &[event; 200]).unwrap();
    }
    let (name, rng) = (made.public.name(), &mut Rng::from_seed("verifier", seed));
    let sealed = credential::make(&public, &name, &[1; 32], SeedSize::NameDigest, rng).unwrap();
    assert_eq!(tpm.activate_credential(ak, parent, &sealed).unwrap(), [1; 32]);
    let selection = PcrSelection::of(HashAlg::Sha256, &[0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14]);
    tpm.quote(ak, b"nonce", &selection, None).unwrap()
}

fn measure(what: &str, count: u64, mut make: impl FnMut(u64)) {
    let start = Instant::now();
    (0..count).for_each(&mut make);
    let seconds = start.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(count).unwrap()) / seconds;
    println!("{what:<44} {rate:>9.1} / s  {:>9.3} ms", 1_000.0 / rate);
}

fn main() {
    let vendor = Vendor::new(1, CaKeys::P384, CaKeys::P256).unwrap();
    measure("host, P-256", 600, |seed| {
        host(seed, EkTemplate::P256, Scheme::ECDSA_SHA256, RsaSource::Derived, &vendor);
    });
    measure("host, P-384", 200, |seed| {
        host(seed, EkTemplate::P384, Scheme::ECDSA_SHA384, RsaSource::Derived, &vendor);
    });
    let pool = RsaPool::new(1, 16);
    let pooled = |host| RsaSource::Pool { pool: Arc::clone(&pool), host };
    let rsa = |seed| {
        host(seed, EkTemplate::Rsa2048, Scheme::RSASSA_SHA256, pooled(seed), &vendor);
    };
    measure("host, RSA-2048, filling a pool for 16 hosts", 16, rsa);
    println!("600 hosts share the keys of that pool: {}", pool.shares_keys(600));
    measure("host, RSA-2048, from the pool", 600, rsa);
    measure("RSA-2048 key", 32, |seed| {
        let rng = &mut Rng::from_seed("measured key", seed);
        assert!(RsaKey::generate(2_048, RsaPrimes::Sound, rng).is_some());
    });
}
