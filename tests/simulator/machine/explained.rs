//! What an administrator is told of simulated machines: each failing policy with the reason of
//! HGS, and no word that one language lacks. Some of the texts are kept whole.

use std::path::Path;

use portcullis_api::{BundleDoc, ExplanationDoc, Lang, ResultDoc, explain};
use portcullis_engine::finding::FindingCode;
use portcullis_engine::policy::PolicyName;
use portcullis_engine::wire::hgs::REASONS;
use portcullis_simulator::spec::UpTo;
use portcullis_simulator::spec::preset::{self, PRESETS, Preset};
use portcullis_simulator::tpm::EkTemplate;
use portcullis_tests::golden;

use super::service::{Version, challenge};
use super::{of_preset, started};

const SEED: u64 = 7;
const EK: EkTemplate = EkTemplate::P256;

fn bundle(preset: &Preset) -> BundleDoc {
    challenge(&mut of_preset(preset.name, EK, SEED), &preset.expect, Version::V2)
}

fn appraise(preset: &Preset) -> ResultDoc {
    bundle(preset).appraise().unwrap()
}

#[test]
fn a_host_that_fails_a_policy_is_given_the_reason_of_that_policy() {
    let mut given = Vec::new();
    for preset in PRESETS {
        let result = appraise(preset);
        for doc in &result.report.policies {
            let policy = PolicyName::from_text(&doc.name).unwrap();
            let known: Vec<String> =
                policy.reasons().iter().map(|reason| reason.guid.to_string()).collect();
            assert_eq!(doc.reasons.is_empty(), doc.outcome != "violated", "{}", preset.name);
            assert!(doc.reasons.iter().all(|guid| known.contains(guid)), "{}", preset.name);
        }
        let Some((policy, reason)) = preset.expect.fails else { continue };
        let doc = result.report.policies.iter().find(|doc| doc.name == policy).unwrap();
        let named = REASONS.iter().find(|known| known.name.trim_end_matches("Guid") == reason);
        let guid = named.unwrap_or_else(|| panic!("no reason {reason}")).guid.to_string();
        assert_eq!(doc.reasons, [guid], "{}", preset.name);
        given.push(reason);
    }
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), REASONS.len(), "each reason has a host: {given:?}");
}

#[test]
fn a_policy_finds_nothing_but_the_codes_that_its_documentation_lists() {
    for preset in PRESETS {
        for finding in appraise(preset).report.findings {
            let Some(rule) = &finding.rule else { continue };
            // A baseline asks under its own name, on behalf of its policy.
            let policy = PolicyName::from_text(rule).unwrap_or(PolicyName::SecureBootSettings);
            let code = FindingCode::from_text(&finding.code).unwrap();
            assert!(policy.findings().contains(&code), "{}: {policy} found {code}", preset.name);
        }
    }
}

/// An assessment has no status of its own: its explanation names the one that would follow.
#[test]
fn the_explanation_of_an_assessment_names_the_status_of_the_appraisal() {
    for preset in PRESETS {
        let bundle = bundle(preset);
        let appraised = bundle.appraise().unwrap();
        let explained = explain::assessment(&bundle.assess().unwrap(), Lang::En);
        let told = (explained.status, explained.sub_status);
        assert_eq!(told, (appraised.status, appraised.sub_status), "{}", preset.name);
    }
}

/// Words that English prose cannot do without.
const ENGLISH: [&str; 11] =
    ["the", "is", "are", "was", "of", "not", "one", "an", "registered", "measured", "entries"];

fn is_english(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| ENGLISH.contains(&word))
}

#[test]
fn a_stored_result_is_explained_in_japanese_without_a_word_of_english() {
    let mut texts_count = 0;
    for preset in PRESETS {
        let stored = serde_json::to_vec(&bundle(preset).assess().unwrap()).unwrap();
        let explained = explain::document(&stored, Lang::Ja).unwrap();
        let change = explain::bundle(&bundle(preset), Lang::Ja).unwrap().smallest_change;
        let ExplanationDoc { summary, consequence, remarks, findings, tracks, unbound, .. } =
            explained;
        let mut texts = vec![summary, consequence];
        texts.extend(remarks.into_iter().flat_map(|remark| [remark.label, remark.text]));
        texts.extend(tracks.into_iter().map(|track| track.text));
        texts.extend(unbound.into_iter().flat_map(|unbound| [unbound.artefact, unbound.reason]));
        texts.extend(findings.into_iter().flat_map(|finding| {
            let facts = finding.expected.into_iter().chain(finding.found);
            facts.chain([finding.subject, finding.meaning, finding.consequence, finding.remedy])
        }));
        let changes = change.into_iter().flat_map(|change| change.changes);
        texts.extend(changes.flat_map(|change| [change.target, change.cost]));
        for text in &texts {
            assert!(!is_english(text), "{}: {text}", preset.name);
        }
        texts_count += texts.len();
    }
    assert!(texts_count > 300, "only {texts_count} texts");
}

/// Several things at once: debugger, hibernation, test signing, more entries in dbx.
fn several() -> BundleDoc {
    let expect = preset::find("fails-secure-boot-settings").unwrap().expect;
    let mut spec = preset::dell_r740_ws2022();
    spec.tpm.ek = EK;
    spec.windows.kernel_debug = true;
    spec.windows.hibernation = true;
    spec.windows.test_signing = true;
    spec.secure_boot.dbx_entries = UpTo(371);
    challenge(&mut started(spec, SEED), &expect, Version::V2)
}

/// A digest is never broken, so that it can be copied.
fn holds_digest(line: &str) -> bool {
    line.split(' ').any(|word| word.len() == 64)
}

fn columns(line: &str) -> usize {
    line.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

#[test]
fn golden_explanations_of_windows_hosts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/explained");
    let of_preset = |name| bundle(preset::find(name).unwrap());
    for (name, bundle) in [
        ("dell-r740-ws2022", of_preset("dell-r740-ws2022")),
        ("fails-ci-policy", of_preset("fails-ci-policy")),
        ("fails-secure-boot-enabled", of_preset("fails-secure-boot-enabled")),
        ("fails-vsm-running", of_preset("fails-vsm-running")),
        ("fails-several", several()),
    ] {
        for lang in Lang::ALL {
            let text = explain::bundle(&bundle, lang).unwrap().text();
            golden::check(&folder.join(format!("{name}.{lang}.txt")), &text);
            for line in text.lines().filter(|line| !holds_digest(line)) {
                assert!(columns(line) <= 100, "{name}: {line}");
            }
        }
    }
}

/// No policy asks for these; the baseline of such a host has them, and it passes.
#[test]
fn what_firmware_says_of_its_own_weakness_is_a_warning_at_the_bytes_that_say_it() {
    let preset = preset::find("lenovo-ws2025-2023ca").unwrap();
    let mut spec = preset.spec();
    spec.tpm.ek = EK;
    spec.firmware.dma_protection = false;
    spec.firmware.security_downgraded = true;
    let mut machine = started(spec, SEED);
    let bundle = challenge(&mut machine, &preset.expect, Version::V2);
    let result = bundle.appraise().unwrap();
    assert_eq!(result.status, "Passed");
    let log = &bundle.request.evidence.event_log.as_ref().unwrap().0;
    for (code, said) in [
        ("DMA-PROTECTION-DISABLED", "DMA Protection Disabled"),
        ("SECURITY-LEVEL-DOWNGRADED", "Security Level is Downgraded to 0"),
    ] {
        let mut named = result.report.findings.iter().filter(|finding| finding.code == code);
        let finding = named.next().unwrap();
        assert_eq!((finding.tier.as_str(), finding.found.as_deref()), ("warning", Some(said)));
        let place = &finding.because[0];
        assert_eq!(&log[place.offset..place.offset + place.size], said.as_bytes());
        assert_eq!((place.pcr, named.count()), (Some(7), 0), "once");
    }
    let healthy = appraise(preset).report.findings;
    assert!(healthy.iter().all(|finding| !finding.code.contains("DOWNGRADED")));
}

/// Evidence that breaks at every byte where that changes the reason: no reason stays English.
#[test]
fn the_details_of_decoding_errors_are_told_in_japanese_too() {
    let whole = bundle(preset::find("dell-r740-ws2022").unwrap());
    let mut told = std::collections::BTreeSet::new();
    let mut check = |bundle: &BundleDoc| {
        let explained = explain::assessment(&bundle.assess().unwrap(), Lang::Ja);
        for finding in explained.findings {
            for fact in finding.expected.into_iter().chain(finding.found) {
                assert!(!is_english(&fact), "{}: {fact}", finding.code);
                told.extend(fact.contains("バイト").then_some(fact));
            }
        }
    };
    for cut in (0..400).step_by(7) {
        let mut bundle = whole.clone();
        let evidence = &mut bundle.request.evidence;
        evidence.event_log.as_mut().unwrap().0.truncate(cut * 4);
        evidence.ek_public.as_mut().unwrap().0.truncate(cut);
        evidence.ek_certificate.as_mut().unwrap().0.truncate(cut);
        evidence.ak_public.as_mut().unwrap().0.truncate(cut);
        check(&bundle);
        let mut bundle = whole.clone();
        let certificate = &mut bundle.request.evidence.ek_certificate.as_mut().unwrap().0;
        let place = cut % certificate.len();
        certificate[place] ^= 0x1f;
        check(&bundle);
        bundle.request.evidence.ek_public = None;
        let identifier = format!("<PlatformIdentifier>{}", "<a>".repeat(cut));
        bundle.request.evidence.platform_identifier = Some(identifier.into_bytes().into());
        check(&bundle);
    }
    assert!(told.len() > 50, "only {} reasons", told.len());
}
