//! W1 to W9: the three artefacts, their versions, and the identifier of each host.

use portcullis_simulator::host::IdentifierEncoding;
use portcullis_simulator::machine::MachineError;
use portcullis_simulator::pki::Flaw;
use portcullis_simulator::spec::preset;
use portcullis_simulator::tpm::EkTemplate;

use super::*;

#[test]
fn w1_a_host_is_guarded_by_three_known_artefacts_and_by_no_fewer() {
    for track in TRACKS {
        let mut machine = host(101, &[]);
        let bundle = ask(&mut machine, track);
        passes(&bundle);
        let mut without = bundle.clone();
        without.host = None;
        fails_by(&without, "EK-NOT-REGISTERED");
        let mut without = bundle.clone();
        without.policy_set.baselines.clear();
        fails_by(&without, "BASELINE-MISSING");
        let mut without = bundle.clone();
        without.policy_set.ci_policies.clear();
        fails_by(&without, "CI-POLICY-MISSING");
    }
}

#[test]
fn w2_what_was_captured_on_a_reference_host_serves_its_whole_class() {
    for track in TRACKS {
        let rules = ask(&mut host(102, &[]), track).policy_set;
        for seed in 103..106 {
            let mut bundle = ask(&mut host(seed, &[]), track);
            bundle.policy_set = rules.clone();
            passes(&bundle);
        }
        let mut other = of_preset_class("dell-r640-ws2019", 107, track);
        other.policy_set = rules;
        assert_eq!(appraise(&other).sub_status, "SecureBootSettings", "another class");
    }
}

/// A host of another class, asked under its own rules.
fn of_preset_class(class: &str, seed: u64, track: Version) -> BundleDoc {
    let preset = preset::find(class).unwrap();
    let mut spec = preset.spec();
    spec.tpm.ek = EkTemplate::P256;
    challenge(&mut started(spec, seed), &preset.expect, track)
}

fn with_flaw(seed: u64, flaw: Flaw) -> Machine {
    let mut spec = preset::find(CLASS).unwrap().spec();
    (spec.tpm.ek, spec.tpm.ek_flaws) = (EkTemplate::P256, vec![flaw]);
    started(spec, seed)
}

/// What `-Force` overrides in v1, nothing overrides in v2: the registration is there, and the
/// certificate is asked for all the same.
#[test]
fn w3_an_ek_without_a_trusted_certificate_attests_as_v1_and_never_as_v2() {
    for (flaw, code) in
        [(Flaw::Missing, "EK-CERTIFICATE-MISSING"), (Flaw::UntrustedRoot, "EK-CHAIN-UNTRUSTED")]
    {
        let mut machine = with_flaw(108, flaw);
        fails_by(&ask(&mut machine, Version::V2), code);
        let bundle = ask(&mut machine, Version::V1);
        passes(&bundle);
        assert_eq!(appraise(&bundle).report.hardware, "unproven");
    }
}

#[test]
fn w3_v1_can_be_off_as_a_whole() {
    let mut bundle = ask(&mut host(109, &[]), Version::V1);
    bundle.policy_set.versions = vec!["v2".into()];
    fails_by(&bundle, "EK-CERTIFICATE-MISSING");
    let tracks = appraise(&bundle).report.tracks;
    assert!(tracks.iter().all(|track| track.version == "v2"), "{tracks:?}");
}

/// Identifier, baseline and policy in every combination of versions, where both are accepted.
#[test]
fn w4_artefacts_go_together_only_in_one_version_and_the_other_one_is_named() {
    let versions = ["v2", "v1"];
    let trusted = ask(&mut host(110, &[]), Version::V2);
    for identifier in versions {
        for baseline in versions {
            for policy in versions {
                let mut bundle = trusted.clone();
                bundle.policy_set.versions = versions.map(Into::into).into();
                register(&mut bundle, &[identifier], &[baseline], &[policy]);
                let label = format!("{identifier}, {baseline}, {policy}");
                let result = appraise(&bundle);
                let report = &result.report;
                let one = identifier == baseline && baseline == policy;
                assert_eq!(result.status == "Passed", one, "{label}: {:?}", failures(&result));
                for (code, version) in
                    [("BASELINE-VERSION-MIXED", baseline), ("CI-POLICY-VERSION-MIXED", policy)]
                {
                    let mut findings = report.findings.iter();
                    let named = findings.find(|finding| finding.code == code);
                    assert_eq!(named.is_some(), version != identifier, "{label}: {code}");
                    let Some(named) = named else { continue };
                    assert_eq!(named.expected.as_deref(), Some(identifier), "{label}");
                    assert_eq!(named.found.as_deref(), Some(version), "{label}");
                    assert!(named.remedy.contains("again"), "{label}: {}", named.remedy);
                }
                // Each track says which of the three it has.
                for track in &report.tracks {
                    let of = |artefact: &str| artefact == track.version;
                    assert_eq!(track.baseline.is_some(), of(baseline), "{label}");
                    assert_eq!(track.ci_policy.is_some(), of(policy), "{label}");
                    assert_eq!(track.identifier, of(identifier), "{label}");
                    assert_eq!(track.outcome == "holds", one && of(identifier), "{label}");
                }
            }
        }
    }
}

#[test]
fn w4_v2_is_tried_first_and_then_v1_with_the_same_artefacts_in_both() {
    let both = ["v2", "v1"];
    for (flaw, hardware, outcomes) in [
        (None, "endorsed", ["holds", "holds"]),
        (Some(Flaw::UntrustedRoot), "unproven", ["fails", "holds"]),
    ] {
        let mut machine = match flaw {
            None => host(111, &[]),
            Some(flaw) => with_flaw(111, flaw),
        };
        let mut bundle = ask(&mut machine, Version::V2);
        bundle.policy_set.versions = both.map(Into::into).into();
        register(&mut bundle, &both, &both, &both);
        let result = appraise(&bundle);
        assert_eq!(result.status, "Passed", "{flaw:?}: {:?}", failures(&result));
        assert_eq!(result.report.hardware, hardware);
        let tracks = &result.report.tracks;
        assert_eq!([&tracks[0].version, &tracks[1].version], both);
        assert_eq!([&tracks[0].outcome, &tracks[1].outcome], outcomes);
    }
}

#[test]
fn w5_a_tpm_that_is_not_ready_hands_over_nothing_until_it_is_initialised() {
    let mut spec = preset::find(CLASS).unwrap().spec();
    spec.tpm.ek = EkTemplate::P256;
    (spec.tpm.owned, spec.tpm.auto_provisioning) = (false, false);
    let mut machine = started(spec, 112);
    assert_eq!(machine.identifier(), Err(MachineError::TpmNotReady));
    assert!(machine.host_mut().initialize_tpm().ready);
    passes(&ask(&mut machine, Version::V2));
}

const ENCODINGS: [IdentifierEncoding; 3] = [
    IdentifierEncoding::Utf8WithMark,
    IdentifierEncoding::Utf8WithDeclaration,
    IdentifierEncoding::Utf16WithMark,
];

#[test]
fn w6_the_identifier_file_stands_for_the_host_in_each_encoding() {
    let mut machine = host(113, &[]);
    for track in TRACKS {
        for encoding in ENCODINGS {
            let mut bundle = ask(&mut machine, track);
            let file = machine.identifier().unwrap().to_xml(encoding);
            let evidence = &mut bundle.request.evidence;
            (evidence.ek_public, evidence.ek_certificate) = (None, None);
            evidence.platform_identifier = Some(file.into());
            let ek = bundle.request.evidence.ek_sha256();
            assert_eq!(
                ek.as_ref(),
                Some(&bundle.host.as_ref().unwrap().registrations[0].ek_sha256)
            );
            passes(&bundle);
        }
    }
}

#[test]
fn w7_the_identifier_of_one_host_is_not_that_of_another() {
    for track in TRACKS {
        let mut bundle = ask(&mut host(114, &[]), track);
        let other = host(115, &[]).identifier().unwrap();
        let evidence = &mut bundle.request.evidence;
        (evidence.ek_public, evidence.ek_certificate) = (None, None);
        evidence.platform_identifier = Some(other.to_xml(ENCODINGS[0]).into());
        let result = appraise(&bundle);
        assert_eq!(result.report.headline, "EK-NOT-REGISTERED");
        // Nor did that TPM answer.
        assert!(failures(&result).contains(&"AK-ACTIVATION-MISMATCH"), "{:?}", failures(&result));
    }
}

#[test]
fn w8_the_name_of_a_registration_does_not_stand_for_its_key() {
    for track in TRACKS {
        let mut bundle = ask(&mut host(116, &[]), track);
        let other = ask(&mut host(117, &[]), track).host.unwrap();
        assert_eq!(other.name, bundle.host.as_ref().unwrap().name);
        bundle.host = Some(other);
        fails_by(&bundle, "EK-NOT-REGISTERED");
    }
}

#[test]
fn w9_an_untrusted_certificate_is_cured_by_the_vendors_roots_alone() {
    let mut bundle = ask(&mut host(118, &[]), Version::V2);
    let trust = std::mem::take(&mut bundle.policy_set.trust);
    fails_by(&bundle, "EK-CHAIN-UNTRUSTED");
    let result = appraise(&bundle);
    let named = finding(&result, "EK-CHAIN-UNTRUSTED");
    assert!(named.remedy.contains("root"), "{}", named.remedy);
    assert!(named.found.as_ref().is_some_and(|found| found.contains("issuer")), "{named:?}");
    bundle.policy_set.trust = trust;
    passes(&bundle);
}

#[test]
fn w9_the_text_in_the_certificates_place_is_told() {
    let mut machine = with_flaw(119, Flaw::Missing);
    let mut bundle = ask(&mut machine, Version::V2);
    let evidence = &mut bundle.request.evidence;
    evidence.ek_public = None;
    evidence.platform_identifier = Some(machine.identifier().unwrap().to_xml(ENCODINGS[2]).into());
    let result = appraise(&bundle);
    let named = finding(&result, "EK-CERTIFICATE-MISSING");
    assert_eq!(named.found.as_deref(), Some("No EKCert was found on this TPM."));
    assert!(named.remedy.contains("v1"), "{}", named.remedy);
}
