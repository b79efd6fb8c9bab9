//! What is read from single certificates, and what becomes of changed ones.

use portcullis_engine::Span;
use portcullis_engine::crypto::PublicKey;
use portcullis_engine::formats::x509::ek_profile::deviations;
use portcullis_engine::formats::x509::extension::TpmSpecification;
use portcullis_engine::formats::x509::{Certificate, QuirkKind, find_certificates, services};
use portcullis_engine::formats::{Input, ParseErrorKind};
use portcullis_tests::corpus::{read, read_json, third_party};

use super::{authorities, first, parse, walk};

/// Bytes changed at random places, by a fixed sequence: whatever the reader makes of them stays
/// inside the file, and so does every place that it names.
#[test]
fn a_changed_byte_never_leads_outside_the_certificate() {
    let Some(folder) = third_party("ekcerts") else { return };
    let mut state: u32 = 1;
    let mut random = |below: usize| {
        // Numerical Recipes' generator.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for (path, der) in authorities(&folder) {
        for _ in 0..100 {
            let mut changed = der.clone();
            let offset = random(changed.len());
            changed[offset] ^= 1 + random(255) as u8;
            let inside = |span: Span| {
                assert!(span.end() <= changed.len(), "{path}, byte {offset}: {span:?}");
            };
            match Certificate::parse(Input::new(&changed)) {
                Ok(certificate) => {
                    certificate.quirks.iter().for_each(|quirk| inside(quirk.span));
                    deviations(&certificate).iter().for_each(|found| inside(found.span));
                    certificate.extensions.undecodable.iter().for_each(|e| inside(e.error.span));
                    assert!(certificate.subject_text().chars().all(|c| !c.is_control()), "{path}");
                    read += 1;
                }
                Err(error) => {
                    inside(error.span);
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 10_000 && refused > 1_000, "{read} read, {refused} refused");
}

/// What `openssl asn1parse` and `openssl x509 -text` show of the extensions that only inform.
#[test]
fn what_extensions_inform_about_is_read() {
    let Some(folder) = third_party("ekcerts") else { return };
    let infineon = "http://pki.infineon.com/OptigaRsaMfrCA029/OptigaRsaMfrCA029";
    let intel = "http://upgrades.intel.com/content/CRL/ekcert/SPTHEPIDPROD_EK_";
    for (file, revision, issuer_url, list_url) in [
        (
            "infineon_slb9665_rsa.der",
            116,
            format!("{infineon}.crt"),
            Some(format!("{infineon}.crl")),
        ),
        (
            "stm_st33htphahd8_rsa.der",
            138,
            "http://secure.globalsign.com/stmtpmekint06.crt".to_owned(),
            None,
        ),
        (
            "stm_st33htphahb4_rsa.der",
            116,
            "http://secure.globalsign.com/stmtpmekint05.crt".to_owned(),
            None,
        ),
        (
            "intel_ptt_spth_rsa.der",
            103,
            format!("{intel}Platform_Public_Key.cer"),
            Some(format!("{intel}Device.crl")),
        ),
    ] {
        let bytes = read(&folder.join("ek").join(file));
        let extensions = parse(&bytes).extensions;
        let specification = extensions.tpm_specification.expect("a specification").value;
        let expected = TpmSpecification { family: "2.0".to_owned(), level: 0, revision };
        assert_eq!(specification, expected, "{file}");
        assert_eq!(extensions.ca_issuers_urls, [issuer_url], "{file}");
        assert_eq!(extensions.crl_urls, Vec::from_iter(list_url), "{file}");
    }
}

#[test]
fn what_the_intel_service_answers_is_the_certificate_of_the_key_that_was_asked_for() {
    let Some(folder) = third_party("ekcerts") else { return };
    let answer = read_json(&folder.join("ek/intel_ptt_spth_service_response.json"));
    let member = |name: &str| answer[name].as_str().expect(name).to_owned();
    let encoded = member("certificate").replace("%3D", "=").replace('-', "+").replace('_', "/");
    let text = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
    let found = first(text.as_bytes()).expect("a certificate");
    assert_eq!(found.der.as_ref(), read(&folder.join("ek/intel_ptt_spth_rsa.der")));
    let certificate = found.parse().expect("a certificate");
    let key = certificate.subject_key.key.expect("a key");
    let url = services::intel_url(&key).expect("an address");
    assert_eq!(url, format!("https://ekop.intel.com/ekcertservice/{}", member("pubhash")));
}

/// The addresses stand beside the keys in the tests of go-attestation (`attest/tpm_test.go`).
#[test]
fn the_addresses_of_vendor_services_are_those_that_others_compute() {
    let Some(folder) = third_party("ekcerts") else { return };
    let key = |file: &str| {
        // An RSA key of 2048 bits as `SubjectPublicKeyInfo`: the modulus stands behind a header
        // of 33 bytes, the exponent ends it.
        let text = String::from_utf8(read(&folder.join("ek/url_vectors").join(file))).expect("PEM");
        let text = text.replace("PUBLIC KEY", "CERTIFICATE");
        let der = first(text.as_bytes()).expect("armour").der.into_owned();
        assert_eq!(der.len(), 294, "{file}");
        PublicKey::Rsa { modulus: der[33..289].to_vec(), exponent: der[291..].to_vec() }
    };
    let intel = services::intel_url(&key("testIntelRSAKey.pem"));
    let expected =
        "https://ekop.intel.com/ekcertservice/WVEG2rRwkQ7m3RpXlUphgo6Y2HLxl18h6ZZkkOAdnBE%3D";
    assert_eq!(intel.as_deref(), Some(expected));
    let amd = services::amd_url(&key("testAMDRSAKey.pem"));
    let expected = "https://ftpm.amd.com/pki/aia/D027B3CE6A9B6B56846D2B9935884A88";
    assert_eq!(amd.as_deref(), Some(expected));
}

/// What stops a reader of `der` types from being the reader: its round trip does not give back
/// what it read.
#[test]
fn every_quirk_of_the_encoding_is_one_that_a_round_trip_loses() {
    use x509_cert::der::{Decode as _, Encode as _};
    let Some(folder) = third_party("ekcerts") else { return };
    let (mut certificates, mut lossy) = (0, 0);
    for (path, file) in walk(&folder) {
        let bytes = read(&file);
        for found in find_certificates(&bytes).unwrap_or_default() {
            let Ok(certificate) = found.parse() else { continue };
            let other = x509_cert::Certificate::from_der(&found.der);
            let other = other.unwrap_or_else(|error| panic!("{path}: {error}"));
            let survives = other.to_der().expect("encodes") == found.der.as_ref();
            let encoding = certificate.quirks.iter().any(|quirk| {
                use QuirkKind::{EncodedDefault, SetOrder, TimeEncoding};
                matches!(quirk.kind, SetOrder | EncodedDefault | TimeEncoding)
            });
            assert_eq!(survives, !encoding, "{path}: {:?}", certificate.quirks);
            certificates += 1;
            lossy += usize::from(encoding);
        }
    }
    eprintln!("{certificates} certificates, {lossy} of them lossy");
    assert!(certificates >= 550 && lossy >= 25, "{certificates} {lossy}");
}

#[test]
fn a_file_that_breaks_off_says_how_much_is_missing() {
    let Some(folder) = third_party("ekcerts") else { return };
    let bytes = read(&folder.join("malformed/hirs_certificate_notParsable.crt"));
    let file = first(&bytes).expect("armour");
    let error = file.parse().expect_err("torn");
    assert_eq!(error.kind, ParseErrorKind::Truncated { needed: 1_198, left: 1_083 });
}
