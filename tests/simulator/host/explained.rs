//! Simulated Windows hosts, assessed and explained: each failing policy with its reason, and no
//! word that one language lacks. Two of the texts are kept whole.

use std::path::Path;

use portcullis_api::baseline::derive;
use portcullis_api::policy_set::{DumpKeyDoc, RegisteredBaselineDoc, RegisteredCiPolicyDoc};
use portcullis_api::request::{EvidenceDoc, RequestDoc};
use portcullis_api::text::hex;
use portcullis_api::{
    AssessmentDoc, BaselineDoc, BundleDoc, ExplanationDoc, Lang, PolicySetDoc, explain,
};
use portcullis_engine::crypto::{HashAlg, digest};
use portcullis_engine::finding::FindingCode;
use portcullis_engine::policy::PolicyName;
use portcullis_engine::wire::hgs::REASONS;
use portcullis_simulator::host::Authority;
use portcullis_simulator::spec::preset::{self, Expectation, Preset};
use portcullis_simulator::spec::{HostSpec, System};
use portcullis_tests::golden;

use super::start;

const SEED: u64 = 7;
const REFERENCE: &str = "dell-r740-ws2022";
const VERSION: &str = "v1";
const BASELINE: &str = "class-a";

/// What a service says of a preset that trusts what the preset says it does.
fn assess(preset: &Preset) -> AssessmentDoc {
    assess_host(preset.spec(), &preset.expect)
}

fn assess_host(spec: HostSpec, expect: &Expectation) -> AssessmentDoc {
    let started = start(spec.clone(), SEED);
    let reference = start(preset::find(REFERENCE).unwrap().spec(), SEED);
    let good = expect.baseline.map_or(spec, |name| preset::find(name).unwrap().spec());
    let baseline: BaselineDoc =
        derive(BASELINE, &[start(good, SEED).log()], "boot_chain", HashAlg::Sha256, 0).unwrap();
    let policy_version = VERSION.to_owned();
    let profile =
        if started.host.spec().boot.system == System::Windows { "hyper-v" } else { "linux" };
    let switch = |names: &'static [&str], state: &'static str| {
        names.iter().map(move |name| ((*name).to_owned(), state.to_owned()))
    };
    let set = PolicySetDoc {
        profile: profile.into(),
        policies: switch(expect.switched_off, "Disabled")
            .chain(switch(expect.switched_on, "Enabled"))
            .collect(),
        versions: vec![policy_version.clone()],
        baselines: vec![RegisteredBaselineDoc { policy_version: policy_version.clone(), baseline }],
        ci_policies: reference
            .host
            .code_integrity()
            .measured()
            .iter()
            .filter(|policy| policy.is_site_policy())
            .map(|policy| RegisteredCiPolicyDoc {
                policy_version: policy_version.clone(),
                name: "site".into(),
                policy_sha256: hex(&policy.digest),
            })
            .collect(),
        dump_keys: dump_keys(expect),
        windows_authorities: [Authority::WINDOWS_2011, Authority::WINDOWS_2023]
            .map(|authority| digest(HashAlg::Sha256, &[authority.der]).to_string())
            .into(),
        ..PolicySetDoc::default()
    };
    let evidence =
        EvidenceDoc { event_log: Some(started.log().to_vec().into()), ..EvidenceDoc::default() };
    let request = RequestDoc { evidence, ..RequestDoc::default() };
    BundleDoc::new(set, None, request).assess().unwrap()
}

/// The key that a host with this label encrypts to.
fn dump_keys(expect: &Expectation) -> Vec<DumpKeyDoc> {
    let key = |label: &&str| {
        let mut spec = preset::find("fails-no-dumps").unwrap().spec();
        spec.windows.dump_key = (*label).to_owned();
        let sha256 = start(spec, SEED).host.truth().dump_key_digest?;
        Some(DumpKeyDoc { name: (*label).to_owned(), sha256 })
    };
    expect.dump_keys.iter().filter_map(key).collect()
}

#[test]
fn a_host_that_fails_a_policy_is_given_the_reason_of_that_policy() {
    let mut reasons = Vec::new();
    for preset in preset::PRESETS {
        let assessment = assess(preset);
        let violated: Vec<_> =
            assessment.report.policies.iter().filter(|doc| doc.outcome == "violated").collect();
        let Some((policy, reason)) = preset.expect.fails else {
            assert!(violated.is_empty(), "{}: {violated:?}", preset.name);
            continue;
        };
        for doc in &violated {
            let expected = doc.name == policy || preset.expect.fails_too.contains(&&*doc.name);
            assert!(expected, "{}: {doc:?}", preset.name);
            assert!(!doc.reasons.is_empty(), "{}: {doc:?}", preset.name);
        }
        let doc = violated.iter().find(|doc| doc.name == policy);
        let doc = doc.unwrap_or_else(|| panic!("{}: {violated:?}", preset.name));
        let named = REASONS.iter().find(|known| known.name.trim_end_matches("Guid") == reason);
        let guid = named.unwrap_or_else(|| panic!("no reason {reason}")).guid.to_string();
        assert_eq!(doc.reasons, [guid], "{}", preset.name);
        reasons.push(reason);
    }
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), REASONS.len(), "each reason has a host: {reasons:?}");
}

#[test]
fn a_policy_finds_nothing_but_the_codes_that_its_documentation_lists() {
    for preset in preset::PRESETS {
        for finding in assess(preset).report.findings {
            let policy = match finding.rule.as_deref() {
                Some(BASELINE) => PolicyName::SecureBootSettings,
                Some(rule) => PolicyName::from_text(rule).unwrap(),
                None => continue,
            };
            let code = FindingCode::from_text(&finding.code).unwrap();
            assert!(policy.findings().contains(&code), "{}: {policy} found {code}", preset.name);
        }
    }
}

/// The sub-status of the assessment's explanation is that of the policy that fails alone.
#[test]
fn what_a_host_would_be_told_names_the_policy_that_fails_it() {
    for preset in preset::PRESETS {
        let explanation = explain::assessment(&assess(preset), Lang::En);
        let Some((policy, _)) = preset.expect.fails else {
            assert_eq!(explanation.status, "Passed", "{}", preset.name);
            continue;
        };
        let policy = PolicyName::from_text(policy).unwrap();
        assert_eq!(explanation.status, "InsecureHostConfiguration", "{}", preset.name);
        assert_eq!(explanation.sub_status, policy.sub_status(), "{}", preset.name);
    }
}

/// Words that English prose cannot do without.
const ENGLISH: [&str; 11] =
    ["the", "is", "are", "was", "of", "not", "one", "an", "registered", "measured", "entries"];

fn is_english(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| ENGLISH.contains(&word))
}

#[test]
fn a_japanese_explanation_has_no_english_in_it() {
    let mut texts_count = 0;
    for preset in preset::PRESETS {
        let stored = serde_json::to_string(&assess(preset)).unwrap();
        let ExplanationDoc { summary, consequence, remarks, findings, tracks, unbound, .. } =
            explain::document(stored.as_bytes(), Lang::Ja).unwrap();
        let mut texts = vec![summary, consequence];
        texts.extend(remarks.into_iter().flat_map(|remark| [remark.label, remark.text]));
        texts.extend(tracks.into_iter().map(|track| track.text));
        texts.extend(unbound.into_iter().flat_map(|unbound| [unbound.artefact, unbound.reason]));
        texts.extend(findings.into_iter().flat_map(|finding| {
            let facts = finding.expected.into_iter().chain(finding.found);
            facts.chain([finding.subject, finding.meaning, finding.consequence, finding.remedy])
        }));
        for text in &texts {
            assert!(!is_english(text), "{}: {text}", preset.name);
        }
        texts_count += texts.len();
    }
    assert!(texts_count > 300, "only {texts_count} texts");
}

#[test]
fn golden_texts_of_windows_hosts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/explained");
    let mut several = preset::find(REFERENCE).unwrap().spec();
    several.windows.kernel_debug = true;
    several.windows.hibernation = true;
    several.windows.test_signing = true;
    several.secure_boot.dbx_entries = portcullis_simulator::spec::UpTo(371);
    let dbx = preset::find("fails-secure-boot-settings").unwrap().expect;
    for (name, assessment) in [
        ("fails-ci-policy", assess(preset::find("fails-ci-policy").unwrap())),
        ("fails-vsm-running", assess(preset::find("fails-vsm-running").unwrap())),
        ("fails-several", assess_host(several, &dbx)),
    ] {
        for lang in Lang::ALL {
            let text = explain::assessment(&assessment, lang).text();
            golden::check(&folder.join(format!("{name}.{lang}.txt")), &text);
        }
    }
}
