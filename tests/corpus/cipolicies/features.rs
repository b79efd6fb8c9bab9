//! XML that touches every element of the schemas, and Microsoft's example policies.

use portcullis_engine::ci_policy::author::{Choice, author};
use portcullis_engine::ci_policy::model::{CiPolicy, Label, SettingValue};
use portcullis_engine::ci_policy::order::TieOrder;
use portcullis_engine::ci_policy::xml::XmlReason;
use portcullis_engine::ci_policy::{self, binary, wellknown, xml};
use portcullis_engine::formats::Input;
use portcullis_engine::wire::ci_policy::WellknownRoot;
use portcullis_tests::corpus::{read, read_json};

use super::{convert, corpus, files};

/// The policy as a binary of its format would hold it: without labels.
fn bare(policy: &CiPolicy) -> CiPolicy {
    let mut policy = policy.clone();
    policy.friendly_name = None;
    policy.ekus.iter_mut().for_each(|eku| eku.label = Label::default());
    policy.file_rules.iter_mut().for_each(|rule| rule.label = Label::default());
    policy.artifact_rules.iter_mut().for_each(|rule| rule.label = Label::default());
    policy.signers.iter_mut().for_each(|signer| signer.label = Label::default());
    policy.scenarios.iter_mut().for_each(|scenario| scenario.label = Label::default());
    policy
}

#[test]
fn a_policy_that_uses_every_element_is_written_in_format_11_and_comes_back() {
    let Some(folder) = corpus() else { return };
    let bytes = read(&folder.join("xml_feature_tests/FullCoverage.Base.xml"));
    let authored = convert(&bytes, 11, TieOrder::Introsort).unwrap_or_else(|e| panic!("{e}"));
    assert!(!authored.is_proven());
    let policy = binary::read(Input::new(&authored.bytes)).unwrap();
    assert_eq!(policy, bare(&authored.policy));
    let counts = [
        policy.ekus.len(),
        policy.file_rules.len(),
        policy.artifact_rules.len(),
        policy.signers.len(),
        policy.scenarios.len(),
        policy.hotpatches.len(),
        policy.signer_artifacts.len(),
        policy.eku_exceptions.len(),
    ];
    assert_eq!(counts, [2, 16, 4, 4, 2, 1, 2, 1]);
    // Four settings, two tags, DLLs, one option that is a setting.
    assert_eq!(policy.settings.len(), 8);
    let text = policy.settings.iter().find_map(|setting| match &setting.value {
        SettingValue::String(text) if setting.provider == "Provider.String" => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(text, Some("String value with XML characters <>& and Unicode snowman"));

    let xml_text = xml::write(&policy).unwrap();
    let again = author(&xml::read(&xml_text).unwrap(), Choice::default()).unwrap();
    assert!(again.bytes == authored.bytes, "the way through XML");
}

#[test]
fn what_a_format_cannot_hold_is_refused_by_name_and_place() {
    let Some(folder) = corpus() else { return };
    let bytes = read(&folder.join("xml_feature_tests/FullCoverage.Base.xml"));
    for (format, what) in [
        (7, "RequireHotpatchID"),
        (8, "RequireHotpatchID"),
        (9, "ArtifactRules"),
        (10, "CertEKU Condition"),
    ] {
        let error = convert(&bytes, format, TieOrder::Introsort).unwrap_err();
        match &error.reason {
            XmlReason::Format(need) => assert_eq!((need.what, need.format > format), (what, true)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tagging_and_supplemental_policies_get_what_the_converter_adds() {
    let Some(folder) = corpus() else { return };
    let file =
        |name: &str| read(&folder.join(format!("xml_feature_tests/FullCoverage.{name}.xml")));
    let tagging = convert(&file("AppIDTagging"), 7, TieOrder::Introsort).unwrap().policy;
    assert_eq!(tagging.flags, 0x8389_0004);
    assert_eq!(tagging.ci_signers, [0]);
    let names: Vec<_> =
        tagging.settings.iter().map(|setting| setting.value_name.as_str()).collect();
    assert_eq!(names, ["AppId.Tag.One", "AppId.Tag.Two", "DefaultPolicy", "EnforceDLL"]);
    let supplemental = convert(&file("Supplemental"), 7, TieOrder::Introsort).unwrap().policy;
    assert_eq!(supplemental.flags, 0xc008_0004);
    assert_eq!(supplemental.type_id, supplemental.base_policy_id);
    assert_ne!(supplemental.policy_id, supplemental.base_policy_id);
}

/// Files that are no valid policy as they stand, with a word of the reason.
const REFUSED: &[(&str, &str)] = &[
    ("WDACme_208e0b1.xml", "line 158, column 11"),
    ("WDACme_55542b4.xml", "`UpdatePolicySigners` must say by whom"),
];

#[test]
fn every_example_policy_converts_in_every_format_and_means_the_same_behind_it() {
    let Some(folder) = corpus() else { return };
    for (name, bytes) in files(&folder, &["xml"]) {
        if name.starts_with("xml_feature_tests") {
            continue;
        }
        let refused = REFUSED.iter().find(|(refused, _)| name.ends_with(refused));
        for format in [7, 8, 9] {
            let authored = convert(&bytes, format, TieOrder::Introsort);
            let authored = match (authored, refused) {
                (Ok(authored), None) => authored,
                (Err(error), Some((_, why))) => {
                    assert!(error.to_string().contains(why), "{name}: {error}");
                    continue;
                }
                (Ok(_), Some(_)) => panic!("{name} converts"),
                (Err(error), None) => panic!("{name}: {error}"),
            };
            let policy = binary::read(Input::new(&authored.bytes)).unwrap();
            assert_eq!(policy.format, Some(format));
            assert!(ci_policy::diff::diff(&policy, &authored.policy).is_empty(), "{name}");
        }
    }
}

#[test]
fn built_in_roots_have_the_keys_of_the_corpus_and_not_those_of_the_page() {
    let Some(folder) = corpus() else { return };
    let roots = read_json(&folder.join("wellknown_roots.json"));
    let roots = roots.as_array().unwrap();
    assert_eq!(roots.len(), wellknown::KEYS.len());
    for root in roots {
        let number = u32::from_str_radix(root["id"].as_str().unwrap(), 16).unwrap();
        let known = wellknown::key_of(WellknownRoot(number)).unwrap();
        let hex: String = known.spki_sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, root["spki_sha256"].as_str().unwrap(), "{number:02x}");
    }
}
