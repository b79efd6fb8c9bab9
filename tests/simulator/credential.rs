//! Credentials that the engine makes, opened by simulated TPMs: two implementations of one text.

use portcullis_engine::credential::{
    Credential as Made, CredentialRequest, ENTROPY_SIZE_BYTES, make,
};
use portcullis_simulator::key::Scheme;
use portcullis_simulator::rng::Rng;
use portcullis_simulator::tpm::{Credential, EkTemplate, Tpm};
use portcullis_wire::tpm::{Handle, Rc};

use crate::fixture::{AK, provisioned};

const EKS: [EkTemplate; 4] =
    [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::Rsa2048High, EkTemplate::P384];
const SECRET: [u8; 32] = [0x5e; 32];

/// A credential for the two keys of a TPM.
fn made(tpm: &Tpm, ek: Handle, seed: u64) -> Made {
    let mut entropy = [0; ENTROPY_SIZE_BYTES];
    entropy.copy_from_slice(&Rng::from_seed("credential", seed).bytes(ENTROPY_SIZE_BYTES));
    let public = |handle| tpm.object(handle).unwrap().public.to_tpm2b();
    make(&CredentialRequest {
        ek_public: &public(ek),
        ak_public: &public(AK),
        secret: &SECRET,
        entropy: &entropy,
    })
    .unwrap()
}

fn for_tpm(made: &Made) -> Credential {
    Credential {
        id_object: made.id_object.clone(),
        encrypted_secret: made.encrypted_secret.clone(),
    }
}

#[test]
fn a_simulated_tpm_opens_what_the_engine_made_for_its_ek_and_ak() {
    for (index, template) in EKS.into_iter().enumerate() {
        let seed = u64::try_from(index).unwrap();
        let mut tpm = provisioned(seed, template, Scheme::ECDSA_SHA256);
        let ek = template.handle();
        let made = made(&tpm, ek, seed);
        assert_eq!(made.ak_name, tpm.object(AK).unwrap().name, "{template:?}");
        let opened = tpm.activate_credential(AK, ek, &for_tpm(&made));
        assert_eq!(opened.unwrap(), SECRET, "{template:?}");
    }
}

#[test]
fn nobody_else_opens_it_and_no_byte_of_it_may_change() {
    for template in [EkTemplate::Rsa2048, EkTemplate::P256] {
        let ek = template.handle();
        let mut tpm = provisioned(1, template, Scheme::ECDSA_SHA256);
        let mut other = provisioned(2, template, Scheme::ECDSA_SHA256);
        let credential = for_tpm(&made(&tpm, ek, 1));
        assert!(other.activate_credential(AK, ek, &credential).is_err(), "another TPM");
        let wrong_object = tpm.activate_credential(ek, ek, &credential).unwrap_err();
        assert_eq!(wrong_object.rc, Rc::INTEGRITY, "another object");
        for index in (0..credential.id_object.len()).step_by(7) {
            let mut changed = credential.clone();
            changed.id_object[index] ^= 1;
            assert!(tpm.activate_credential(AK, ek, &changed).is_err(), "id_object[{index}]");
        }
        for index in (0..credential.encrypted_secret.len()).step_by(31) {
            let mut changed = credential.clone();
            changed.encrypted_secret[index] ^= 1;
            assert!(tpm.activate_credential(AK, ek, &changed).is_err(), "seed[{index}]");
        }
    }
}
