//! A thousand seeds, both kinds of EK: the engine authenticates every one, and no two are alike.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis_engine::chain::{self, ChainPolicy, Issuers};
use portcullis_engine::crypto;
use portcullis_engine::formats::Input;
use portcullis_engine::formats::tpm as engine;
use portcullis_engine::formats::x509::{Certificate, ek_profile};
use portcullis_simulator::key::{RsaPool, RsaSource, Scheme};
use portcullis_simulator::pki::{CaKeys, Device, NOW_UNIX_S, Vendor};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::tpm::{
    EkTemplate, Hierarchy, SeedSize, StartedBy, Tpm, TpmConfig, credential, template,
};

use crate::fixture::{AK, selection};

const SEEDS: u64 = 1_000;

/// Boots, endorses, activates and quotes; the engine judges each step. Returns the AK's name.
fn authenticate(
    seed: u64,
    kind: EkTemplate,
    ak: Scheme,
    rsa: RsaSource,
    vendor: &Vendor,
) -> Vec<u8> {
    let mut tpm = Tpm::manufacture(seed, TpmConfig { rsa, ..TpmConfig::default() });
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    let handle = kind.handle();
    tpm.provision_primary(Hierarchy::Endorsement, &kind.template(), handle).unwrap();
    tpm.provision_key(handle, &template::ak(ak), AK).unwrap();
    tpm.pcr_event(7, &seed.to_le_bytes()).unwrap();

    let ek = tpm.object(handle).unwrap().public.clone();
    let endorsement = vendor.endorse(&ek.public_key(), &Device::of(tpm.config()), &[]);
    let (root, issuer) = (&endorsement.roots[0], &endorsement.intermediates[0]);
    let read = |der| Certificate::parse(Input::new(der)).unwrap();
    let (roots, from_host) = ([read(root)], [read(issuer)]);
    let leaf = endorsement.nv.as_deref().map(read).unwrap();
    let issuers = Issuers { roots: &roots, intermediates: &[], from_host: &from_host };
    let chain = chain::verify_chain(&leaf, issuers, NOW_UNIX_S, &ChainPolicy::default()).unwrap();
    assert!(chain.notes().is_empty(), "seed {seed}");
    assert!(ek_profile::deviations(&leaf).is_empty(), "seed {seed}");
    let public = ek.to_tpm2b();
    let public = engine::TpmtPublic::parse_tpm2b(Input::new(&public)).unwrap();
    assert_eq!(*chain.leaf_key(), public.to_public_key().unwrap(), "seed {seed}");

    let name = tpm.object(AK).unwrap().name.clone();
    let rng = &mut Rng::from_seed("verifier", seed);
    let sealed = credential::make(&ek, &name, &[7; 32], SeedSize::NameDigest, rng).unwrap();
    assert_eq!(tpm.activate_credential(AK, handle, &sealed).unwrap(), [7; 32], "seed {seed}");

    let quote = tpm.quote(AK, b"nonce", &selection(), None).unwrap().attestation;
    let public = tpm.object(AK).unwrap().public.to_tpm2b();
    let public = engine::TpmtPublic::parse_tpm2b(Input::new(&public)).unwrap();
    let signature = engine::TpmtSignature::parse(Input::new(&quote.signature)).unwrap();
    let (key, hash) = (public.to_public_key().unwrap(), signature.hash_alg().unwrap());
    let verified = crypto::verify(&key, hash, &quote.attest, signature.to_signature());
    assert_eq!(verified, Ok(()), "seed {seed}");
    name
}

#[test]
fn a_thousand_elliptic_curve_hosts_are_authenticated() {
    let vendor = Vendor::new(1, CaKeys::P384, CaKeys::P256).unwrap();
    let authenticate = |seed| {
        authenticate(seed, EkTemplate::P256, Scheme::ECDSA_SHA256, RsaSource::Derived, &vendor)
    };
    let names: BTreeSet<Vec<u8>> = (0..SEEDS).map(authenticate).collect();
    assert_eq!(names.len(), 1_000, "keys repeat");
}

/// The pool is smaller than the fleet, so that keys repeat: exactly as often as it says.
#[test]
fn a_thousand_rsa_hosts_are_authenticated() {
    const POOL_HOSTS: u64 = 8;
    let vendor = Vendor::new(1, CaKeys::P384, CaKeys::P256).unwrap();
    let pool = RsaPool::new(1, POOL_HOSTS);
    let authenticate = |seed| {
        let rsa = RsaSource::Pool { pool: Arc::clone(&pool), host: seed };
        authenticate(seed, EkTemplate::Rsa2048, Scheme::RSASSA_SHA256, rsa, &vendor)
    };
    let names: BTreeSet<Vec<u8>> = (0..SEEDS).map(authenticate).collect();
    assert!(pool.shares_keys(SEEDS));
    assert_eq!(names.len(), 8, "the pool has another size than it says");
}
