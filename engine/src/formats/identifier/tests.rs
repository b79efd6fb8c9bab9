//! Layouts that the documentation allows, and what nobody should be able to smuggle in. The keys
//! and the certificate are OpenSSL's.

use super::*;
use crate::Span;
use crate::limits::{
    IDENTIFIER_DEPTH_MAX, IDENTIFIER_ELEMENTS_MAX, IDENTIFIER_NAME_SIZE_BYTES_MAX,
};

/// P-256, `SubjectPublicKeyInfo`.
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvzrJkDdbWfuEMcp41yj6txNbWri/\
                   hXkUF8HLEY9P6Lgl0CvNQyMm3Acf52jICP1t+oU6yF51nSBNeFzJBPjvtg==";

/// Of another key: P-384.
const OTHER_KEY: &str = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEsRZXrUmPk5FM8YlZnSsoxIiN61CqwKmJ\
                         M/RqTpscOQiXECO/viM3LrSI/tvJoALBYZ5wwQ2qNWkUGSfTulvGDtXYkoZ+dNEy\
                         lA04PSCjQZf9JVjXoZKCjR4+Vp8HOSq/";

/// Self-signed by the first key.
const CERTIFICATE: &str = "MIIBWDCB/6ADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAkVLMB4XDTI2\
                           MTEyNDIzNDQxN1oXDTM2MTEyMTIzNDQxN1owDTELMAkGA1UEAwwCRUswWTATBgcq\
                           hkjOPQIBBggqhkjOPQMBBwNCAAS/OsmQN1tZ+4QxynjXKPq3E1tauL+FeRQXwcsR\
                           j0/ouCXQK81DIybcBx/naMgI/W36hTrIXnWdIE14XMkE+O+2o1AwTjAdBgNVHQ4E\
                           FgQUmYve7l79aiYFhD5O3lL6AFNBPh8wHwYDVR0jBBgwFoAUmYve7l79aiYFhD5O\
                           3lL6AFNBPh8wDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNIADBFAiEAilVOCZg2\
                           lesnBPzYriVFw/XDl01y2Rowxh3/8ESerOUCIAM0ib1L7Wbh+w64HWIodXZWzOno\
                           UwcNoouNum3q4m1g";

/// 64 bytes that are no key.
fn noise() -> String {
    "QUJD".repeat(21) + "QQ=="
}

fn parsed(xml: &str) -> PlatformIdentifier {
    parse(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

fn refused(xml: &str) -> String {
    parse(xml.as_bytes()).unwrap_err().to_string()
}

fn path(blob: Option<&Blob>) -> Option<&str> {
    blob.map(|blob| blob.path.as_str())
}

#[test]
fn key_and_certificate_are_found_whatever_their_places_are_called() {
    for (xml, key, certificate) in [
        (
            format!("<I Name='h'><EKpub>{KEY}</EKpub><EKcert>{CERTIFICATE}</EKcert></I>"),
            "I/EKpub",
            "I/EKcert",
        ),
        (
            format!("<I name='h' ekPublic='{KEY}' ekCertificate='{CERTIFICATE}'/>"),
            "I/@ekPublic",
            "I/@ekCertificate",
        ),
        (
            format!(
                "<I><P Name='Name'><V>h</V></P><P Name='EKpub'><V>{KEY}</V></P>\
                 <P Name='EKCert' Value='{CERTIFICATE}'/></I>"
            ),
            "I/P/V",
            "I/P/@Value",
        ),
        (
            format!("<t:I xmlns:t='u'><t:Name>h</t:Name><A>{KEY}</A><B>{CERTIFICATE}</B></t:I>"),
            "I/A",
            "I/B",
        ),
    ] {
        let identifier = parsed(&xml);
        assert_eq!(identifier.name.as_deref(), Some("h"), "{xml}");
        assert_eq!(path(identifier.ek_public.as_ref()), Some(key), "{xml}");
        assert_eq!(path(identifier.ek_certificate.as_ref()), Some(certificate), "{xml}");
        assert_eq!(identifier.other_blobs, [], "{xml}");
        assert_eq!(identifier.ek_certificate_error, None, "{xml}");
    }
}

#[test]
fn all_encodings_of_windows_give_the_same_identifier_with_places_in_the_file() {
    let xml = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?><I><EKpub>{KEY}</EKpub></I>");
    let place = xml.find(KEY).unwrap();
    let bytes = |unit: fn(u16) -> [u8; 2], mark: &[u8]| {
        [mark, &xml.encode_utf16().flat_map(unit).collect::<Vec<_>>()].concat()
    };
    for (bytes, offset, size) in [
        (xml.as_bytes().to_vec(), place, KEY.len()),
        ([&[0xef, 0xbb, 0xbf], xml.as_bytes()].concat(), place + 3, KEY.len()),
        (bytes(u16::to_le_bytes, &[0xff, 0xfe]), 2 * place + 2, 2 * KEY.len()),
        (bytes(u16::to_be_bytes, &[0xfe, 0xff]), 2 * place + 2, 2 * KEY.len()),
        (bytes(u16::to_le_bytes, &[]), 2 * place, 2 * KEY.len()),
    ] {
        let key = parse(&bytes).unwrap().ek_public.unwrap();
        assert_eq!(key.content, BlobContent::PublicKey);
        assert_eq!((key.span, key.bytes.len()), (Span::new(offset, size), 91));
    }
}

#[test]
fn a_message_in_the_certificates_place_is_kept() {
    let message = "The EK certificate &lt;none&gt; was not found";
    let xml = format!("<I><EKcert> {message}\r\n</EKcert><EKpub>{KEY}</EKpub></I>");
    let identifier = parsed(&xml);
    assert_eq!(identifier.ek_certificate, None);
    assert_eq!(
        identifier.ek_certificate_error.as_deref(),
        Some("The EK certificate <none> was not found")
    );
    assert!(identifier.ek_public.is_some());
    let empty = parsed(&format!("<I><EKcert/><EKpub>{KEY}</EKpub></I>"));
    assert_eq!(empty.ek_certificate_error, None);
}

#[test]
fn names_and_messages_are_cut() {
    let long = "x y ".repeat(IDENTIFIER_TEXT_CHARS_MAX);
    let identifier = parsed(&format!("<I><Name>{long}</Name><EKcert>{long}</EKcert></I>"));
    assert_eq!(identifier.name.unwrap().len(), IDENTIFIER_TEXT_CHARS_MAX);
    assert_eq!(identifier.ek_certificate_error.unwrap().len(), IDENTIFIER_TEXT_CHARS_MAX);
}

#[test]
fn every_other_blob_is_listed_in_order() {
    let noise = noise();
    let identifier = parsed(&format!(
        "<I><A>{noise}</A><EKpub>{KEY}</EKpub><EKpubHash>{}</EKpubHash><Aik b='{OTHER_KEY}'/></I>",
        "ab".repeat(32)
    ));
    let others: Vec<_> =
        identifier.other_blobs.iter().map(|blob| (blob.path.as_str(), blob.content)).collect();
    assert_eq!(
        others,
        [
            ("I/A", BlobContent::Unknown),
            ("I/EKpubHash", BlobContent::Unknown),
            ("I/Aik/@b", BlobContent::PublicKey)
        ]
    );
    assert_eq!(path(identifier.ek_public.as_ref()), Some("I/EKpub"));
}

#[test]
fn two_different_endorsement_keys_are_refused_and_the_same_twice_is_one() {
    let key = format!("<EKpub>{KEY}</EKpub>");
    assert_eq!(
        refused(&format!("<I>{key}<EKpub>{OTHER_KEY}</EKpub></I>")),
        "`EKpub` at byte 149: is a second, different endorsement key"
    );
    assert_eq!(
        refused(&format!("<I><A>{KEY}</A><B>{OTHER_KEY}</B></I>")),
        "`EKpub` at byte 137: is a second, different endorsement key"
    );
    let identifier = parsed(&format!("<I>{key}<B>{OTHER_KEY}</B>{key}</I>"));
    assert_eq!(identifier.other_blobs.len(), 2);
}

#[test]
fn content_decides_over_the_name_of_the_place() {
    let identifier = parsed(&format!("<I><EKpub>{CERTIFICATE}</EKpub><EKcert>{KEY}</EKcert></I>"));
    assert_eq!(path(identifier.ek_public.as_ref()), Some("I/EKcert"));
    assert_eq!(path(identifier.ek_certificate.as_ref()), Some("I/EKpub"));
}

#[test]
fn the_certificate_of_the_key_is_chosen_among_several() {
    // The same certificate with another point: of another key, and still readable.
    let other = CERTIFICATE.replacen("E1tauL", "E1tavL", 1);
    let identifier =
        parsed(&format!("<I><EKcert>{other}</EKcert><X>{CERTIFICATE}</X><EKpub>{KEY}</EKpub></I>"));
    assert_eq!(path(identifier.ek_certificate.as_ref()), Some("I/X"));
    assert_eq!(identifier.other_blobs.len(), 1);
}

#[test]
fn unreadable_keys_and_certificates_are_kept_in_their_places() {
    let damaged = format!("MIIB{}", "QUJD".repeat(40));
    let identifier =
        parsed(&format!("<I><EKpub>{}</EKpub><EKcert>{damaged}</EKcert></I>", noise()));
    assert_eq!(identifier.ek_public.unwrap().content, BlobContent::Unknown);
    assert_eq!(identifier.ek_certificate.unwrap().content, BlobContent::Unknown);
}

#[test]
fn text_in_pieces_is_one_text() {
    let (first, rest) = KEY.split_at(7);
    let (second, third) = rest.split_at(1);
    let code = u32::from(second.as_bytes()[0]);
    let xml = format!("<I><EKpub>{first}<!-- - -->&#{code};<![CDATA[{third}]]></EKpub></I>");
    let key = parsed(&xml).ek_public.unwrap();
    assert_eq!(key.content, BlobContent::PublicKey);
    assert_eq!(key.span, Span::new(10, xml.len() - 10 - "</EKpub></I>".len()));
}

#[test]
fn a_document_type_is_refused() {
    assert_eq!(
        refused("<!DOCTYPE I [<!ENTITY a 'aaaa'>]><I>&a;</I>"),
        "`XML` at byte 0: has a document type, which is refused"
    );
    assert_eq!(
        refused("<?xml version='1.0'?>\n<!DOCTYPE I SYSTEM 'http://h/x'><I/>"),
        "`XML` at byte 22: has a document type, which is refused"
    );
}

#[test]
fn entities_that_xml_does_not_define_are_refused() {
    let message = "refers to an entity that XML does not define";
    assert_eq!(refused("<I>a&b;</I>"), format!("`XML` at byte 4: {message}"));
    assert_eq!(refused("<I>&#x110000;</I>"), format!("`XML` at byte 3: {message}"));
    assert_eq!(refused("<I><J a='&b;'/></I>"), format!("`XML` at byte 3: {message}"));
    assert_eq!(parsed("<I Name='&amp;&#65;'/>").name.as_deref(), Some("&A"));
}

#[test]
fn documents_that_are_not_one_element_are_refused() {
    let check = |xml, message: &str| assert_eq!(refused(xml), message);
    check("", "`XML` at byte 0: has no element");
    check("<!-- -->\n", "`XML` at byte 9: has no element");
    check("EKpub", "`XML` at byte 0: has text beside its root element");
    check("<I/>x", "`XML` at byte 4: has text beside its root element");
    check("<I/><J/>", "`XML` at byte 4: has a second root element");
    check("<I><J></J>", "`XML` at byte 10: ends inside an element");
    check("<I><J></I></J>", "`XML` at byte 6: is not well-formed");
    check("<I><J", "`XML` at byte 3: is not well-formed");
    check("<I a=b/>", "`XML` at byte 0: has a malformed attribute");
    check("<I>a & b</I>", "`XML` at byte 5: is not well-formed");
}

#[test]
fn places_of_errors_are_those_of_the_file() {
    let xml: Vec<u8> = "<I>ä&b;</I>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = parse(&[&[0xff, 0xfe], &xml[..]].concat()).unwrap_err();
    assert_eq!(error.span, Span::new(10, 6));
}

#[test]
fn limits_hold_at_their_value_and_not_one_beyond() {
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(parse(nested(IDENTIFIER_DEPTH_MAX).as_bytes()).is_ok());
    assert_eq!(
        refused(&nested(IDENTIFIER_DEPTH_MAX + 1)),
        "`depth` at byte 96: 33 is over the limit of 32"
    );
    let flat = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
    assert!(parse(flat(IDENTIFIER_ELEMENTS_MAX).as_bytes()).is_ok());
    assert_eq!(
        refused(&flat(IDENTIFIER_ELEMENTS_MAX + 1)),
        "`elements` at byte 16383: 4097 is over the limit of 4096"
    );
    let attributes = format!("<a {}/>", "b='' ".repeat(IDENTIFIER_ELEMENTS_MAX));
    assert_eq!(refused(&attributes), "`elements` at byte 0: 4097 is over the limit of 4096");
    let name = "a".repeat(IDENTIFIER_NAME_SIZE_BYTES_MAX + 1);
    assert!(parse(format!("<{}/>", &name[1..]).as_bytes()).is_ok());
    assert_eq!(refused(&format!("<{name}/>")), "`name` at byte 0: 129 is over the limit of 128");
    assert_eq!(
        refused(&format!("<I {name}=''/>")),
        "`name` at byte 0: 129 is over the limit of 128"
    );
    let large = vec![b' '; IDENTIFIER_SIZE_BYTES_MAX + 1];
    assert_eq!(
        parse(&large).unwrap_err().to_string(),
        "`XML` at byte 0: 1048577 is over the limit of 1048576"
    );
}

#[test]
fn every_truncation_of_a_file_is_refused() {
    let xml = format!("<I><EKpub>{KEY}</EKpub></I>");
    for size in 0..xml.len() {
        assert!(parse(&xml.as_bytes()[..size]).is_err(), "{size} bytes");
    }
}
