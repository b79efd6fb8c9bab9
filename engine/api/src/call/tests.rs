//! The operations as one function: numbers, refusals, and what is no refusal.

use super::*;

#[test]
fn numbers_of_operations_are_distinct_and_found_again() {
    let mut names = Vec::new();
    for (operation, number) in Operation::ALL.into_iter().zip(1..) {
        assert_eq!((operation.number(), Operation::from_number(number)), (number, Some(operation)));
        names.push(operation.name());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Operation::ALL.len());
    assert_eq!(Operation::from_number(0), None);
    assert_eq!(Operation::from_number(18), None);
}

#[test]
fn a_document_that_cannot_be_used_is_refused_by_every_operation() {
    for operation in Operation::ALL {
        for input in [&b""[..], b"null", b"{\"a\":1}", b"1.5"] {
            assert_eq!(call(operation, input).unwrap_err().kind, "json", "{operation:?}");
        }
        let large = vec![b' '; Limits::default().request_size_bytes_max + 1];
        assert_eq!(call(operation, &large).unwrap_err().kind, "too_large", "{operation:?}");
    }
}

#[test]
fn a_refusal_names_its_kind() {
    for (operation, input, kind) in [
        (Operation::Diff, r#"{"before":"","after":"","bank":"md5"}"#, "field"),
        (Operation::Explain, r#"{"document":"","lang":"fr"}"#, "field"),
        (Operation::CheckIdentifier, r#"{"file":"x","content":"AAEC"}"#, "identifier"),
        (Operation::HashCiPolicy, r#"{"content":"AAEC"}"#, "policy"),
        (Operation::HashCiPolicy, r#"{"content":"PFNpUG9saWN5Lz4="}"#, "policy_kind"),
        (Operation::ConvertCiPolicy, r#"{"content":"PFNpUG9saWN5Lz4="}"#, "policy_xml"),
        (Operation::MatchCiPolicies, r#"{"files":[],"log":"AAEC"}"#, "event_log"),
        (
            Operation::EditCiPolicy,
            r#"{"content":"PFNpUG9saWN5Lz4=","changes":[{"version":"x"}]}"#,
            "argument",
        ),
    ] {
        let refusal = call(operation, input.as_bytes()).unwrap_err();
        assert_eq!(refusal.kind, kind, "{operation:?}: {refusal}");
    }
}

#[test]
fn garbage_in_a_file_is_no_refusal() {
    let reply = call(Operation::Inspect, br#"{"file":"x","content":"AAEC"}"#).unwrap();
    assert!(String::from_utf8(reply).unwrap().contains("FILE-UNKNOWN"));
    let reply = call(Operation::Identify, br#"{"ek_public":"AAEC","ak_public":"AAEC"}"#).unwrap();
    assert_eq!(reply, b"{}");
}
