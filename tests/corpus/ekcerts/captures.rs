//! The certificates that the recorded machines hold in NV.

use std::path::PathBuf;

use portcullis_engine::chain::{
    ChainPolicy, FailureReason, TrustStore, read_trust_files, verify_chain,
};
use portcullis_engine::crypto::PublicKey;
use portcullis_engine::formats::x509::ek_profile::{Rule, deviations, manufacturer_id};
use portcullis_engine::formats::x509::roca::has_roca_fingerprint;
use portcullis_engine::formats::x509::{Certificate, find_certificates};
use portcullis_engine::wire::oid;
use portcullis_tests::corpus::{capture, read, third_party};

use super::{NOW, walk};

/// Every NV index that was read in any capture, by its path.
fn nv_files() -> Vec<(String, PathBuf)> {
    let files = walk(&capture("")).into_iter().filter(|(path, _)| path.contains("/nv-01c"));
    let files: Vec<_> = files.collect();
    assert!(files.len() >= 70, "only {} NV files", files.len());
    files
}

fn authorities() -> [Vec<u8>; 2] {
    ["issuer.pem", "root-ca.pem"].map(|file| read(&capture("ca").join(file)))
}

/// Runs `check` over the only certificate of every NV file.
fn for_each_certificate(check: impl Fn(&str, &Certificate<'_>)) {
    for (path, file) in nv_files() {
        let bytes = read(&file);
        let found = find_certificates(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(found.len(), 1, "{path}");
        let certificate = found[0].parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        check(&path, &certificate);
    }
}

#[test]
fn every_recorded_certificate_leads_to_the_root_of_the_captures() {
    let authorities = authorities();
    let files = read_trust_files(authorities.iter().map(Vec::as_slice)).expect("certificates");
    let store = TrustStore::new(&files).expect("a root");
    let chain = |certificate: &Certificate<'_>, store: &TrustStore<'_>| {
        verify_chain(certificate, store.issuers(&[]), NOW, &ChainPolicy::default())
    };
    for_each_certificate(|path, certificate| {
        let found = chain(certificate, &store).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!((found.path().len(), found.notes()), (3, &[][..]), "{path}");
        assert_eq!(found.leaf_key(), certificate.subject_key.key.as_ref().expect("a key"));
        // Not without the issuer, and not without the root.
        let reason = chain(certificate, &TrustStore::default()).unwrap_err().reason;
        assert!(matches!(reason, FailureReason::MissingIssuer { .. }), "{path}");
    });
}

#[test]
fn certificates_of_ek_indices_are_ek_certificates_and_the_others_say_so() {
    for_each_certificate(|path, certificate| {
        let rules: Vec<Rule> = deviations(certificate).iter().map(|found| found.rule).collect();
        if path.ends_with("/nv-01c08000.bin") {
            // TCG PC Client platform certificates; this one is an X.509 certificate for the EK.
            let platform = certificate.extensions.allows_purpose(oid::KP_PLATFORM_CERTIFICATE);
            assert!(platform && !certificate.is_for_ek(), "{path}");
            assert!(rules.contains(&Rule::Purpose), "{path}: {rules:?}");
            return;
        }
        assert!(certificate.is_for_ek(), "{path}");
        assert_eq!(rules, [], "{path}");
        // The PCI vendor number of IBM, which swtpm writes for its maker.
        assert_eq!(manufacturer_id(certificate), Some(0x1014), "{path}");
        let ecc = matches!(certificate.subject_key.key, Ok(PublicKey::Ecc { .. }));
        // TCG EK profile, 2.2.1: 0x01c00002 is RSA 2048, 0a and 16 are P-256 and P-384.
        assert_eq!(ecc, !path.ends_with("02.bin"), "{path}");
    });
}

#[test]
fn no_real_key_bears_the_roca_fingerprint() {
    let check = |path: &str, certificate: &Certificate<'_>| {
        if let Ok(PublicKey::Rsa { modulus, .. }) = &certificate.subject_key.key {
            assert!(!has_roca_fingerprint(modulus), "{path}");
            return true;
        }
        false
    };
    for_each_certificate(|path, certificate| {
        check(path, certificate);
    });
    let Some(folder) = third_party("ekcerts") else { return };
    let mut moduli = 0;
    for (path, file) in walk(&folder) {
        let bytes = read(&file);
        for found in find_certificates(&bytes).unwrap_or_default() {
            moduli +=
                found.parse().map_or(0, |certificate| usize::from(check(&path, &certificate)));
        }
    }
    assert!(moduli >= 250, "only {moduli} moduli");
}
