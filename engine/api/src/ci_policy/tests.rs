//! The documents of policies: what they hold, and that the same input gives the same bytes.

use super::*;

const XML: &str = "<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">\
    <VersionEx>10.0.0.0</VersionEx>\
    <PlatformID>{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}</PlatformID>\
    <Rules><Rule><Option>Enabled:Unsigned System Integrity Policy</Option></Rule></Rules></SiPolicy>";

fn binary() -> Vec<u8> {
    convert(XML.as_bytes(), How::default()).unwrap().bytes
}

#[test]
fn a_conversion_says_what_its_digest_hangs_on() {
    let how = How { target: Some("ws2025"), ..How::default() };
    let document = convert(XML.as_bytes(), how).unwrap().document;
    assert_eq!((document.format_version, document.proven), (9, Some(false)));
    assert_eq!(document.warnings[0].code, "CI-FORMAT-UNPROVEN");
    assert_eq!(document.warnings[0].evidence, "inferred");
    let chosen = How { format: Some(8), tie_order: Some("legacy"), ..how };
    let document = convert(XML.as_bytes(), chosen).unwrap().document;
    assert_eq!((document.format_version, document.tie_order.as_deref()), (8, Some("legacy")));
    for how in [
        How { format: Some(6), ..How::default() },
        How { format: Some(10), ..How::default() },
        How { tie_order: Some("stable"), ..How::default() },
        How { target: Some("ws2012"), ..How::default() },
    ] {
        let refused = convert(XML.as_bytes(), how);
        assert!(matches!(refused, Err(PolicyError::Argument(_))), "{how:?}");
    }
}

#[test]
fn an_xml_and_its_binary_say_the_same_and_are_not_the_same_bytes() {
    let document = diff(XML.as_bytes(), &binary()).unwrap();
    assert!(document.equal && document.complete, "{document:?}");
    assert_eq!(document.same_bytes, None);
    assert_eq!(diff(&binary(), &binary()).unwrap().same_bytes, Some(true));
    let other = convert(XML.as_bytes(), How { format: Some(8), ..How::default() }).unwrap().bytes;
    let document = diff(&binary(), &other).unwrap();
    assert_eq!((document.equal, document.same_bytes), (true, Some(false)));
}

#[test]
fn the_document_of_a_file_is_the_same_for_the_same_bytes() {
    let json = || serde_json::to_string(&show("x", &binary()).unwrap()).unwrap();
    assert_eq!(json(), json());
    let document: CiPolicyShowDoc = serde_json::from_str(&json()).unwrap();
    assert_eq!(document.policy_sha256, Some(hash(&binary()).unwrap().policy_sha256));
    assert_eq!(document.statements.len(), 8, "{:?}", document.statements);
}

#[test]
fn the_name_that_is_set_is_the_one_that_is_shown() {
    let changes = [Change::Name("R340"), Change::IdText("7")];
    let edited = apply(XML.as_bytes(), &changes).unwrap();
    let document = show("x", &edited).unwrap();
    assert_eq!((document.name.as_deref(), document.id_text.as_deref()), (Some("R340"), Some("7")));
    let removed = [Change::DeleteSetting(["policyinfo", "information", "name"])];
    assert_eq!(show("x", &apply(&edited, &removed).unwrap()).unwrap().name, None);
}

#[test]
fn values_of_settings_are_read_by_their_type() {
    let names = ["p", "k", "v"];
    for (kind, value, valid) in [
        ("Boolean", "True", true),
        ("Boolean", "1", false),
        ("DWord", "4294967295", true),
        ("DWord", "-1", false),
        ("Binary", "00fF", true),
        ("Binary", "0", false),
        ("String", "", true),
        ("QWord", "1", false),
    ] {
        let change = Change::Setting { names, kind, value };
        assert_eq!(parse_change(change).is_ok(), valid, "{kind} {value}");
    }
    let names: Vec<&str> = hvci_names();
    assert_eq!(names, ["Enabled", "Strict", "DebugMode", "DisableAllowed"]);
    assert!(parse_change(Change::Hvci(&names)).is_ok());
    assert!(parse_change(Change::Hvci(&["Other"])).is_err());
}

#[test]
fn what_is_no_policy_is_refused_by_every_operation() {
    for bytes in [&b""[..], b"\x08\0\0\0", b"<a/>", b"0\x80", b"<SiPolicy"] {
        assert!(show("x", bytes).is_err());
        assert!(diff(bytes, bytes).is_err());
        assert!(hash(bytes).is_err());
        assert!(convert(bytes, How::default()).is_err());
        assert!(unwrap(bytes).is_err());
        assert!(apply(bytes, &[Change::Version("1")]).is_err());
    }
    assert!(matches!(match_log(&[], b""), Err(PolicyError::Log(_))));
}
