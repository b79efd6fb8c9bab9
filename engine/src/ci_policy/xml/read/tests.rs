//! Lenient in: what is read, and where it is refused.

use portcullis_wire::ci_policy::{FileRuleKind, HashAlgId, WellknownRoot};

use super::*;
use crate::ci_policy::model::{FileRule, Root, SettingValue, Version};

/// A policy with this between its first elements and its end.
fn policy(body: &str) -> String {
    format!(
        "<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">\n\
         <VersionEx>1.2.3.4</VersionEx><Rules/>\n{body}\n</SiPolicy>"
    )
}

#[track_caller]
fn parsed(body: &str) -> CiPolicy {
    let text = policy(body);
    let document = read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert!(document.unsupported.is_empty(), "{:?}", document.unsupported);
    document.policy
}

#[track_caller]
fn refused(body: &str, expected: &str) {
    let error = read(&policy(body)).unwrap_err().to_string();
    assert!(error.contains(expected), "{body}: {error}");
}

fn rules(rules: &str) -> Vec<FileRule> {
    parsed(&format!("<FileRules>{rules}</FileRules>")).file_rules
}

#[test]
fn elements_may_stand_in_any_order() {
    let text = "<SiPolicy xmlns='urn:schemas-microsoft-com:sipolicy' PolicyType='Base Policy'>\
        <PolicyID>{11111111-1111-1111-1111-111111111111}</PolicyID>\
        <UpdatePolicySigners><UpdatePolicySigner SignerId='ID_SIGNER_B'/></UpdatePolicySigners>\
        <Signers><Signer ID='ID_SIGNER_A'><CertRoot Type='TBS' Value='00'/></Signer>\
        <Signer ID='ID_SIGNER_B'><CertRoot Value='06' Type='Wellknown'/></Signer></Signers>\
        <HvciOptions> 2 </HvciOptions><Rules><Rule><Option>Enabled:UMCI</Option></Rule></Rules>\
        <VersionEx>10.0.0.0</VersionEx></SiPolicy>";
    let policy = read(text).unwrap().policy;
    assert_eq!(policy.update_signers, [1]);
    assert_eq!(policy.signers[1].root, Root::Wellknown(WellknownRoot::PRODUCT_2010));
    assert_eq!((policy.flags, policy.hvci_options), (0x8000_0004, 2));
    assert_eq!(policy.policy_id, Some(Guid([0x11; 16])));
    assert_eq!(policy.platform, Guid([0; 16]), "an XML without platform has the zero one");
}

#[test]
fn versions_that_are_not_given_have_the_values_that_are_stored() {
    let cases = [
        ("<Allow ID='A'/>", Version::ZERO, Version::ZERO),
        ("<Deny ID='A'/>", Version::MAX, Version::ZERO),
        ("<Deny ID='A' MaximumFileVersion='1.0.0.0'/>", Version::ZERO, Version(1 << 48)),
        ("<Deny ID='A' MinimumFileVersion='0.0.0.0'/>", Version::ZERO, Version::ZERO),
        ("<FileAttrib ID='A' MinimumFileVersion='0.0.0.7'/>", Version(7), Version::ZERO),
    ];
    for (text, minimum, maximum) in cases {
        let rule = &rules(text)[0];
        assert_eq!((rule.minimum_version, rule.maximum_version), (minimum, maximum), "{text}");
    }
}

#[test]
fn generic_rules_become_what_their_type_says() {
    for (kind, expected) in [
        ("Match", FileRuleKind::ALLOW),
        ("Exclude", FileRuleKind::DENY),
        ("Attribute", FileRuleKind::FILE_ATTRIB),
    ] {
        let found = rules(&format!("<FileRule ID='ID_FILE_A' Type='{kind}' FileName='x'/>"));
        assert_eq!(found[0].kind, expected);
    }
    refused("<FileRules><FileRule ID='A' Type='Other'/></FileRules>", "`Type` is `Other`");
}

#[test]
fn app_ids_are_one_text_or_macros_only() {
    let with = |app_ids: &str| {
        format!(
            "<FileRules><Allow ID='A' AppIDs='{app_ids}'/></FileRules>\
             <Macros><Macro Id='One' Value='1'/><Macro Id='a.b_2' Value='2'/></Macros>"
        )
    };
    for (text, expected) in [
        ("x.exe", vec!["x.exe"]),
        ("x$(One)", vec!["x$(One)"]),
        ("$(One)", vec!["1"]),
        ("$(a.b_2)$(One)$(One)", vec!["2", "1", "1"]),
    ] {
        assert_eq!(parsed(&with(text)).file_rules[0].app_ids, expected, "{text}");
    }
    refused(&with("$(Two)"), "`AppIDs` names `Two`, which does not exist");
    refused(&with("$(One)x"), "nothing but macros");
    refused(&with("$(One"), "nothing but macros");
}

#[test]
fn hotpatch_rules_take_their_numbers_from_the_rule_that_they_require() {
    let found = parsed(
        "<FileRules><Allow ID='A' RequireHotpatchID='B'/>\
         <Allow ID='B' MinimumHotpatchSequence='2' MaximumHotpatchSequence='8'/></FileRules>",
    );
    let hotpatch = found.hotpatches[0];
    assert_eq!((hotpatch.base, hotpatch.hotpatch), (0, 1));
    assert_eq!((hotpatch.minimum_sequence, hotpatch.maximum_sequence), (2, 8));
    let text = policy("<FileRules><Allow ID='A' MinimumHotpatchSequence='2'/></FileRules>");
    assert!(read(&text).unwrap().unsupported[0].what.contains("no other requires"));
}

#[test]
fn scenarios_inherit_from_others_and_not_from_themselves() {
    let found = parsed(
        "<SigningScenarios>\
         <SigningScenario ID='A' Value='12' InheritedScenarios='B,A'><ProductSigners/></SigningScenario>\
         <SigningScenario ID='B' Value='131' MinimumHashAlgorithm='32772'><ProductSigners/></SigningScenario>\
         </SigningScenarios>",
    );
    assert_eq!(found.scenarios[0].inherited, [1]);
    assert_eq!(found.scenarios[0].minimum_hash, HashAlgId::SHA256);
    assert_eq!(found.scenarios[1].minimum_hash, HashAlgId::SHA1);
}

#[test]
fn settings_keep_their_text_and_type() {
    let found = parsed(
        "<Settings><Setting Provider='p' Key='k' ValueName='v'><Value><String> a\n&#xD;b </String></Value></Setting>\
         <Setting Provider='p' Key='k' ValueName='w'><Value><Binary>00ff</Binary></Value></Setting></Settings>",
    );
    assert_eq!(found.settings[0].value, SettingValue::String(" a\n\rb ".into()));
    assert_eq!(found.settings[1].value, SettingValue::Binary(vec![0, 0xff]));
    assert_eq!(found.setting_text("P", "K", "V"), Some(" a\n\rb "), "names ignore case");
}

#[test]
fn an_eku_may_be_given_by_its_object_identifier() {
    let with = |attributes: &str| format!("<EKUs><EKU ID='E' {attributes}/></EKUs>");
    let whql = parsed(&with("OID='1.3.6.1.4.1.311.10.3.5'")).ekus;
    assert_eq!(whql[0].value, [1, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 5]);
    assert_eq!(whql[0].purpose(), Some("WHQL"));
    parsed(&with("OID='1.3.6.1.4.1.311.10.3.5' Value='010A2B0601040182370A0305'"));
    refused(&with("OID='1.3.6.1.4.1.311.10.3.6' Value='010A2B0601040182370A0305'"), "`OID` is");
    refused(&with(""), "`Value` is missing");
}

#[test]
fn what_no_schema_knows_is_listed_with_its_place() {
    let text = policy(
        "<New a='1'><Inner/></New>\n<EKUs x='2'/>\n<Rules2/>\n<Signers>words<x:y xmlns:x='z'/></Signers>",
    );
    let document = read(&text).unwrap();
    let found: Vec<String> = document
        .unsupported
        .iter()
        .map(|found| format!("{} {} in {}", found.place.line, found.what, found.element))
        .collect();
    assert_eq!(
        found,
        [
            "3 the element `New` in New",
            "5 the element `Rules2` in Rules2",
            "4 the attribute `x` in EKUs",
            "6 the element `y` in y",
            "6 the text `words` in Signers",
        ]
    );
}

#[test]
fn errors_carry_line_column_and_element() {
    let signer = |body: &str| format!("<Signers><Signer ID='S'>{body}</Signer></Signers>");
    let root = "<CertRoot Type='TBS' Value='00'/>";
    for (body, expected) in [
        (
            "<PlatformID>{1}</PlatformID>",
            "line 3, column 1, element `PlatformID`: `PlatformID` is `{1}`, expected a GUID",
        ),
        ("<Rules/>", "line 3, column 1, element `Rules`: `Rules` may be given once"),
        ("<HvciOptions>-1</HvciOptions>", "expected a decimal number of 32 bits"),
        ("<FileRules><Allow/></FileRules>", "line 3, column 12, element `Allow`: `ID` is missing"),
        (
            "<FileRules><Allow ID='A' Hash='0'/></FileRules>",
            "`Hash` is `0`, expected an even number",
        ),
        (
            "<FileRules><Allow ID='A' MinimumFileVersion='1.0'/></FileRules>",
            "expected four numbers",
        ),
        (&signer(""), "`CertRoot` is missing"),
        (&signer("<CertRoot Type='Wellknown' Value='0006'/>"), "expected one byte"),
        (&signer("<CertRoot Type='Other' Value='00'/>"), "expected `TBS` or `Wellknown`"),
        (&signer(&format!("{root}<CertEKU ID='E'/>")), "`ID` names `E`, which does not exist"),
        (&signer(&format!("{root}{root}")), "`CertRoot` may be given once"),
        (&signer(&format!("{root}<FileAttribRef RuleID='R'/>")), "`RuleID` names `R`"),
        ("<Signers><Signer ID='S' SignTimeAfter='x'/></Signers>", "`CertRoot` is missing"),
        ("<CiSigners><CiSigner/></CiSigners>", "`SignerId` is missing"),
        (
            "<SigningScenarios><SigningScenario ID='A' Value='256'/></SigningScenarios>",
            "a number up to 255",
        ),
        (
            "<SigningScenarios><SigningScenario ID='A' Value='12'/></SigningScenarios>",
            "`ProductSigners` is missing",
        ),
        (
            "<Settings><Setting Provider='' Key='' ValueName=''><Value/></Setting></Settings>",
            "Boolean, DWord, Binary or String` is missing",
        ),
        (
            "<Settings><Setting Provider='' Key='' ValueName=''><Value><Boolean>2</Boolean></Value></Setting></Settings>",
            "expected `true` or `false`",
        ),
    ] {
        refused(body, expected);
    }
    let other = "<SiPolicy xmlns='urn:other'/>";
    assert_eq!(read(other).unwrap_err().reason, XmlReason::Root);
    let versionless = "<SiPolicy><Rules/></SiPolicy>";
    assert!(read(versionless).unwrap_err().to_string().contains("`VersionEx` is missing"));
}

#[test]
fn the_note_of_a_decoded_policy_is_read_or_refused() {
    let with = |note: &str| format!("<?portcullis-ci-policy {note}?>{}", policy(""));
    let found =
        |note: &str| read(&with(note)).map(|document| (document.origin, document.policy.flags));
    let origin = |format, unnamed_flags| Some(Origin { format, unnamed_flags });
    assert_eq!(found("format=\"8\"").unwrap(), (origin(8, 0), 0x8000_0000));
    let noted = found("format=\"3\" unnamed-flags=\"0x00001200\"").unwrap();
    assert_eq!(noted, (origin(3, 0x1200), 0x8000_1200));
    // A flag that an option names belongs to the option.
    for broken in [
        "",
        "format=\"0\"",
        "format=\"12\"",
        "format=\"8\" unnamed-flags=\"0x00010000\"",
        "format=\"8\" unnamed-flags=\"1200\"",
    ] {
        assert!(found(broken).is_err(), "{broken}");
    }
    let foreign = format!("<?portcullis-ci-policy2 format=\"8\"?>{}", policy(""));
    assert_eq!(read(&foreign).unwrap().origin, None);
}

/// Named where it stands, and refused by the conversion: never dropped.
#[test]
fn settings_of_an_application_are_named_with_their_place() {
    assert!(parsed("<AppSettings/>").app_settings.is_empty());
    let text = policy("<AppSettings>\n  <App Manifest='x'><Setting Name='a'/></App></AppSettings>");
    let document = read(&text).unwrap();
    let [unsupported] = document.unsupported.as_slice() else { panic!("one") };
    assert!(unsupported.what.contains("`App`"), "{}", unsupported.what);
    assert_eq!((unsupported.element.as_str(), unsupported.place.line), ("App", 4));
    let choice = crate::ci_policy::author::Choice::default();
    let error = crate::ci_policy::author::author(&document, choice).unwrap_err().to_string();
    assert!(error.contains("`App`") && error.contains("line 4"), "{error}");
}
