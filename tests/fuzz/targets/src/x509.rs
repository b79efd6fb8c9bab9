//! Certificates: find, read, compare with the profile, search a path; revocation lists.

use portcullis_engine::chain::{ChainPolicy, Issuers, verify_chain};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::x509::crl::Crl;
use portcullis_engine::formats::x509::{Certificate, ek_profile, find_certificates, services};

use crate::assert_spans_inside;

/// Certificates that take part in the search of a path: more only cost time.
const PATH_CERTIFICATES_MAX: usize = 4;
/// 2026-01-01.
const NOW_UNIX_S: u64 = 1_767_225_600;

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let input = Input::new(data);
    assert_spans_inside(&Crl::parse(input), data);
    let found = find_certificates(data);
    assert_spans_inside(&found, data);
    let mut certificates = Vec::new();
    for bytes in found.iter().flatten() {
        let certificate = bytes.parse();
        assert_spans_inside(&certificate, data);
        certificates.extend(certificate);
    }
    certificates.iter().for_each(|certificate| look_at(certificate, data));
    certificates.truncate(PATH_CERTIFICATES_MAX);
    if let Some(leaf) = certificates.first() {
        search_path(leaf, &certificates);
    }
}

fn look_at(certificate: &Certificate<'_>, data: &[u8]) {
    assert_spans_inside(&ek_profile::deviations(certificate), data);
    let _ = ek_profile::manufacturer_id(certificate);
    let _ = (certificate.subject_text(), certificate.serial_text(), certificate.is_for_ek());
    if let Ok(key) = &certificate.subject_key.key {
        let _ = (services::intel_url(key), services::amd_url(key));
    }
}

/// Every certificate is root, intermediate and the host's at once: the widest search.
fn search_path(leaf: &Certificate<'_>, all: &[Certificate<'_>]) {
    let issuers = Issuers { roots: all, intermediates: all, from_host: all };
    let _ = verify_chain(leaf, issuers, NOW_UNIX_S, &ChainPolicy::default());
}
