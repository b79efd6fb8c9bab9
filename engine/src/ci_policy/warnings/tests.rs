//! One policy for each warning, and none for a policy that deserves none.

use super::*;
use crate::ci_policy::author::{Choice, Target, author};
use crate::ci_policy::{file, xml};

fn policy(kind: &str, options: &[&str], body: &str) -> String {
    let options: String =
        options.iter().map(|name| format!("<Rule><Option>{name}</Option></Rule>")).collect();
    format!(
        "<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\"{kind}><VersionEx>1.0.0.0</VersionEx>\
         <PlatformID>{{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}}</PlatformID>\
         <Rules>{options}</Rules>{body}</SiPolicy>"
    )
}

const UNSIGNED: &str = "Enabled:Unsigned System Integrity Policy";
const UMCI: &str = "Enabled:UMCI";
const SIGNERS: &str = "<Signers><Signer ID='S'><CertRoot Type='Wellknown' Value='06'/></Signer>\
    <Signer ID='T'><CertRoot Type='Wellknown' Value='0A'/></Signer></Signers>\
    <UpdatePolicySigners><UpdatePolicySigner SignerId='S'/></UpdatePolicySigners>";

fn scenario(value: u8, group: &str) -> String {
    format!(
        "<SigningScenarios><SigningScenario ID='A' Value='{value}'><ProductSigners>{group}\
         </ProductSigners></SigningScenario></SigningScenarios>"
    )
}

fn allowed(signer: &str) -> String {
    scenario(12, &format!("<AllowedSigners><AllowedSigner SignerId='{signer}'/></AllowedSigners>"))
}

fn codes(warnings: &[Warning]) -> Vec<WarningCode> {
    warnings.iter().map(|warning| warning.code).collect()
}

fn of_text(text: &str) -> Vec<WarningCode> {
    codes(&of_file(&file::read(text.as_bytes()).unwrap()))
}

#[test]
fn a_strict_policy_has_no_warning() {
    assert_eq!(of_text(&policy("", &[UMCI], &[SIGNERS, &allowed("S")].concat())), []);
}

#[test]
fn what_a_policy_lets_happen_is_told() {
    use WarningCode as W;
    let strict = [SIGNERS, &allowed("S")].concat();
    let refers = "<FileRulesRef><FileRuleRef RuleID='R'/></FileRulesRef>";
    let with_rule = |rule: &str| {
        [&format!("<FileRules>{rule}</FileRules>"), SIGNERS, &scenario(131, refers)].concat()
    };
    for (options, body, expected) in [
        (vec![UMCI, "Enabled:Audit Mode"], strict.clone(), W::AuditMode),
        (vec![UMCI, "Enabled:Update Policy No Reboot"], strict.clone(), W::UpdateNoReboot),
        (vec![UMCI, UNSIGNED], strict.clone(), W::UnsignedAllowed),
        (vec![UMCI, "Enabled:Allow Supplemental Policies"], strict.clone(), W::SupplementalAllowed),
        (vec![], [SIGNERS, &allowed("S")].concat(), W::UserModeUnchecked),
        (vec![UMCI], [SIGNERS, &allowed("T")].concat(), W::TestRoot),
        (vec![UMCI], with_rule("<Allow ID='R' FileName='*'/>"), W::AllowAll),
        (vec![UMCI], with_rule("<Allow ID='R' FilePath='*'/>"), W::AllowAll),
        (vec![UMCI], with_rule("<Deny ID='R' FileName='*'/>"), W::BlocksAll),
        (vec![UMCI], [SIGNERS, &scenario(12, "")].concat(), W::BlocksAll),
        (vec![UMCI], [&strict, "<Unheard/>"].concat(), W::Unsupported),
    ] {
        let found = of_text(&policy("", &options, &body));
        assert_eq!(found, [expected], "{options:?} {body}");
    }
    for rule in [
        "<Allow ID='R' FileName='a*'/>",
        "<Allow ID='R' FileName='*' MinimumFileVersion='1.0.0.0'/>",
        "<Allow ID='R' FileName='*' AppIDs='x'/>",
        "<Allow ID='R' FileName='*' ProductName='x'/>",
    ] {
        assert_eq!(of_text(&policy("", &[UMCI], &with_rule(rule))), [], "{rule}");
    }
}

#[test]
fn what_has_no_effect_in_a_supplemental_policy_is_told() {
    let kind = " PolicyType='Supplemental Policy'";
    let deny = "<FileRules><Deny ID='R' FileName='x'/></FileRules>";
    let refers = scenario(12, "<FileRulesRef><FileRuleRef RuleID='R'/></FileRulesRef>");
    let found = of_text(&policy(kind, &[UNSIGNED, UMCI], &[deny, &refers].concat()));
    use WarningCode as W;
    assert_eq!(found, [W::UnsignedAllowed, W::SupplementalDeny, W::SupplementalOption]);
}

#[test]
fn a_binary_that_must_be_signed_and_is_not_is_told() {
    let text = policy("", &[UMCI], &[SIGNERS, &allowed("S")].concat());
    let authored = author(&xml::read(&text).unwrap(), Choice::default()).unwrap();
    let read = |bytes: &[u8]| codes(&of_file(&file::read(bytes).unwrap()));
    assert_eq!(read(&authored.bytes), [WarningCode::NotSigned]);
    let mut without = authored.policy.clone();
    without.update_signers.clear();
    without.flags |= 0x200;
    let bytes = crate::ci_policy::binary::write(&without, 7).unwrap();
    use WarningCode as W;
    assert_eq!(read(&bytes), [W::UnnamedFlags, W::NotSigned, W::UpdateSignersMissing]);
}

#[test]
fn a_conversion_tells_what_its_digest_hangs_on() {
    use WarningCode as W;
    let tied = "<FileRules><Allow ID='A' FileName='a' MinimumFileVersion='1.0.0.0'/>\
        <Allow ID='B' FileName='a'/></FileRules>";
    let ids = "<PolicyTypeID>{A244370E-44C9-4C06-B551-F6016E563076}</PolicyTypeID>";
    let unproven = "<Signers><Signer ID='S' SignTimeAfter='2024-01-02T03:04:05Z'>\
        <CertRoot Type='TBS' Value='00'/></Signer></Signers>";
    let found = |body: &str, format, target| {
        let text = policy("", &[UNSIGNED], body);
        let document = xml::read(&text).unwrap();
        let authored = author(&document, Choice { format, order: None }).unwrap();
        of_conversion(&document, &authored, target)
    };
    assert_eq!(codes(&found("", None, None)), []);
    assert_eq!(codes(&found(tied, None, None)), [W::OrderTied]);
    assert_eq!(codes(&found("", Some(9), None)), [W::FormatUnproven]);
    assert_eq!(codes(&found(ids, None, None)), [W::PolicyTypeId]);
    let warnings = found(unproven, None, Some(Target::Ws2016));
    assert_eq!(codes(&warnings), [W::ContentUnproven, W::IgnoredByTarget]);
    assert!(warnings[1].to_string().ends_with(": `SignTimeAfter` (1 times) on ws2016 [inferred]"));
}

#[test]
fn texts_and_codes_are_unique_and_say_what_speaks_for_them() {
    for (index, code) in WarningCode::ALL.iter().enumerate() {
        assert!(code.text().starts_with("CI-"));
        assert!(WarningCode::ALL.iter().skip(index + 1).all(|other| other.text() != code.text()));
        let warning = Warning::new(*code, "detail").to_string();
        assert_eq!(warning, format!("{}: detail [{}]", code.meaning(), code.evidence()));
    }
}
