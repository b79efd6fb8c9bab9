//! The form of a certificate: what is refused with its place, and what is a quirk.

use portcullis_engine::formats::x509::{Certificate, QuirkKind};
use portcullis_engine::formats::{Input, ParseError};
use portcullis_engine::limits::CERTIFICATE_EXTENSIONS_MAX;
use portcullis_tests::certificates::{Authority, Key, NOT_AFTER, NOT_BEFORE, Template, name};
use portcullis_tests::der::{bits, element, explicit, integer, octets, oid, sequence};

use super::world::{authority, ek};

fn parse(der: &[u8]) -> Result<Certificate<'_>, ParseError> {
    Certificate::parse(Input::new(der))
}

/// The EK certificate of a template under some root.
fn issued(template: &Template) -> Vec<u8> {
    authority("R", 1).issue(template)
}

fn error(der: &[u8]) -> String {
    parse(der).unwrap_err().to_string()
}

fn quirks(der: &[u8]) -> Vec<QuirkKind> {
    parse(der).unwrap().quirks.iter().map(|quirk| quirk.kind).collect()
}

/// The first run of bytes replaced by another one of the same size.
fn patched(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let start = der.windows(from.len()).position(|window| window == from).unwrap();
    [&der[..start], to, &der[start + from.len()..]].concat()
}

#[test]
fn the_fields_of_a_certificate_are_read_with_their_places() {
    let template = ek().with(|template| template.serial = vec![0x12, 0x34]);
    let der = issued(&template);
    let certificate = parse(&der).unwrap();
    assert_eq!(certificate.quirks, []);
    assert_eq!((certificate.version, certificate.serial), (3, &[0x12, 0x34][..]));
    assert_eq!(certificate.serial_text(), "1234");
    assert_eq!(certificate.serial_span.slice(&der).unwrap(), [2, 2, 0x12, 0x34]);
    assert_eq!(certificate.issuer.raw, name("R"));
    assert_eq!(certificate.issuer.span.slice(&der).unwrap(), name("R"));
    assert!(certificate.subject.is_empty());
    assert_eq!(certificate.validity.not_before_unix_s, NOT_BEFORE);
    assert_eq!(certificate.validity.not_after_unix_s, NOT_AFTER);
    assert_eq!(certificate.subject_key.span.slice(&der).unwrap(), template.spki);
    assert_eq!(certificate.signed.message_span.slice(&der).unwrap(), certificate.signed.message);
    assert_eq!(
        certificate.signed.signature_span.slice(&der).unwrap(),
        certificate.signed.signature
    );
    assert!(certificate.is_for_ek() && !certificate.is_self_issued());
}

#[test]
fn places_count_from_the_start_of_the_artefact() {
    let der = issued(&ek());
    let certificate = Certificate::parse(Input::at(&der, 1_000)).unwrap();
    assert_eq!((certificate.span.offset, certificate.span.size), (1_000, der.len()));
    let cut = Certificate::parse(Input::at(&der[..der.len() - 1], 1_000)).unwrap_err();
    assert_eq!(cut.span.offset, 1_004);
}

#[test]
fn a_certificate_cut_anywhere_is_an_error_inside_its_bytes() {
    let der = issued(&ek());
    for size in 0..der.len() {
        let error = parse(&der[..size]).unwrap_err();
        assert!(error.span.end() <= size, "{size}: {error}");
    }
    let longer = [&der[..], &[0]].concat();
    let behind = format!("`Certificate` at byte {}: 1 bytes follow the structure", der.len());
    assert_eq!(error(&longer), behind);
}

#[test]
fn versions_other_than_1_to_3_are_refused() {
    let der = issued(&ek());
    let version =
        |number: u8| patched(&der, &explicit(0, &integer(&[2])), &explicit(0, &integer(&[number])));
    assert_eq!(error(&version(3)), "`version` at byte 8: value 0x3 is not supported");
    assert!(error(&version(0x80)).starts_with("`version` at byte 10: "));
    // Extensions exist in version 3 only.
    assert!(error(&version(1)).ends_with("exist only in version 3"));
}

#[test]
fn version_1_written_out_is_a_quirk() {
    let bare = Template::ek(&Key::P256(3)).with(|template| {
        template.version = 1;
        template.extensions.clear();
    });
    let der = authority("R", 1).sign(&bare);
    assert_eq!((parse(&der).unwrap().version, quirks(&der)), (2, vec![]));
    let der = patched(&der, &explicit(0, &integer(&[1])), &explicit(0, &integer(&[0])));
    assert_eq!((parse(&der).unwrap().version, quirks(&der)), (1, vec![QuirkKind::EncodedDefault]));
}

#[test]
fn serial_numbers_against_the_rules_are_quirks() {
    let serial = |bytes: &[u8]| issued(&ek().with(|template| template.serial = bytes.to_vec()));
    assert_eq!(quirks(&serial(&[0x7f; 20])), []);
    assert_eq!(quirks(&serial(&[0])), [QuirkKind::SerialNotPositive]);
    assert_eq!(quirks(&serial(&[0x80])), [QuirkKind::SerialNotPositive]);
    assert_eq!(quirks(&serial(&[0x7f; 21])), [QuirkKind::SerialTooLong]);
    for bytes in [&[][..], &[0x00, 0x7f], &[0xff, 0x80]] {
        let text = error(&serial(bytes));
        assert_eq!(text, "`serialNumber` at byte 13: is not in the one form that DER allows");
    }
}

#[test]
fn the_unsigned_algorithm_must_repeat_the_signed_one() {
    // ecdsa-with-SHA256 in the signed part; the last one is the unsigned repetition.
    let der = issued(&ek());
    let sha256 = sequence(&[&oid("1.2.840.10045.4.3.2")]);
    let sha384 = sequence(&[&oid("1.2.840.10045.4.3.3")]);
    let start = der.windows(sha256.len()).rposition(|window| window == sha256).unwrap();
    let swapped = [&der[..start], &sha384, &der[start + sha384.len()..]].concat();
    let expected = format!(
        "`signatureAlgorithm` at byte {start}: differs from the algorithm in the signed part"
    );
    assert_eq!(error(&swapped), expected);
}

#[test]
fn a_signature_of_a_broken_number_of_bytes_is_refused() {
    let certificate = issued(&ek());
    let signature = parse(&certificate).unwrap().signed.signature.to_vec();
    let torn =
        patched(&certificate, &bits(&signature), &element(0x03, &[&[1], &signature[..]].concat()));
    assert!(error(&torn).starts_with("`signatureValue` at byte "));
}

#[test]
fn unique_identifiers_of_issuer_and_subject_are_passed_over() {
    let template = ek().with(|template| {
        // Behind the key, where version 2 put them.
        template.spki =
            [&template.spki[..], &element(0x81, &[0, 1]), &element(0x82, &[0, 2])].concat();
    });
    assert_eq!(parse(&issued(&template)).unwrap().subject_key.raw, Key::P256(200).spki());
}

#[test]
fn too_many_extensions_are_refused() {
    let many = |count: usize| {
        let template = ek().without("2.5.29.17").with(|template| {
            template.extensions = (0..count - 1)
                .map(|number| (format!("1.3.6.1.4.1.99999.{number}"), false, octets(&[])))
                .collect();
        });
        // The authority adds its key identifier.
        issued(&template)
    };
    assert_eq!(
        parse(&many(CERTIFICATE_EXTENSIONS_MAX)).unwrap().extensions.all.len(),
        CERTIFICATE_EXTENSIONS_MAX
    );
    assert!(error(&many(CERTIFICATE_EXTENSIONS_MAX + 1)).ends_with("65 is over the limit of 64"));
}

#[test]
fn an_attribute_certificate_is_told_from_a_certificate() {
    // RFC 5755, 4.1: version, holder ([0] baseCertificateID), issuer, ...
    let holder = sequence(&[&explicit(0, &integer(&[1]))]);
    let information = sequence(&[&integer(&[1]), &holder]);
    let algorithm = sequence(&[&oid("1.2.840.10045.4.3.2")]);
    let der = sequence(&[&information, &algorithm, &bits(&[0])]);
    let text = error(&der);
    assert!(text.starts_with("`tbsCertificate` at byte 2: is an attribute certificate"), "{text}");
}

#[test]
fn names_of_the_subject_fall_back_to_the_tpms() {
    let der = issued(&ek().with(|template| template.subject = name("host")));
    assert_eq!(parse(&der).unwrap().subject_text(), "CN=host");
    let der = issued(&ek());
    let text = parse(&der).unwrap().subject_text();
    assert_eq!(text, "2.23.133.2.3=id:0705,2.23.133.2.2=SLB 9670,2.23.133.2.1=id:49465800");
    let root = Authority::new("R", Key::P256(1)).root();
    assert!(parse(&root).unwrap().is_self_issued());
}
