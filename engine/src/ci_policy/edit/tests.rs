//! Edits change what they say, and no other byte.

use super::*;
use crate::ci_policy::model::CiPolicy;

const BEFORE: &str = "<?xml version=\"1.0\"?>\r\n\
    <!-- kept -->\r\n\
    <SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\" >\r\n\
    \x20 <VersionEx>1.0.0.0</VersionEx>  <!-- kept -->\r\n\
    \x20 <Rules>\r\n\
    \x20   <Rule>\r\n\
    \x20     <Option>Enabled:Audit Mode</Option>\r\n\
    \x20   </Rule>\r\n\
    \x20   <!-- kept -->\r\n\
    \x20 </Rules>\r\n\
    \x20 <Unheard kept='yes'/>\r\n\
    \x20 <PolicyTypeID>{A244370E-44C9-4C06-B551-F6016E563076}</PolicyTypeID>\r\n\
    </SiPolicy>\r\n";

fn after(edits: &[Edit]) -> String {
    edit(BEFORE, edits).unwrap_or_else(|error| panic!("{error}"))
}

fn policy(text: &str) -> CiPolicy {
    xml::read(text).unwrap().policy
}

/// The one stretch in which two texts differ.
fn difference<'t>(before: &'t str, after: &'t str) -> (&'t str, &'t str) {
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[same..], &after[same..]);
    let tail = before.bytes().rev().zip(after.bytes().rev()).take_while(|(a, b)| a == b).count();
    (&before[..before.len() - tail], &after[..after.len() - tail])
}

#[test]
fn options_are_set_and_deleted_by_number_or_name() {
    for (text, name) in [
        ("3", "Enabled:Audit Mode"),
        ("audit mode", "Enabled:Audit Mode"),
        ("ENABLED:UMCI", "Enabled:UMCI"),
        ("20", "Enabled:Revoked Expired As Unsigned"),
        ("Default Windows Certificate Remapping", OPTION_NO_REMAPPING),
    ] {
        assert_eq!(option_name(text), Some(name), "{text}");
    }
    for text in ["7", "21", "-1", "", "Audit"] {
        assert_eq!(option_name(text), None, "{text}");
    }
}

#[test]
fn deleting_an_option_removes_its_rule_and_setting_it_again_brings_it_back() {
    let enforced = after(&[Edit::DeleteOption("Enabled:Audit Mode")]);
    let rule = "\r\n    <Rule>\r\n      <Option>Enabled:Audit Mode</Option>\r\n    </Rule>";
    assert_eq!(difference(BEFORE, &enforced).0.len(), rule.len());
    assert!(!enforced.contains("Audit") && enforced.contains("<Unheard kept='yes'/>"));
    assert_eq!(policy(&enforced).flags ^ policy(BEFORE).flags, 0x0001_0000);
    let audited = edit(&enforced, &[Edit::SetOption("Enabled:Audit Mode")]).unwrap();
    assert_eq!(policy(&audited).flags, policy(BEFORE).flags);
    assert_eq!(audited.matches("<!-- kept -->").count(), 3);
}

#[test]
fn an_option_that_is_set_already_changes_nothing() {
    assert_eq!(after(&[Edit::SetOption("Enabled:Audit Mode")]), BEFORE);
    assert_eq!(after(&[Edit::DeleteOption("Enabled:UMCI")]), BEFORE);
}

#[test]
fn a_new_option_is_indented_as_its_neighbours_are() {
    let text = after(&[Edit::SetOption("Enabled:UMCI")]);
    let added = "\r\n    <Rule>\r\n      <Option>Enabled:UMCI</Option>\r\n    </Rule>";
    assert_eq!(text, BEFORE.replace("</Rule>", &format!("</Rule>{added}")));
}

#[test]
fn the_version_is_replaced_in_place() {
    let version = Version::parse("10.0.1.2").unwrap();
    let edited = after(&[Edit::Version(version)]);
    assert_eq!(edited, BEFORE.replace("1.0.0.0", "10.0.1.2"));
}

#[test]
fn a_new_id_drops_the_type_and_makes_a_base_policy() {
    let text = after(&[Edit::ResetPolicyId(Guid([0xab; 16]))]);
    let policy = policy(&text);
    let ids = [policy.policy_id, policy.base_policy_id];
    assert_eq!((ids, policy.type_id), ([Some(Guid([0xab; 16])); 2], None));
    assert!(text.contains(" PolicyType=\"Base Policy\" xmlns"), "{text}");
    let again = edit(&text, &[Edit::ResetPolicyId(Guid([1; 16]))]).unwrap();
    assert_eq!(again.len(), text.len());
}

#[test]
fn a_supplemental_policy_names_its_base() {
    let edits = [Edit::ResetPolicyId(Guid([1; 16])), Edit::Supplement(Guid([2; 16]))];
    let policy = policy(&after(&edits));
    assert!(policy.is_supplemental());
    let ids = (policy.policy_id, policy.base_policy_id);
    assert_eq!(ids, (Some(Guid([1; 16])), Some(Guid([2; 16]))));
}

fn setting(value_name: &str, value: SettingValue) -> Edit {
    Edit::Setting { provider: "a&b".into(), key: "k".into(), value_name: value_name.into(), value }
}

#[test]
fn settings_are_added_changed_and_deleted() {
    let mut text = BEFORE.to_owned();
    let values = [
        SettingValue::String("<\"&\r\n".into()),
        SettingValue::String(String::new()),
        SettingValue::DWord(7),
        SettingValue::Binary(vec![0, 255]),
        SettingValue::Boolean(false),
    ];
    for value in values {
        text = edit(&text, &[setting("v", value.clone())]).unwrap();
        let settings = policy(&text).settings;
        assert_eq!((settings.len(), &settings[0].value), (1, &value), "{text}");
    }
    text = edit(&text, &[setting("w", SettingValue::DWord(1))]).unwrap();
    assert_eq!(policy(&text).settings.len(), 2);
    let delete =
        Edit::DeleteSetting { provider: "A&B".into(), key: "K".into(), value_name: "V".into() };
    text = edit(&text, &[delete]).unwrap();
    let left = policy(&text).settings;
    assert_eq!((left.len(), left[0].value_name.as_str()), (1, "w"));
    let named = edit(&text, &[Edit::info("Name", "HW1")]).unwrap();
    assert_eq!(policy(&named).info_name(), Some("HW1"));
}

#[test]
fn an_empty_list_takes_its_first_rule_and_keeps_its_comment() {
    for list in ["<Rules/>", "<Rules />", "<Rules></Rules>", "<Rules><!--x--></Rules>"] {
        let start = BEFORE.find("<Rules>").unwrap();
        let end = BEFORE.find("</Rules>").unwrap() + "</Rules>".len();
        let text = format!("{}{list}{}", &BEFORE[..start], &BEFORE[end..]);
        let edited = edit(&text, &[Edit::SetOption("Enabled:UMCI")]).unwrap();
        let comment = if list.contains("x") { "<!--x-->" } else { "" };
        let expected = format!(
            "<Rules>{comment}\r\n    <Rule>\r\n      <Option>Enabled:UMCI</Option>\r\n    </Rule>\r\n  </Rules>"
        );
        assert!(edited.contains(&expected), "{list}: {edited}");
    }
}

#[test]
fn empty_tags_and_prefixes_are_met() {
    let text = "<p:SiPolicy xmlns:p='urn:schemas-microsoft-com:sipolicy'><p:VersionEx>1.0.0.0</p:VersionEx>\
        <p:Rules /><p:Settings/></p:SiPolicy>";
    let edits = [
        Edit::SetOption("Enabled:UMCI"),
        setting("v", SettingValue::Boolean(true)),
        Edit::Hvci(1),
        Edit::Supplement(Guid([9; 16])),
    ];
    let edited = edit(text, &edits).unwrap();
    let policy = policy(&edited);
    assert_eq!((policy.flags, policy.hvci_options), (0xc000_0004, 1), "{edited}");
    assert_eq!(policy.settings.len(), 1);
    assert!(xml::read(&edited).unwrap().unsupported.is_empty(), "{edited}");
}

#[test]
fn an_attribute_is_replaced_whatever_its_quotes() {
    for attributes in
        ["PolicyType='Base Policy'", "a=\"x PolicyType='\"  PolicyType = \"Base Policy\""]
    {
        let text = BEFORE.replace(" >", &format!(" {attributes} >"));
        let edited = edit(&text, &[Edit::Supplement(Guid([1; 16]))]).unwrap();
        assert!(policy(&edited).is_supplemental(), "{edited}");
        assert_eq!(edited.matches("PolicyType=\"Supplemental Policy\"").count(), 1, "{edited}");
    }
}

#[test]
fn a_text_that_is_no_policy_is_not_edited() {
    assert!(edit("<SiPolicy/>", &[Edit::Hvci(0)]).is_err());
    assert!(edit(BEFORE, &[Edit::info("Name", "\u{1}")]).is_err());
}
