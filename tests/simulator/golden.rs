//! The same seed gives the same bytes, for ever and everywhere: digests of everything that a
//! simulated TPM and its vendor make. `cargo xtask bless` rewrites the file; a change of it means
//! that every recorded simulation changes.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use portcullis_simulator::hash::{HashAlg, digest};
use portcullis_simulator::key::{RsaPool, RsaSource, Scheme};
use portcullis_simulator::pki::{AttestationCa, CaKeys, Device, Flaw, Vendor};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::tpm::{
    CreationInput, EkTemplate, Hierarchy, SeedSize, StartedBy, Tpm, TpmConfig, credential, template,
};

use portcullis_tests::golden;

use crate::fixture::selection;

#[path = "../../simulator/examples/everywhere/machines.rs"]
mod machines;

const AKS: [(&str, Scheme); 5] = [
    ("rsassa-sha1", Scheme::RSASSA_SHA1),
    ("rsassa-sha256", Scheme::RSASSA_SHA256),
    ("rsapss-sha256", Scheme::RSAPSS_SHA256),
    ("ecdsa-sha256", Scheme::ECDSA_SHA256),
    ("ecdsa-sha384", Scheme::ECDSA_SHA384),
];

#[derive(Default)]
struct Digests(String);

impl Digests {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        writeln!(self.0, "{} {name}", digest(HashAlg::Sha256, &[bytes])).unwrap();
    }
}

fn artefacts(source: &str, rsa: RsaSource, digests: &mut Digests) {
    let mut tpm = Tpm::manufacture(1, TpmConfig { rsa, ..TpmConfig::default() });
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    tpm.pcr_event(7, b"an event").unwrap();
    tpm.advance_ms(10_000);
    let vendor = Vendor::new(1, CaKeys::P384, CaKeys::P256).unwrap();
    let ca = AttestationCa::new(1, CaKeys::P256).unwrap();
    let device = Device::of(tpm.config());
    for ek in [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::P384] {
        let label = |what: &str| format!("{source} {} {what}", ek.name());
        let input = CreationInput::default();
        let (parent, creation) =
            tpm.create_primary(Hierarchy::Endorsement, &ek.template(), &input).unwrap();
        let public = tpm.object(parent).unwrap().public.clone();
        digests.add(&label("ek"), &public.to_tpm2b());
        digests.add(&label("ek creation ticket"), &creation.ticket);
        let endorsement = vendor.endorse(&public.public_key(), &device, &[]);
        digests.add(&label("ek certificate"), &endorsement.nv.unwrap());
        for (name, scheme) in AKS {
            let label = |what: &str| format!("{source} {} {name} {what}", ek.name());
            let made = tpm.create(parent, &template::ak(scheme), &input).unwrap();
            digests.add(&label("ak"), &made.public.to_tpm2b());
            digests.add(&label("ak private"), &made.private);
            let ak = tpm.load(parent, &made.public, &made.private).unwrap();
            let quote = tpm.quote(ak, b"nonce", &selection(), None).unwrap();
            digests.add(&label("quote"), &quote.attestation.attest);
            digests.add(&label("quote signature"), &quote.attestation.signature);
            digests.add(&label("certificate"), &ca.certify(&made.public.public_key(), &device));
            let rng = &mut Rng::from_seed("golden verifier", 1);
            let name = made.public.name();
            let sealed =
                credential::make(&public, &name, b"secret", SeedSize::NameDigest, rng).unwrap();
            digests.add(&label("credential"), &sealed.to_file());
            tpm.forget(ak).unwrap();
        }
        tpm.forget(parent).unwrap();
    }
}

fn vendors(digests: &mut Digests) {
    let mut tpm = Tpm::manufacture(1, TpmConfig::default());
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    let (ek, _) = tpm
        .create_primary(Hierarchy::Endorsement, &EkTemplate::P256.template(), &Default::default())
        .unwrap();
    let key = tpm.object(ek).unwrap().public.public_key();
    let device = Device::of(tpm.config());
    for (name, keys) in [("p384", CaKeys::P384), ("rsa2048", CaKeys::Rsa2048)] {
        let vendor = Vendor::new(1, keys, keys).unwrap();
        for flaw in Flaw::ALL {
            let endorsement = vendor.endorse(&key, &device, &[flaw]);
            let all = [
                endorsement.nv.unwrap_or_default(),
                endorsement.intermediates.concat(),
                endorsement.roots.concat(),
                endorsement.crls.concat(),
            ];
            digests.add(&format!("vendor {name} {}", flaw.name()), &all.concat());
        }
    }
}

#[test]
fn a_seed_gives_the_bytes_that_it_always_gave() {
    let mut digests = Digests::default();
    artefacts("derived", RsaSource::Derived, &mut digests);
    let pool = RsaPool::new(1, 1);
    let pooled = RsaSource::Pool { pool: Arc::clone(&pool), host: 0 };
    artefacts("pooled", pooled, &mut digests);
    vendors(&mut digests);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/golden.txt");
    golden::check(&path, &digests.0);
}

/// The example that WebAssembly runs compares itself with the same file.
#[test]
fn a_seed_gives_the_machines_that_it_always_gave() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/machines.txt");
    golden::check(&path, &machines::digests().unwrap());
}
