//! Bytes written by hand from the layout, and what is refused in them.

use portcullis_wire::ci_policy as wire;

use super::*;
use crate::ci_policy::CiPolicy;
use crate::ci_policy::model::{
    AppSetting, AppSettingValue, AppSettings, FileRule, FileTime, PolicyKind, Root, Signer, Version,
};
use crate::formats::{Input, ParseError, ParseErrorKind};

/// Elements of the layout, written without the writer.
mod by_hand {
    pub(super) fn word(value: u32) -> Vec<u8> {
        value.to_le_bytes().to_vec()
    }

    pub(super) fn blob(bytes: &[u8]) -> Vec<u8> {
        let mut found = word(u32::try_from(bytes.len()).unwrap());
        found.extend(bytes);
        found.resize(found.len().next_multiple_of(4), 0);
        found
    }

    pub(super) fn text(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [blob(&units), word(0)].concat()
    }
}

use by_hand::{blob, text, word};

/// A header with these counts, and what follows it.
fn policy(format: u32, flags: u32, counts: [u32; 4], body: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = word(format);
    bytes.extend([1; 16]);
    bytes.extend(wire::PLATFORM.0);
    bytes.extend(word(flags));
    bytes.extend(counts.map(word).concat());
    bytes.extend(0x000a_0000_6cb1_0000_u64.to_le_bytes());
    bytes.extend(word(0x40));
    bytes.extend(body.concat());
    bytes
}

/// Nothing but lists of no elements.
fn empty_body() -> Vec<u8> {
    [0, 0, 0, 0].map(word).concat()
}

fn parse(bytes: &[u8]) -> Result<CiPolicy, ParseError> {
    read(Input::new(bytes))
}

#[test]
fn a_policy_written_by_hand_is_read_field_by_field() {
    let bytes = policy(
        5,
        0x8001_0000,
        [1, 1, 2, 1],
        &[
            blob(&[1, 3, 0x2a, 3, 4]),
            [word(0), text("a.sys"), vec![0xff; 8], blob(&[7; 20])].concat(),
            [word(0), blob(&[9; 32]), word(1), word(0), text(""), text("CN"), text(""), word(0)]
                .concat(),
            [word(1), word(6), word(0), text("I"), text(""), text("O"), word(1), word(0)].concat(),
            [word(1), word(1)].concat(),
            [word(2), word(1), word(0)].concat(),
            [word(131), word(0), word(0x800c)].concat(),
            [word(1), word(0), word(1), word(0), word(0), word(1), word(0)].concat(),
            [0; 6].map(word).concat(),
            word(2),
            [word(1), text("p"), text("k"), text("v"), word(3), text("x")].concat(),
            [word(3), vec![8, 0, 0, 0, 0, 0, 0, 0], word(1), text("app")].concat(),
            [vec![1, 0, 0, 0, 0, 0, 0, 0], vec![0xff; 8]].concat(),
            [word(4), text("in"), text(""), text("pr")].concat(),
            [word(5), text("pkg"), vec![5, 0, 0, 0, 0, 0, 0, 0], word(6)].concat(),
        ],
    );
    let policy = parse(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((policy.format, policy.kind), (Some(5), PolicyKind::Single));
    assert_eq!(policy.version.to_string(), "10.0.27825.0");
    assert_eq!(policy.ekus[0].dotted().as_deref(), Some("1.2.3.4"));
    let expected = FileRule {
        file_name: Some("a.sys".into()),
        minimum_version: Version::MAX,
        maximum_version: Version(8),
        hash: vec![7; 20],
        app_ids: vec!["app".into()],
        internal_name: Some("in".into()),
        product_name: Some("pr".into()),
        package_family_name: Some("pkg".into()),
        package_version: Version(5),
        ..FileRule::new(wire::FileRuleKind::DENY)
    };
    assert_eq!(policy.file_rules, [expected]);
    let [first, second] = policy.signers.as_slice() else { panic!("{:?}", policy.signers) };
    assert_eq!((&first.root, first.publisher.as_deref()), (&Root::Tbs(vec![9; 32]), Some("CN")));
    assert_eq!((first.sign_time_after, second.sign_time_after), (FileTime(1), FileTime(-1)));
    assert_eq!(second.root, Root::Wellknown(wire::WellknownRoot::PRODUCT_2010));
    assert_eq!((second.issuer.as_deref(), second.oem_id.as_deref()), (Some("I"), Some("O")));
    assert_eq!((&second.file_attribs, &policy.update_signers), (&vec![0], &vec![1]));
    assert_eq!(policy.ci_signers, [1, 0]);
    let scenario = &policy.scenarios[0];
    assert_eq!(scenario.product.allowed[0].except, [0]);
    assert_eq!(scenario.product.rules, [0]);
    assert_eq!((policy.hvci_options, policy.setting_text("P", "K", "V")), (2, Some("x")));
    assert_eq!(write(&policy, 5).unwrap(), bytes);
}

/// Lone bytes inside, so that nothing behind them is aligned.
#[test]
fn application_settings_are_read_and_written_unaligned() {
    let ids = [vec![1; 32], word(0)].concat();
    let apps = [
        word(1),
        text("man"),
        word(3),
        [text("a"), vec![0, 1], word(1)].concat(),
        [text("bc"), vec![3], text("xyz"), word(0)].concat(),
        [text(""), vec![4], word(2), text("1"), text("22"), word(0)].concat(),
    ]
    .concat();
    let body = [
        empty_body(),
        [word(3), word(4), word(5), word(6), ids, word(7), word(8), apps, word(9)].concat(),
    ];
    let bytes = policy(8, 0x8000_0000, [0; 4], &body);
    let policy = parse(&bytes).unwrap_or_else(|error| panic!("{error}"));
    let setting = |name: &str, value, flags| AppSetting { name: name.into(), value, flags };
    let settings = vec![
        setting("a", AppSettingValue::Bool(true), 1),
        setting("bc", AppSettingValue::String("xyz".into()), 0),
        setting("", AppSettingValue::StringSet(vec!["1".into(), "22".into()]), 0),
    ];
    assert_eq!(policy.app_settings, [AppSettings { manifest: "man".into(), settings }]);
    assert_eq!(write(&policy, 8).unwrap(), bytes);
}

#[test]
fn sections_of_later_formats_are_kept_and_not_rewritten() {
    let ids = [vec![1; 32], word(0)].concat();
    let named = [3, 4, 5].map(word).concat();
    let later = [word(12), vec![1, 2, 3], word(14)].concat();
    let more = [word(6), ids, [7, 8, 0, 9, 0, 10, 0, 0, 11, 0].map(word).concat()].concat();
    let bytes = policy(13, 0x8000_0000, [0; 4], &[empty_body(), named, more, later.clone()]);
    let policy = parse(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(policy.later_sections, later);
    assert_eq!(write(&policy, 13).unwrap(), bytes);
    assert_eq!(write(&policy, 11).unwrap_err().what, "sections without a name");
    assert!(looks_like_policy(&bytes));
}

#[test]
fn every_format_is_written_and_read() {
    let signers = vec![Signer::new(Root::Tbs(vec![1]))];
    let plain = CiPolicy { signers, ..CiPolicy::default() };
    for format in wire::FORMAT_MIN..=wire::FORMAT_NAMED_MAX {
        let bytes = write(&plain, format).unwrap();
        let found = parse(&bytes).unwrap_or_else(|error| panic!("format {format}: {error}"));
        assert_eq!(found.format, Some(format));
        assert_eq!(write(&found, format).unwrap(), bytes);
        let last = bytes.last_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
        assert_eq!(last, Some(format + 1));
    }
    assert_eq!(write(&plain, 12).unwrap_err().what, "sections without a name");
}

#[test]
fn a_format_without_a_place_for_something_is_refused() {
    let mut rule = FileRule::new(wire::FileRuleKind::ALLOW);
    rule.file_path = Some("x".into());
    rule.internal_name = Some(String::new());
    let policy = CiPolicy { file_rules: vec![rule], ..CiPolicy::default() };
    assert_eq!(write(&policy, 6), Err(Need { format: 7, what: "FilePath", index: Some(0) }));
    assert!(write(&policy, 7).is_ok());
    assert_eq!(needs(&policy).len(), 1, "empty text needs nothing");
}

#[track_caller]
fn refused(bytes: &[u8], field: &str, offset: usize, kind: ParseErrorKind) {
    let error = parse(bytes).unwrap_err();
    assert_eq!((error.field, error.span.offset, error.kind), (field, offset, kind));
}

#[test]
fn hostile_numbers_are_refused_before_anything_is_allocated() {
    use ParseErrorKind::{Invalid, OverLimit, Truncated, Unsupported};
    let with = |counts, body: &[Vec<u8>]| policy(2, 0x8000_0000, counts, body);
    let end = [empty_body(), word(3)].concat();
    refused(&[], "formatVersion", 0, Truncated { needed: 4, left: 0 });
    refused(&policy(17, 0, [0; 4], &[]), "formatVersion", 0, Unsupported(17));
    refused(&policy(0, 0, [0; 4], &[]), "formatVersion", 0, Unsupported(0));
    // 36 bytes follow the count of file rules, a rule has at least 24.
    let many = OverLimit { found: 0xffff_ffff, limit: 1 };
    refused(&with([0, u32::MAX, 0, 0], std::slice::from_ref(&end)), "fileRuleCount", 0x2c, many);
    let signers = OverLimit { found: 1 << 31, limit: 36 / 40 };
    refused(&with([0, 0, 1 << 31, 0], std::slice::from_ref(&end)), "signerCount", 0x30, signers);
    let list = with([0; 4], &[word(u32::MAX), word(3)]);
    refused(&list, "updatePolicySigner", 0x44, OverLimit { found: 0xffff_ffff, limit: 1 });
    let index = with([0; 4], &[word(1), word(0), word(0)]);
    refused(&index, "updatePolicySigner", 0x48, OverLimit { found: 0, limit: 0 });
    let eku = with([1, 0, 0, 0], &[word(0xffff_fff0), vec![0; 64]]);
    refused(&eku, "eku", 0x44, OverLimit { found: 0xffff_fff0, limit: 64 });
    let padding = with([1, 0, 0, 0], &[word(1), vec![1, 0, 1, 0], end.clone()]);
    refused(&padding, "eku", 0x49, Invalid("has padding other than zeros"));
    let rule = |name: Vec<u8>| with([0, 1, 0, 0], &[word(0), name, vec![0; 60]]);
    refused(
        &rule([word(3), vec![0; 8]].concat()),
        "fileRule.fileName",
        0x48,
        Invalid("has half a UTF-16 unit"),
    );
    let half = [blob(&[0, 0xd8, 0, 0]), word(0)].concat();
    refused(&rule(half), "fileRule.fileName", 0x48, Invalid("has half a surrogate pair"));
    let open = [word(0), word(1)].concat();
    refused(&rule(open), "fileRule.fileName", 0x4c, Invalid("is not followed by a zero word"));
    let kind = with([0, 1, 0, 0], &[word(3), vec![0; 60]]);
    refused(&kind, "fileRule.type", 0x44, Unsupported(3));
    let setting = with([0; 4], &[[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0, 3].map(word).concat()]);
    refused(&setting, "setting.type", 0x6c, Unsupported(4));
    let mut offset = with([0; 4], std::slice::from_ref(&end));
    offset[0x40] = 0x44;
    refused(&offset, "bodyOffset", 0x40, Unsupported(0x44));
    let trailing = with([0; 4], &[end, vec![0]]);
    refused(&trailing, "policy", 0x58, ParseErrorKind::Trailing { size_bytes: 1 });
}
