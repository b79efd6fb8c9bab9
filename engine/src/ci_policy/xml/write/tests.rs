//! Strict out: what is written, and what is refused by name.

use portcullis_wire::Guid;
use portcullis_wire::ci_policy::{
    ArtifactAction, ArtifactKind, FileRuleKind, HashAlgId, OptionFlag, Scenario as ScenarioValue,
    WellknownRoot,
};

use super::*;
use crate::ci_policy::author::{Choice, author};
use crate::ci_policy::model::{
    AppSettings, ArtifactRule, Eku, FileRule, FileTime, Hotpatch, Label, References, Scenario,
    Setting, Signer, SignerReference, Version,
};
use crate::ci_policy::{binary, xml};

fn base() -> CiPolicy {
    let id = Guid([7; 16]);
    CiPolicy {
        format: Some(11),
        kind: PolicyKind::Base,
        type_id: Some(id),
        platform: wire::PLATFORM,
        policy_id: Some(id),
        base_policy_id: Some(id),
        version: Version(0x000a_0000_0001_0002),
        ..CiPolicy::default()
    }
}

/// What comes back when the XML of a policy is converted.
#[track_caller]
fn roundtrip(policy: &CiPolicy) -> String {
    let text = write(policy).unwrap_or_else(|error| panic!("{error}"));
    let document = xml::read(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    assert!(document.unsupported.is_empty(), "{:?}", document.unsupported);
    let authored = author(&document, Choice::default()).unwrap();
    let expected = binary::write(policy, policy.format.unwrap()).unwrap();
    assert!(authored.bytes == expected, "{text}");
    text
}

#[test]
fn roundtrip_text_that_xml_would_normalise() {
    let mut policy = base();
    for text in ["a\r\nb\tc\n", " \u{a0} ", "<&>\"'", "\u{e9}\u{1f600}", "]]>", ""] {
        let mut rule = FileRule::new(FileRuleKind::ALLOW);
        rule.file_name = (!text.is_empty()).then(|| text.to_owned());
        rule.app_ids = vec![text.to_owned()];
        policy.file_rules.push(rule);
        policy.settings.push(Setting {
            provider: text.to_owned(),
            key: text.to_owned(),
            value_name: text.to_owned(),
            value: SettingValue::String(text.to_owned()),
        });
    }
    roundtrip(&policy);
}

#[test]
fn roundtrip_what_the_schema_has_no_element_for() {
    let mut policy = base();
    policy.flags |= 0x0000_1200 | OptionFlag::AUDIT_MODE.0;
    policy.type_id = Some(Guid([8; 16]));
    policy.file_rules = vec![
        FileRule { minimum_version: Version::MAX, ..FileRule::new(FileRuleKind::ALLOW) },
        FileRule { minimum_version: Version::ZERO, ..FileRule::new(FileRuleKind::DENY) },
        FileRule { maximum_version: Version(9), ..FileRule::new(FileRuleKind::DENY) },
        FileRule { app_ids: vec!["$a".into(), String::new()], ..FileRule::new(FileRuleKind::DENY) },
    ];
    let text = roundtrip(&policy);
    assert!(text.contains("<?portcullis-ci-policy format=\"11\" unnamed-flags=\"0x00001200\"?>"));
    assert!(text.contains("<PolicyTypeID>{08080808-0808-0808-0808-080808080808}</PolicyTypeID>"));
}

#[test]
fn ids_follow_the_pattern_of_the_schema() {
    let mut policy = base();
    policy.ekus = vec![Eku { label: Label::default(), value: Eku::from_dotted("1.2.3").unwrap() }];
    policy.file_rules = [FileRuleKind::DENY, FileRuleKind::ALLOW, FileRuleKind::FILE_ATTRIB]
        .map(FileRule::new)
        .to_vec();
    policy.signers =
        vec![
            Signer { ekus: vec![0], ..Signer::new(Root::Wellknown(WellknownRoot::PRODUCT_2010)) };
            17
        ];
    policy.scenarios = [131, 12, 131, 5].map(|value| Scenario::new(ScenarioValue(value))).to_vec();
    let text = roundtrip(&policy);
    for id in [
        "ID_EKU_E_1\"",
        "ID_DENY_D_1\"",
        "ID_ALLOW_A_2\"",
        "ID_FILEATTRIB_F_3\"",
        "ID_SIGNER_S_11\"",
        "ID_SIGNINGSCENARIO_DRIVERS_1\"",
        "ID_SIGNINGSCENARIO_WINDOWS\"",
        "ID_SIGNINGSCENARIO_S_3\"",
        "ID_SIGNINGSCENARIO_S_4\"",
    ] {
        assert!(text.contains(&format!("ID=\"{id}")), "{id}: {text}");
    }
    assert!(text.contains("Name=\"Microsoft Root Certificate Authority 2010\""));
}

/// Each of these is a legal binary that no XML can say.
type Case = (fn(&mut CiPolicy), &'static str);

const REFUSED: &[Case] = &[
    (|policy| policy.flags = 0, "Rules"),
    (|policy| policy.flags |= wire::FLAG_SUPPLEMENTAL, "PolicyType"),
    (|policy| policy.later_sections = vec![12, 0, 0, 0], "formatVersion"),
    (
        |policy| {
            policy.app_settings.push(AppSettings { manifest: String::new(), settings: vec![] });
        },
        "AppSettings",
    ),
    (|policy| policy.file_rules[0].file_name = Some("\u{1}".into()), "FileName"),
    (|policy| policy.signers[0].root = Root::Wellknown(WellknownRoot(256)), "CertRoot"),
    (|policy| policy.signers[1].sign_time_after = FileTime(-1), "SignTimeAfter"),
    (|policy| policy.scenarios[0].value = ScenarioValue(256), "SigningScenario"),
    (|policy| policy.scenarios[0].minimum_hash = HashAlgId(0), "MinimumHashAlgorithm"),
    (|policy| policy.scenarios[0].inherited = vec![0], "InheritedScenarios"),
    (|policy| policy.eku_exceptions = vec![References { signer: 0, to: vec![] }], "CertEKU"),
    (
        |policy| {
            policy.signer_artifacts =
                vec![References { signer: 1, to: vec![0] }, References { signer: 0, to: vec![0] }];
        },
        "ArtifactRuleRef",
    ),
    (|policy| policy.hotpatches.push(policy.hotpatches[0]), "RequireHotpatchID"),
    (|policy| policy.file_rules[0].kind = FileRuleKind::DENY, "RequireHotpatchID"),
    (
        |policy| {
            policy.hotpatches.push(Hotpatch {
                base: 1,
                maximum_sequence: 7,
                ..policy.hotpatches[0]
            });
        },
        "MinimumHotpatchSequence",
    ),
    (
        |policy| {
            policy.artifact_rules.push(ArtifactRule {
                label: Label::default(),
                kind: ArtifactKind::CIM,
                action: ArtifactAction::DENY,
                name: None,
                description: None,
                minimum_version: Version::ZERO,
                maximum_version: Version::MAX,
                hash: vec![1],
            });
        },
        "ArtifactHash",
    ),
    (|policy| policy.settings.push(Setting::boolean("\0", "", "")), "Provider"),
];

#[test]
fn what_the_xml_cannot_say_is_refused_by_name() {
    let broken = |change: fn(&mut CiPolicy)| {
        let mut policy = base();
        policy.signers = vec![Signer::new(Root::Tbs(vec![0; 32])); 2];
        policy.file_rules = vec![FileRule::new(FileRuleKind::ALLOW); 2];
        policy.scenarios = vec![Scenario::new(ScenarioValue::USER)];
        policy.hotpatches =
            vec![Hotpatch { base: 0, hotpatch: 1, minimum_sequence: 0, maximum_sequence: 1 }];
        roundtrip(&policy);
        change(&mut policy);
        write(&policy).unwrap_err().what
    };
    for (change, what) in REFUSED {
        assert_eq!(broken(*change), *what);
    }
}

#[test]
fn groups_and_exceptions_are_written_where_the_schema_wants_them() {
    let mut policy = base();
    policy.signers = vec![Signer::new(Root::Tbs(vec![1]))];
    policy.file_rules = vec![FileRule::new(FileRuleKind::DENY), FileRule::new(FileRuleKind::ALLOW)];
    let mut scenario = Scenario::new(ScenarioValue::KERNEL);
    scenario.product.allowed = vec![SignerReference { signer: 0, except: vec![0] }];
    scenario.test_signing.denied = vec![SignerReference { signer: 0, except: vec![1] }];
    policy.scenarios = vec![scenario];
    policy.supplemental_signers = vec![0];
    let text = roundtrip(&policy);
    let product = text.find("<ProductSigners>").unwrap();
    let test_signing = text.find("<TestSigningSigners>").unwrap();
    assert!(product < test_signing && !text.contains("<TestSigners"));
    assert!(text.contains("<ExceptDenyRule DenyRuleID=\"ID_DENY_D_1\" />"));
    assert!(text.contains("<ExceptAllowRule AllowRuleID=\"ID_ALLOW_A_2\" />"));
}
