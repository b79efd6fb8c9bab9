//! Recorded certificates with one bit changed: nothing panics, and no change is signed for.

use portcullis_engine::chain::{
    ChainPolicy, FailureReason, TrustStore, read_trust_files, verify_chain,
};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::x509::crl::Crl;
use portcullis_engine::formats::x509::find_certificates;
use portcullis_tests::certificates::CrlTemplate;
use portcullis_tests::corpus::{capture, read};

use super::world::{World, authority, ek, line};

/// Some second within the validity of the captures' certificates.
const RECORDED: u64 = 1_795_500_000;

/// The verdict over the first certificate of an artefact: its notes are told, not judged.
fn is_accepted(artefact: &[u8], store: &TrustStore<'_>) -> bool {
    let Ok(files) = find_certificates(artefact) else { return false };
    let Ok(leaf) = files[0].parse() else { return false };
    verify_chain(&leaf, store.issuers(&[]), RECORDED, &ChainPolicy::default()).is_ok()
}

fn check_every_bit(folder: &str, file: &str) {
    let authorities = ["issuer.pem", "root-ca.pem"].map(|file| read(&capture("ca").join(file)));
    let files = read_trust_files(authorities.iter().map(Vec::as_slice)).unwrap();
    let store = TrustStore::new(&files).unwrap();
    let artefact = read(&capture(folder).join(file));
    assert!(is_accepted(&artefact, &store));
    let span = find_certificates(&artefact).unwrap()[0].span;
    let mut flipped = artefact.clone();
    for offset in 0..artefact.len() {
        for bit in 0..8 {
            flipped[offset] ^= 1 << bit;
            let inside = (span.offset..span.end()).contains(&offset);
            assert_eq!(is_accepted(&flipped, &store), !inside, "byte {offset}, bit {bit}");
            flipped[offset] ^= 1 << bit;
        }
    }
    assert_eq!(flipped, artefact);
}

/// Every bit of the certificate counts: those of the signed part and of the signature, and those
/// of the frame around them, for which DER leaves one form.
#[test]
fn no_flipped_bit_of_an_rsa_ek_certificate_is_accepted() {
    check_every_bit("a-sb-on-ms", "nv-01c00002.bin");
}

#[test]
fn no_flipped_bit_of_a_p384_ek_certificate_is_accepted() {
    check_every_bit("a-sb-on-ms", "nv-01c00016.bin");
}

#[test]
fn no_flipped_bit_of_a_p256_ek_certificate_is_accepted() {
    check_every_bit("i1-ecc-ek-crb-sha256", "nv-01c0000a.bin");
}

/// Bits of the issuer's certificate: what the root signed holds as a whole or not at all.
#[test]
fn no_flipped_bit_of_the_issuers_certificate_is_accepted() {
    let [issuer, root] = ["issuer.pem", "root-ca.pem"].map(|file| read(&capture("ca").join(file)));
    let (issuer, root) = (find_certificates(&issuer).unwrap(), find_certificates(&root).unwrap());
    let leaf = read(&capture("a-sb-on-ms").join("nv-01c00002.bin"));
    let good = issuer[0].der.to_vec();
    let accepted = |issuer: &[u8]| {
        let Ok(files) = find_certificates(issuer) else { return false };
        // A store of certificates that cannot be read is refused as a whole.
        let files = [&files[..1], &root].concat();
        TrustStore::new(&files).is_ok_and(|store| is_accepted(&leaf, &store))
    };
    assert!(accepted(&good));
    let mut flipped = good.clone();
    for offset in 0..good.len() {
        for bit in [0, 3, 7] {
            flipped[offset] ^= 1 << bit;
            assert!(!accepted(&flipped), "byte {offset}, bit {bit}");
            flipped[offset] ^= 1 << bit;
        }
    }
}

/// A revocation list with one bit changed is refused, told, or still refuses the certificate. Only
/// one that became the list of somebody else says nothing.
#[test]
fn no_flipped_bit_of_a_revocation_list_goes_unnoticed() {
    let (root, issuer) = (authority("R", 1), authority("A", 2));
    let leaf = issuer.issue(&ek().with(|template| template.serial = vec![0x5a, 0x5b]));
    let world = World { leaf, ..line(&[root, issuer.clone()]) };
    let list = issuer.revoke(&CrlTemplate::of(&[&[0x5a, 0x5b]]));
    let name = Crl::parse(Input::new(&list)).unwrap().issuer.span;
    let mut flipped = list.clone();
    for offset in 0..list.len() {
        for bit in 0..8 {
            flipped[offset] ^= 1 << bit;
            if Crl::parse(Input::new(&flipped)).is_ok() {
                let world = World { lists: vec![flipped.clone()], ..world.clone() };
                match world.verdict(ChainPolicy::default()) {
                    Ok(chain) => {
                        let of_another = (name.offset..name.end()).contains(&offset);
                        assert_eq!(chain.notes().is_empty(), of_another, "byte {offset} {bit}");
                    }
                    Err(failure) => {
                        assert_eq!(failure.reason, FailureReason::Revoked { index: 0 });
                        assert_eq!(flipped, list, "a list that is not signed was believed");
                    }
                }
            }
            flipped[offset] ^= 1 << bit;
        }
    }
    assert_eq!(flipped, list);
}
