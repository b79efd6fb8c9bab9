//! The profile of EK certificates: one that follows it, and every rule broken once.

use portcullis_engine::formats::Input;
use portcullis_engine::formats::x509::Certificate;
use portcullis_engine::formats::x509::ek_profile::{Deviation, Rule, deviations, manufacturer_id};
use portcullis_tests::certificates::{
    Key, Template, USAGE_AGREEMENT, USAGE_ENCIPHERMENT, authority_key_id, basic_constraints,
    extended_key_usage, key_usage, name, tpm_name,
};
use portcullis_tests::der::{NULL, bits, integer, oid, sequence, unsigned};

use super::world::authority;

const SAN: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

fn found(template: &Template) -> Vec<Deviation> {
    let der = authority("R", 1).issue(template);
    deviations(&Certificate::parse(Input::new(&der)).unwrap())
}

/// The one rule that the template breaks, with what was found.
fn check(template: Template, rule: Rule, text: &str) {
    let found = found(&template);
    let [deviation] = &found[..] else { panic!("{found:?}") };
    assert_eq!((deviation.rule, deviation.found.as_str()), (rule, text));
}

fn rsa() -> Template {
    Template::ek(&Key::Rsa(2_048))
}

#[test]
fn certificates_that_follow_the_profile_have_no_deviations() {
    for key in [Key::Rsa(2_048), Key::Rsa(3_072), Key::P256(200), Key::P384(200)] {
        let template = Template::ek(&key);
        assert_eq!(found(&template), [], "{key:?}");
        let der = authority("R", 1).issue(&template);
        let certificate = Certificate::parse(Input::new(&der)).unwrap();
        assert_eq!(manufacturer_id(&certificate), Some(0x4946_5800));
    }
}

#[test]
fn names_that_do_not_name_a_tpm_are_told() {
    let tpm = |manufacturer, version| rsa().extension(tpm_name(manufacturer, "SLB", version));
    check(tpm("id:4946580", "id:1"), Rule::TpmManufacturer, "`id:4946580`");
    check(tpm("49465800", "id:1"), Rule::TpmManufacturer, "`49465800`");
    check(tpm("id:4946580G", "id:1"), Rule::TpmManufacturer, "`id:4946580G`");
    check(tpm("id:49465800", "1.2"), Rule::TpmVersion, "`1.2`");
    check(tpm("id:49465800", "id:"), Rule::TpmVersion, "`id:`");
    check(rsa().without(SAN), Rule::SubjectAltName, "nothing");
    let (kind, _, value) = tpm_name("id:49465800", "SLB", "id:1");
    let optional = rsa().extension((kind, false, value));
    check(optional.clone(), Rule::SubjectAltName, "one that is not critical");
    // Beside a subject it need not be critical (RFC 5280, 4.2.1.6).
    assert_eq!(found(&optional.with(|template| template.subject = name("TPM"))), []);
    let empty = rsa().extension((SAN.into(), true, sequence(&[])));
    let rules: Vec<_> = found(&empty).iter().map(|deviation| deviation.rule).collect();
    assert_eq!(rules, [Rule::TpmManufacturer, Rule::TpmModel, Rule::TpmVersion]);
}

#[test]
fn constraints_that_do_not_deny_an_authority_are_told() {
    check(rsa().without(BASIC_CONSTRAINTS), Rule::BasicConstraints, "nothing");
    let (kind, _, value) = basic_constraints(false, None);
    let optional = rsa().extension((kind, false, value));
    check(optional, Rule::BasicConstraints, "ones that are not critical");
    let ca = rsa().extension(basic_constraints(true, None));
    check(ca, Rule::NotCa, "a certification authority");
}

#[test]
fn usages_that_do_not_fit_the_key_are_told() {
    check(rsa().without(KEY_USAGE), Rule::KeyUsage, "nothing");
    check(rsa().extension(key_usage(USAGE_AGREEMENT)), Rule::KeyUsage, "other usages");
    let ecc = Template::ek(&Key::P256(200));
    check(ecc.extension(key_usage(USAGE_ENCIPHERMENT)), Rule::KeyUsage, "other usages");
    let (kind, _, value) = key_usage(USAGE_ENCIPHERMENT);
    check(rsa().extension((kind, false, value)), Rule::KeyUsage, "one that is not critical");
}

/// An absent purpose is what old vendors left out; another purpose is another certificate.
#[test]
fn a_certificate_for_another_purpose_is_told_from_one_without_any() {
    check(rsa().without(EXTENDED_KEY_USAGE), Rule::ExtendedKeyUsage, "nothing");
    let purposes = |purposes: &[&str]| rsa().extension(extended_key_usage(purposes));
    check(purposes(&["2.5.29.37.0"]), Rule::ExtendedKeyUsage, "any purpose");
    let platform = "`tcg-kp-PlatformAttributeCertificate`";
    check(purposes(&["2.23.133.8.2"]), Rule::Purpose, platform);
    check(
        purposes(&["2.23.133.8.3", "1.3.6.1.5.5.7.3.1"]),
        Rule::Purpose,
        "`tcg-kp-AIKCertificate`, `1.3.6.1.5.5.7.3.1`",
    );
    assert_eq!(found(&purposes(&["1.3.6.1.5.5.7.3.1", "2.23.133.8.1"])), []);
}

#[test]
fn fields_against_the_profile_are_told() {
    let zero = rsa().with(|template| template.serial = vec![0]);
    check(zero, Rule::SerialNumber, "`00`");
    let (kind, _, value) = authority_key_id(&[1; 20]);
    check(rsa().extension((kind, true, value)), Rule::AuthorityKeyId, "a critical one");
    // No issuer, and no key identifier: nobody's own certificate.
    let template = rsa().with(|template| template.issuer = sequence(&[]));
    let mut der = authority("R", 1).sign(&template);
    let named = name("R");
    let start = der.windows(named.len()).position(|window| window == named).unwrap();
    // The name that was filled in goes, and its bytes with it.
    der.splice(start..start + named.len(), sequence(&[]));
    shorten(&mut der, named.len() - 2);
    let certificate = Certificate::parse(Input::new(&der)).unwrap();
    let rules: Vec<_> = deviations(&certificate).iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Issuer, Rule::AuthorityKeyId]);
}

/// Takes a number of bytes off the sizes of the two outer sequences.
fn shorten(der: &mut [u8], size: usize) {
    for start in [0, 4] {
        assert_eq!(der[start..start + 2], [0x30, 0x82]);
        let old = usize::from(der[start + 2]) << 8 | usize::from(der[start + 3]);
        der[start + 2..start + 4].copy_from_slice(&((old - size) as u16).to_be_bytes());
    }
}

#[test]
fn version_1_is_told() {
    let template = rsa().with(|template| {
        template.version = 0;
        template.extensions.clear();
    });
    let rules: Vec<_> = found(&template).iter().map(|deviation| deviation.rule).collect();
    assert_eq!(rules[..2], [Rule::Version, Rule::AuthorityKeyId]);
}

fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = sequence(&[&unsigned(modulus), &unsigned(exponent)]);
    sequence(&[&sequence(&[&oid("1.2.840.113549.1.1.1"), NULL]), &bits(&key)])
}

#[test]
fn weak_keys_are_told() {
    let key = |spki: Vec<u8>| rsa().with(|template| template.spki = spki);
    let modulus = [&[0xc0][..], &[0x55; 254], &[0x01]].concat();
    assert_eq!(found(&key(rsa_spki(&modulus, &[1, 0, 1]))), []);
    check(key(rsa_spki(&modulus, &[3])), Rule::RsaExponent, "`03`");
    check(key(rsa_spki(&modulus[..255], &[1, 0, 1])), Rule::RsaSize, "2040 bits");
    let one_bit_less = [&[0x40][..], &modulus[1..]].concat();
    check(key(rsa_spki(&one_bit_less, &[1, 0, 1])), Rule::RsaSize, "2047 bits");
    check(Template::ek(&Key::Rsa(1_024)), Rule::RsaSize, "1024 bits");
}

#[test]
fn keys_that_the_engine_cannot_use_are_told() {
    // ecPublicKey on secp256k1 is no curve of TPMs.
    let algorithm = sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.3.132.0.10")]);
    let spki = sequence(&[&algorithm, &bits(&[4; 65])]);
    let template = rsa().with(|template| template.spki = spki);
    check(template, Rule::PublicKey, "curve `1.3.132.0.10` is not supported");
    let torn = sequence(&[&sequence(&[&oid("1.2.840.113549.1.1.1"), NULL]), &bits(&integer(&[5]))]);
    let template = rsa().with(|template| template.spki = torn);
    let found = found(&template);
    assert!(found[0].found.starts_with("`RSAPublicKey` at byte "), "{found:?}");
}

#[test]
fn a_deviation_reads_as_expected_and_found() {
    let found = found(&rsa().without(EXTENDED_KEY_USAGE));
    let text = "expected extended key usage `tcg-kp-EKCertificate`, found nothing";
    assert_eq!(found[0].to_string(), text);
}
