//! What the converter fills in, and what it refuses.

use portcullis_wire::ci_policy::OptionFlag;

use super::*;
use crate::ci_policy::xml;

const UNSIGNED: &str =
    "<Rules><Rule><Option>Enabled:Unsigned System Integrity Policy</Option></Rule></Rules>";

fn policy(kind: &str, body: &str) -> String {
    format!(
        "<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\"{kind}>\n\
         <VersionEx>1.0.0.0</VersionEx>{body}</SiPolicy>"
    )
}

fn convert(text: &str, format: u32) -> Result<Authored, XmlError> {
    let choice = Choice { format: Some(format), order: None };
    author(&xml::read(text)?, choice)
}

#[track_caller]
fn refused(kind: &str, body: &str, expected: &str) {
    let error = convert(&policy(kind, body), 9).unwrap_err().to_string();
    assert!(error.contains(expected), "{body}: {error}");
}

fn guid(byte: u8) -> Guid {
    Guid([byte; 16])
}

fn id(name: &str, byte: u8) -> String {
    format!("<{name}>{{{}}}</{name}>", guid(byte))
}

#[test]
fn ids_that_are_missing_are_filled_in() {
    let (type_id, policy_id) = (id("PolicyTypeID", 1), id("PolicyID", 2));
    let base_id = id("BasePolicyID", 3);
    for (given, expected) in [
        (String::new(), [wire::ENTERPRISE; 3]),
        (type_id.clone(), [guid(1); 3]),
        (policy_id.clone(), [guid(2); 3]),
        ([policy_id.clone(), base_id.clone()].concat(), [guid(3), guid(2), guid(3)]),
        ([type_id, policy_id, base_id].concat(), [guid(3), guid(2), guid(3)]),
    ] {
        let found = convert(&policy("", &[UNSIGNED, &given].concat()), 7).unwrap().policy;
        let ids = [found.type_id, found.policy_id, found.base_policy_id];
        assert_eq!(ids, expected.map(Some), "{given}");
    }
}

#[test]
fn the_choice_comes_before_the_origin_and_the_origin_before_the_default() {
    let authored = policy("", UNSIGNED);
    let decoded = format!("<?portcullis-ci-policy format=\"8\"?>{authored}");
    let chosen = |text: &str, format, order| {
        let authored = author(&xml::read(text).unwrap(), Choice { format, order }).unwrap();
        (authored.format, authored.order)
    };
    assert_eq!(chosen(&authored, None, None), (7, TieOrder::Introsort));
    assert_eq!(chosen(&decoded, None, None), (8, TieOrder::Stored));
    let (format, order) = (Some(9), Some(TieOrder::Legacy));
    assert_eq!(chosen(&decoded, format, order), (9, TieOrder::Legacy));
    let document = xml::read(&authored).unwrap();
    let proven = [7, 8, 9].map(|format| {
        author(&document, Choice { format: Some(format), order: None }).unwrap().is_proven()
    });
    assert_eq!(proven, [true, true, false]);
}

#[test]
fn a_policy_that_the_converter_would_refuse_is_refused_with_the_reason() {
    let supplemental = " PolicyType=\"Supplemental Policy\"";
    let ids = [id("PolicyID", 1), id("BasePolicyID", 2)].concat();
    let signer = "<Signers><Signer ID='S'><CertRoot Type='TBS' Value='00'/></Signer></Signers>";
    let update = "<UpdatePolicySigners><UpdatePolicySigner SignerId='S'/></UpdatePolicySigners>";
    let supplements =
        "<Rules><Rule><Option>Enabled:Allow Supplemental Policies</Option></Rule></Rules>";
    let rules = |rules: &str| [UNSIGNED, "<FileRules>", rules, "</FileRules>"].concat();
    let scenario = |id: &str, group: &str| {
        format!(
            "<SigningScenario ID='{id}' Value='12'><ProductSigners>{group}</ProductSigners></SigningScenario>"
        )
    };
    let scenarios = |list: &str| format!("<SigningScenarios>{list}</SigningScenarios>");
    let except = scenarios(&scenario(
        "A",
        "<AllowedSigners><AllowedSigner SignerId='S'><ExceptDenyRule DenyRuleID='R'/>\
         </AllowedSigner></AllowedSigners>",
    ));
    let allow = rules("<Allow ID='R'/>");
    let attrib = "<Signers><Signer ID='S'><CertRoot Type='TBS' Value='00'/>\
                  <FileAttribRef RuleID='R'/></Signer></Signers>";
    for (kind, body, expected) in [
        ("", "<Rules/>".to_owned(), "`UpdatePolicySigners` must say by whom [documented]"),
        ("", rules("<Allow ID='R' Hash='00' FileName='x'/>"), "line 2, column"),
        (
            "",
            rules("<Allow ID='R' MinimumFileVersion='2.0.0.0' MaximumFileVersion='1.0.0.0'/>"),
            "the highest version is below the lowest [one source]",
        ),
        (
            "",
            [UNSIGNED, &scenarios(&[scenario("A", ""), scenario("B", "")].concat())].concat(),
            "two scenarios have one value",
        ),
        (
            supplemental,
            [supplements, signer, update, &ids].concat(),
            "a supplemental policy allows supplemental policies",
        ),
        (supplemental, [UNSIGNED, &id("PolicyID", 1)].concat(), "names no base policy"),
        (supplemental, [UNSIGNED, &id("BasePolicyID", 1)].concat(), "has no `PolicyID` of its own"),
        ("", [supplements, signer, update].concat(), "`SupplementalPolicySigners`"),
        (
            "",
            [&allow, signer, &except].concat(),
            "`ExceptDenyRule` names `R`, which is no `Deny` rule",
        ),
        ("", [&allow, attrib].concat(), "`FileAttribRef` names `R`, which is no `FileAttrib`"),
        ("", rules("<Allow ID='R' RequireHotpatchID='R'/>"), "names its own rule"),
        ("", rules("<Allow ID='R' RequireHotpatchID='D'/><Deny ID='D'/>"), "does not allow"),
        (
            "",
            rules(
                "<Allow ID='R' RequireHotpatchID='A'/><Allow ID='A' RequireHotpatchID='B'/><Allow ID='B'/>",
            ),
            "requires another one",
        ),
        ("", [UNSIGNED, "<Unheard/>"].concat(), "the element `Unheard` is not supported"),
        (
            "",
            [UNSIGNED, "<AppSettings><App Manifest='https://a'/></AppSettings>"].concat(),
            "whose manifest lies outside",
        ),
    ] {
        refused(kind, &body, expected);
    }
}

/// A policy that was decoded is what Windows took once.
#[test]
fn a_decoded_policy_is_not_checked() {
    let text = policy("", "<Rules/>");
    assert!(convert(&text, 7).is_err());
    assert!(convert(&format!("<?portcullis-ci-policy format=\"7\"?>{text}"), 7).is_ok());
}

#[test]
fn an_error_of_the_format_stands_at_the_rule_that_needs_it() {
    let body = [
        UNSIGNED,
        "\n<FileRules><Allow ID='Z' FileName='z' RequireHotpatchID='A'/>",
        "<Allow ID='A' FileName='a'/></FileRules>",
    ]
    .concat();
    let text = convert(&policy("", &body), 8).unwrap_err().to_string();
    assert_eq!(text, "line 1, column 1, element `SiPolicy`: `RequireHotpatchID` needs format 9");
    let body = [UNSIGNED, "\n<FileRules><Deny ID='D' FilePath='x'/></FileRules>"].concat();
    let text = convert(&policy("", &body), 6).unwrap_err().to_string();
    assert_eq!(text, "line 3, column 12, element `Deny`: `FilePath` needs format 7");
}

#[test]
fn a_system_names_what_it_does_not_look_at() {
    let body = "<Rules><Rule><Option>Enabled:Unsigned System Integrity Policy</Option></Rule>\
        <Rule><Option>Enabled:Update Policy No Reboot</Option></Rule></Rules>\
        <FileRules><Allow ID='A' FilePath='a'/><Allow ID='B' FilePath='b' InternalName='b'/></FileRules>";
    let text = policy("", body);
    let policy = xml::read(&text).unwrap().policy;
    assert!(policy.has(OptionFlag::UPDATE_NO_REBOOT));
    let ignored = |target: Target| {
        let ignored = target.ignores(&policy);
        ignored.iter().map(|found| (found.what, found.count)).collect::<Vec<_>>()
    };
    let option = ("Enabled:Update Policy No Reboot", 0);
    assert_eq!(ignored(Target::Ws2016), [("InternalName", 1), ("FilePath", 2), option]);
    assert_eq!(ignored(Target::Ws2019), [("FilePath", 2)]);
    assert_eq!(ignored(Target::Ws2022), []);
    assert_eq!(ignored(Target::Ws2025), []);
    assert_eq!(Target::ALL.map(Target::format), [7, 7, 7, 9]);
    assert!(Target::ALL.iter().all(|target| Target::from_name(target.name()) == Some(*target)));
}
