//! Properties of the TPM as a whole. What outside programs say about it is in the referee tests.

use portcullis_wire::tpm::{Handle, NvIndex, Rc};

use super::*;
use crate::key::{RsaPool, Scheme};

const EK: Handle = Handle::EK_ECC;
const AK: Handle = Handle(0x8101_0021);

fn config() -> TpmConfig {
    TpmConfig { rsa: RsaSource::Pool { pool: RsaPool::new(7, 1), host: 0 }, ..TpmConfig::default() }
}

/// A running TPM with a P-256 EK and an AK under it.
fn provisioned(seed: u64) -> Tpm {
    let mut tpm = Tpm::manufacture(seed, config());
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    tpm.provision_primary(Hierarchy::Endorsement, &EkTemplate::P256.template(), EK).unwrap();
    tpm.provision_key(EK, &template::ak(Scheme::ECDSA_SHA256), AK).unwrap();
    tpm
}

fn selection() -> PcrSelection {
    PcrSelection::of(HashAlg::Sha256, &[0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14])
}

fn rc<T: std::fmt::Debug>(result: Result<T>) -> Rc {
    result.unwrap_err().rc
}

#[test]
fn a_seed_gives_one_tpm_and_another_seed_another() {
    let quote = |seed| provisioned(seed).quote(AK, b"nonce", &selection(), None).unwrap();
    assert_eq!(quote(1), quote(1));
    assert_ne!(quote(1).attestation.attest, quote(2).attestation.attest);
}

#[test]
fn an_ek_comes_back_from_its_template_and_nothing_else() {
    let mut tpm = provisioned(1);
    let mut make = |hierarchy, template: TpmtPublic| {
        let (handle, _) =
            tpm.create_primary(hierarchy, &template, &CreationInput::default()).unwrap();
        let name = tpm.object(handle).unwrap().name.clone();
        tpm.forget(handle).unwrap();
        name
    };
    let ek = make(Hierarchy::Endorsement, EkTemplate::P256.template());
    let again = make(Hierarchy::Endorsement, EkTemplate::P256.template());
    let high = make(Hierarchy::Endorsement, EkTemplate::P256High.template());
    let owners = make(Hierarchy::Owner, EkTemplate::P256.template());
    assert_eq!(tpm.object(EK).unwrap().name, ek);
    assert_eq!(ek, again);
    assert_ne!(ek, high);
    assert_ne!(ek, owners);
}

#[test]
fn nothing_works_before_startup() {
    let mut tpm = Tpm::manufacture(1, config());
    assert_eq!(rc(tpm.pcr_event(0, b"x")), Rc::INITIALIZE);
    assert_eq!(rc(tpm.startup(Startup::Clear, &StartedBy::Locality(0))), Rc::INITIALIZE);
    tpm.power_on();
    assert_eq!(rc(tpm.random(1)), Rc::INITIALIZE);
    assert_eq!(rc(tpm.startup(Startup::State, &StartedBy::Locality(0))), Rc::VALUE);
    assert_eq!(rc(tpm.startup(Startup::Clear, &StartedBy::Locality(1))), Rc::LOCALITY);
    tpm.startup(Startup::Clear, &StartedBy::Locality(3)).unwrap();
    assert_eq!(rc(tpm.startup(Startup::Clear, &StartedBy::Locality(0))), Rc::INITIALIZE);
}

/// What a recorded TPM (libtpms 0.9.2) said around a power cut, an orderly shutdown, a restart, a
/// resume, a checkpoint of the clock and a clear.
#[test]
fn clock_and_counters_are_those_of_a_recorded_tpm() {
    let config = TpmConfig { clock_ms: 46_220, reset_count: 2, ..config() };
    let mut tpm = Tpm::manufacture(1, config);
    let start = StartedBy::Locality(0);
    let check = |tpm: &Tpm, clock_ms, reset_count, restart_count, safe| {
        assert_eq!(tpm.clock(), ClockInfo { clock_ms, reset_count, restart_count, safe });
    };
    tpm.boot(&start).unwrap();
    tpm.advance_ms(1_620);
    check(&tpm, 47_840, 3, 0, true);
    tpm.power_cut().unwrap();
    tpm.advance_ms(576);
    check(&tpm, 46_796, 4, 0, false);
    tpm.advance_ms(14);
    tpm.reboot(&StartedBy::Locality(0)).unwrap();
    tpm.advance_ms(580);
    check(&tpm, 47_390, 5, 0, false);
    for (startup, ms, clock_ms, restarts) in
        [(Startup::Clear, 584, 47_988, 1), (Startup::State, 596, 48_595, 2)]
    {
        tpm.advance_ms(clock_ms - ms - tpm.clock().clock_ms);
        tpm.shutdown(Startup::State).unwrap();
        tpm.power_off();
        tpm.power_on();
        tpm.startup(startup, &start).unwrap();
        tpm.advance_ms(ms);
        check(&tpm, clock_ms, 5, restarts, false);
    }
    tpm.advance_ms(4_376);
    check(&tpm, 52_971, 5, 2, true);
    assert_eq!(tpm.time_ms(), 4_972);
    tpm.clear().unwrap();
    tpm.advance_ms(18);
    check(&tpm, 18, 0, 0, true);
}

#[test]
fn time_stands_still_without_power() {
    let mut tpm = provisioned(1);
    tpm.shutdown(Startup::Clear).unwrap();
    tpm.power_off();
    tpm.advance_ms(1_000_000);
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    assert_eq!(tpm.clock().clock_ms, 0);
}

#[test]
fn a_change_after_the_shutdown_makes_it_void() {
    let mut tpm = provisioned(1);
    tpm.shutdown(Startup::State).unwrap();
    tpm.pcr_event(0, b"late").unwrap();
    tpm.power_off();
    tpm.power_on();
    assert_eq!(rc(tpm.startup(Startup::State, &StartedBy::Locality(0))), Rc::VALUE);
    assert!(!tpm.clock().safe);
}

#[test]
fn a_resume_keeps_the_registers_and_a_reboot_does_not() {
    let mut tpm = provisioned(1);
    tpm.pcr_event(7, b"x").unwrap();
    let before = tpm.pcrs().value(HashAlg::Sha256, 7);
    tpm.shutdown(Startup::State).unwrap();
    tpm.power_off();
    tpm.power_on();
    tpm.startup(Startup::State, &StartedBy::Locality(0)).unwrap();
    assert_eq!(tpm.pcrs().value(HashAlg::Sha256, 7), before);
    tpm.reboot(&StartedBy::Locality(0)).unwrap();
    assert_eq!(tpm.pcrs().value(HashAlg::Sha256, 7), Some(Digest::filled(HashAlg::Sha256, 0)));
}

#[test]
fn both_sizes_of_seeds_activate() {
    for template in [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::P384] {
        let mut tpm = provisioned(1);
        let ek = Handle(0x8101_0030);
        tpm.provision_primary(Hierarchy::Endorsement, &template.template(), ek).unwrap();
        let public = tpm.object(ek).unwrap().public.clone();
        let name = tpm.object(AK).unwrap().name.clone();
        for size in [SeedSize::NameDigest, SeedSize::SymmetricKey] {
            let rng = &mut Rng::from_seed("verifier", 1);
            let made = credential::make(&public, &name, b"the secret", size, rng).unwrap();
            assert_eq!(tpm.activate_credential(AK, ek, &made).unwrap(), b"the secret");
            assert_eq!(Credential::from_file(&made.to_file()), Ok(made));
        }
    }
}

#[test]
fn a_credential_for_another_object_another_ek_or_with_another_bit_does_not_activate() {
    let mut tpm = provisioned(1);
    let other_ak = Handle(0x8101_0022);
    tpm.provision_key(EK, &template::ak(Scheme::ECDSA_SHA256), other_ak).unwrap();
    let public = tpm.object(EK).unwrap().public.clone();
    let name = tpm.object(AK).unwrap().name.clone();
    let rng = &mut Rng::from_seed("verifier", 1);
    let made = credential::make(&public, &name, &[1; 32], SeedSize::NameDigest, rng).unwrap();
    assert_eq!(rc(tpm.activate_credential(other_ak, EK, &made)), Rc::INTEGRITY);
    let mut other = provisioned(2);
    assert_eq!(rc(other.activate_credential(AK, EK, &made)), Rc::INTEGRITY);
    for at in 0..made.id_object.len() {
        let mut changed = made.clone();
        changed.id_object[at] ^= 1;
        assert!(tpm.activate_credential(AK, EK, &changed).is_err(), "byte {at}");
    }
    let too_long = credential::make(&public, &name, &[1; 33], SeedSize::NameDigest, rng);
    assert_eq!(rc(too_long), Rc::SIZE);
}

/// Counters of keys outside the endorsement and platform hierarchies are shifted, by the same
/// amount for one key as long as the owner stays.
#[test]
fn counters_are_hidden_for_the_owners_keys_only() {
    let mut tpm = provisioned(1);
    let owners = Handle(0x8100_0002);
    tpm.provision_primary(Hierarchy::Owner, &template::srk_p256(), Handle::SRK).unwrap();
    tpm.provision_key(Handle::SRK, &template::ak(Scheme::ECDSA_SHA256), owners).unwrap();
    let counters = |tpm: &mut Tpm, key| {
        let attest = tpm.quote(key, b"", &selection(), None).unwrap().attestation.attest;
        // magic, type, qualifiedSigner (2 + 34), extraData (2), clock
        let at = 4 + 2 + 36 + 2 + 8;
        u32::from_be_bytes(attest[at..at + 4].try_into().unwrap())
    };
    assert_eq!(counters(&mut tpm, AK), 1);
    let hidden = counters(&mut tpm, owners);
    assert_ne!(hidden, 1);
    tpm.reboot(&StartedBy::Locality(0)).unwrap();
    assert_eq!(counters(&mut tpm, AK), 2);
    assert_eq!(counters(&mut tpm, owners), hidden.wrapping_add(1));
}

#[test]
fn a_clear_keeps_the_ek_and_orphans_its_children() {
    let mut tpm = provisioned(1);
    let made = tpm.create(EK, &template::ak(Scheme::ECDSA_SHA256), &CreationInput::default());
    let made = made.unwrap();
    let name = tpm.object(EK).unwrap().name.clone();
    tpm.load(EK, &made.public, &made.private).unwrap();
    tpm.clear().unwrap();
    assert_eq!(rc(tpm.quote(AK, b"", &selection(), None)), Rc::HANDLE);
    tpm.provision_primary(Hierarchy::Endorsement, &EkTemplate::P256.template(), EK).unwrap();
    assert_eq!(tpm.object(EK).unwrap().name, name);
    assert_eq!(rc(tpm.load(EK, &made.public, &made.private)), Rc::INTEGRITY);
    tpm.change_endorsement_seed().unwrap();
    tpm.provision_primary(Hierarchy::Endorsement, &EkTemplate::P256.template(), EK).unwrap();
    assert_ne!(tpm.object(EK).unwrap().name, name);
}

#[test]
fn a_private_blob_loads_with_its_own_public_area_only() {
    let mut tpm = provisioned(1);
    let made =
        |tpm: &mut Tpm, template| tpm.create(EK, &template, &CreationInput::default()).unwrap();
    let ak = made(&mut tpm, template::ak(Scheme::ECDSA_SHA256));
    let other = made(&mut tpm, template::ak(Scheme::ECDSA_SHA256));
    assert_ne!(ak.public, other.public);
    assert_eq!(rc(tpm.load(EK, &other.public, &ak.private)), Rc::INTEGRITY);
    for at in 0..ak.private.len() {
        let mut changed = ak.private.clone();
        changed[at] ^= 1;
        assert!(tpm.load(EK, &ak.public, &changed).is_err(), "byte {at}");
    }
    let rsa = made(&mut tpm, template::ak(Scheme::RSASSA_SHA256));
    let handle = tpm.load(EK, &rsa.public, &rsa.private).unwrap();
    assert_eq!(tpm.object(handle).unwrap().public, rsa.public);
}

#[test]
fn a_rewound_tpm_repeats_itself() {
    let mut tpm = provisioned(1);
    let snapshot = tpm.snapshot();
    let first = tpm.random(8).unwrap();
    tpm.reboot(&StartedBy::Locality(0)).unwrap();
    assert_eq!(tpm.clock().reset_count, 2);
    tpm.rewind(&snapshot);
    assert_eq!(tpm.clock().reset_count, 1);
    assert_eq!(tpm.random(8).unwrap(), first);
}

#[test]
fn templates_that_make_no_sense_are_refused() {
    use portcullis_wire::tpm::ObjectAttributes;
    let mut tpm = provisioned(1);
    let ak = template::ak(Scheme::ECDSA_SHA256);
    let decrypting = ak.attributes.union(ObjectAttributes::DECRYPT);
    for (template, expected) in [
        (TpmtPublic { attributes: decrypting, ..ak.clone() }, Rc::ATTRIBUTES),
        (TpmtPublic { attributes: ObjectAttributes(0x0005_0000), ..ak.clone() }, Rc::ATTRIBUTES),
        (TpmtPublic { scheme: None, ..ak.clone() }, Rc::SCHEME),
        (TpmtPublic { scheme: Some(Scheme::RSASSA_SHA256), ..ak.clone() }, Rc::SCHEME),
        (TpmtPublic { symmetric_bits: Some(128), ..ak.clone() }, Rc::SYMMETRIC),
        (TpmtPublic { symmetric_bits: None, ..EkTemplate::P256.template() }, Rc::SYMMETRIC),
    ] {
        assert_eq!(rc(tpm.create(EK, &template, &CreationInput::default())), expected);
    }
    assert_eq!(rc(tpm.create(AK, &ak, &CreationInput::default())), Rc::TYPE);
}

#[test]
fn an_ek_does_not_sign_and_an_ak_does_not_decrypt() {
    let mut tpm = provisioned(1);
    let scheme = Some(Scheme::ECDSA_SHA256);
    assert_eq!(rc(tpm.quote(EK, b"", &selection(), scheme)), Rc::KEY);
    assert_eq!(rc(tpm.quote(AK, b"", &selection(), Some(Scheme::ECDSA_SHA384))), Rc::SCHEME);
    assert_eq!(rc(tpm.quote(AK, &[0; 67], &selection(), None)), Rc::SIZE);
    let public = tpm.object(AK).unwrap().public.clone();
    let rng = &mut Rng::from_seed("verifier", 1);
    assert_eq!(rc(credential::make(&public, b"", b"", SeedSize::NameDigest, rng)), Rc::TYPE);
}

#[test]
fn a_ticket_proves_one_creation_in_one_tpm() {
    let mut tpm = provisioned(1);
    let made = tpm.create(EK, &template::ak(Scheme::ECDSA_SHA256), &CreationInput::default());
    let made = made.unwrap();
    let object = tpm.load(EK, &made.public, &made.private).unwrap();
    let Creation { hash, ticket, .. } = &made.creation;
    tpm.certify_creation(AK, object, hash, ticket, b"", None).unwrap();
    let other_hash = vec![0; hash.len()];
    let result = tpm.certify_creation(AK, object, &other_hash, ticket, b"", None);
    assert_eq!(rc(result), Rc::TICKET);
    assert_eq!(rc(tpm.certify_creation(AK, AK, hash, ticket, b"", None)), Rc::TICKET);
}

#[test]
fn nv_gives_back_what_was_written_and_nothing_before() {
    let mut tpm = provisioned(1);
    let index = NvIndex::EK_P256_CERT;
    tpm.nv_define(index, ATTRIBUTES_ENDORSEMENT, 8).unwrap();
    assert_eq!(rc(tpm.nv_read(index, 0, 8)), Rc::NV_UNINITIALIZED);
    assert_eq!(rc(tpm.nv_define(index, 0, 8)), Rc::NV_DEFINED);
    assert_eq!(rc(tpm.nv_write(index, 6, b"abc")), Rc::NV_RANGE);
    tpm.nv_write(index, 1, b"abc").unwrap();
    assert_eq!(tpm.nv_read(index, 0, 8).unwrap(), b"\xffabc\xff\xff\xff\xff");
    assert_eq!(tpm.nv_area(index).unwrap().attributes, ATTRIBUTES_ENDORSEMENT);
    tpm.nv_undefine(index).unwrap();
    assert_eq!(rc(tpm.nv_read(index, 0, 1)), Rc::HANDLE);
}

#[test]
fn transient_objects_do_not_survive_a_power_cycle_and_slots_are_bounded() {
    let mut tpm = provisioned(1);
    let public = tpm.object(AK).unwrap().public.clone();
    let load = |tpm: &mut Tpm| tpm.load_external(&public, Hierarchy::Null);
    let loaded = std::iter::from_fn(|| load(&mut tpm).ok()).take(1_000).count();
    assert_eq!(loaded, object::OBJECTS_MAX);
    assert_eq!(rc(load(&mut tpm)), Rc::OBJECT_MEMORY);
    tpm.power_cut().unwrap();
    assert_eq!(tpm.object_handles().collect::<Vec<_>>(), [EK, AK]);
}
