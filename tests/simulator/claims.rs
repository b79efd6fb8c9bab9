//! What results say was measured: each claim with its bytes, against the truth that a host was
//! built from.

use std::collections::BTreeSet;

use portcullis_api::result::ClaimDoc;
use portcullis_api::{BundleDoc, ResultDoc};
use portcullis_simulator::spec::preset;
use portcullis_simulator::tpm::EkTemplate;
use portcullis_wire::SipaType;
use portcullis_wire::event::SEPARATOR_WBCL;

use super::attacks::remeasured;
use super::machine::service::{Version, challenge};
use super::machine::{of_preset, started};

const CLASS: &str = "dell-r740-ws2022";

fn claim<'r>(result: &'r ResultDoc, name: &str) -> &'r ClaimDoc {
    let mut claims = result.report.claims.iter();
    claims.find(|claim| claim.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn values<'r>(result: &'r ResultDoc, name: &str) -> Vec<&'r str> {
    claim(result, name).values.iter().map(String::as_str).collect()
}

fn log(bundle: &BundleDoc) -> &[u8] {
    &bundle.request.evidence.event_log.as_ref().unwrap().0
}

#[test]
fn the_claims_of_a_host_are_what_it_was_built_to_be() {
    let mut machine = of_preset(CLASS, EkTemplate::P256, 601);
    let bundle = challenge(&mut machine, &preset::find(CLASS).unwrap().expect, Version::V2);
    let result = bundle.appraise().unwrap();
    let truth = machine.host().truth();
    for (name, expected) in [
        ("secure_boot", "on"),
        ("kernel_debugging", "false"),
        ("test_signing", "false"),
        ("code_integrity", "true"),
        ("windows_pe", "false"),
        ("iommu_required", "true"),
        ("dumps_disabled", "true"),
        ("hibernation_disabled", "true"),
        ("page_file_encryption", "true"),
        ("hypervisor_enforced_ci", "1"),
        ("vsm_launch", "1"),
        ("first_transfer", "OSLOADER"),
    ] {
        assert_eq!(claim(&result, name).state, "consistently", "{name}");
        assert_eq!(values(&result, name), [expected], "{name}");
    }
    assert_eq!(values(&result, "boot_counter"), [truth.reset_count.unwrap().to_string()]);
    let policies = truth.measured_policies.iter();
    let policies = policies
        .map(|policy| format!("{} {} sha256 {}", policy.file_name, policy.version, policy.digest));
    let found: BTreeSet<String> = claim(&result, "ci_policies").values.iter().cloned().collect();
    assert_eq!(found, policies.collect());
    assert!(values(&result, "early_antimalware")[0].starts_with("Windows Defender"));
    assert_eq!(values(&result, "svn_chain_status").iter().max(), Some(&"0"));
    assert!(values(&result, "application_svn").len() > 1, "one of each boot application");
    let drivers = machine.host().boot_images().len();
    let modules: usize = values(&result, "loaded_modules")[0].parse().unwrap();
    assert!(modules >= drivers, "{modules} modules, {drivers} of them boot drivers");
    assert_eq!(claim(&result, "loaded_modules").places_count, modules);
}

/// The bytes of a place hold the element, with its type word first.
#[test]
fn a_claim_points_at_the_elements_that_it_was_read_from() {
    let mut machine = of_preset(CLASS, EkTemplate::P256, 602);
    let bundle = challenge(&mut machine, &preset::find(CLASS).unwrap().expect, Version::V2);
    let result = bundle.appraise().unwrap();
    for (name, kind, registers) in [
        ("code_integrity", SipaType::CODEINTEGRITY, &[12, 13][..]),
        ("application_svn", SipaType::APPLICATION_SVN, &[12]),
        ("boot_revocation_list", SipaType::BOOT_REVOCATION_LIST, &[13]),
        ("early_antimalware", SipaType::ELAM_AGGREGATION, &[12]),
        ("loaded_modules", SipaType::LOADEDMODULE_AGGREGATION, &[13]),
        ("ci_policies", SipaType::SI_POLICY, &[13]),
    ] {
        let claim = claim(&result, name);
        assert!(!claim.because.is_empty() && claim.because.len() <= 8, "{name}");
        for place in &claim.because {
            let bytes = &log(&bundle)[place.offset..place.offset + place.size];
            assert_eq!(bytes[..4], kind.0.to_le_bytes(), "{name}");
            assert!(registers.contains(&place.pcr.unwrap()), "{name}: PCR {:?}", place.pcr);
        }
    }
}

#[test]
fn every_preset_has_the_same_claims_in_the_same_order() {
    let of = |name: &str| {
        let preset = preset::find(name).unwrap();
        let mut machine = of_preset(name, EkTemplate::P256, 603);
        let result = challenge(&mut machine, &preset.expect, Version::V2).appraise().unwrap();
        result.report.claims.into_iter().map(|claim| claim.name).collect::<Vec<_>>()
    };
    let names = of(CLASS);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "names repeat");
    assert_eq!(of("linux-debian"), names);
    assert_eq!(of("fails-full-boot"), names);
}

#[test]
fn what_nobody_measured_is_unknown_and_what_contradicts_itself_is_a_conflict() {
    let mut spec = preset::find("linux-debian").unwrap().spec();
    spec.tpm.ek = EkTemplate::P256;
    let expect = preset::find("linux-debian").unwrap().expect;
    let result = challenge(&mut started(spec, 604), &expect, Version::V2).appraise().unwrap();
    let unknown = claim(&result, "code_integrity");
    assert_eq!((unknown.state.as_str(), unknown.values.len()), ("unknown", 0));
    let bundle = remeasured(605, |steps| {
        let closing = steps.iter().position(|step| step.pcr == 12 && step.data == SEPARATOR_WBCL);
        let mut second = steps[closing.unwrap() - 1].clone();
        let flag = [&SipaType::OSKERNELDEBUG.0.to_le_bytes()[..], &[1, 0, 0, 0, 1]].concat();
        let size = u32::try_from(flag.len()).unwrap().to_le_bytes();
        second.data = [&SipaType::TRUSTBOUNDARY.0.to_le_bytes()[..], &size, &flag].concat();
        second.pcr = 12;
        steps.insert(closing.unwrap(), second);
    });
    let result = bundle.appraise().unwrap();
    let conflict = claim(&result, "kernel_debugging");
    assert_eq!(conflict.state, "conflicting");
    assert_eq!(conflict.values.iter().collect::<BTreeSet<_>>().len(), 2, "{:?}", conflict.values);
}

#[test]
fn a_log_that_does_not_count_supports_no_claim() {
    let mut machine = of_preset(CLASS, EkTemplate::P256, 606);
    let mut bundle = challenge(&mut machine, &preset::find(CLASS).unwrap().expect, Version::V2);
    *bundle.request.evidence.quotes[0].signature.0.last_mut().unwrap() ^= 1;
    assert!(bundle.appraise().unwrap().report.claims.is_empty(), "the quotes do not hold");
    bundle.request.evidence.event_log = None;
    assert!(bundle.appraise().unwrap().report.claims.is_empty());
}

/// Windows starts it all the same, under test signing for example; no policy asks, so it warns.
#[test]
fn an_image_that_was_loaded_without_a_valid_signature_is_named() {
    let bundle = remeasured(607, |steps| {
        let valid = [&SipaType::IMAGEVALIDATED.0.to_le_bytes()[..], &[1, 0, 0, 0, 1]].concat();
        let step = steps.iter_mut().rfind(|step| {
            step.pcr == 13 && step.data.windows(valid.len()).any(|bytes| bytes == valid)
        });
        let data = &mut step.unwrap().data;
        let at = data.windows(valid.len()).position(|bytes| bytes == valid).unwrap();
        data[at + valid.len() - 1] = 0;
    });
    let result = bundle.appraise().unwrap();
    let findings = result.report.findings.iter();
    let named: Vec<_> = findings.filter(|doc| doc.code == "MODULE-NOT-VALIDATED").collect();
    assert_eq!((named.len(), named[0].tier.as_str()), (1, "warning"));
    assert!(named[0].found.as_ref().unwrap().starts_with("1 images, the first is `"));
    let place = &named[0].because[0];
    let element = SipaType::LOADEDMODULE_AGGREGATION.0.to_le_bytes();
    assert_eq!(log(&bundle)[place.offset..place.offset + 4], element);
    assert_eq!(result.status, "Passed");
}
