//! W23 to W26: the TPM baseline of a class.

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_simulator::host::{AllowAll, BaselineDefect, BaselineRefused};
use portcullis_simulator::spec::Feature;

use super::*;

/// The baseline that the host captures, registered in the bundle.
fn register_captured(bundle: &mut BundleDoc, reference: &Machine, skip_validation: bool) {
    let log = reference.host().capture_baseline(skip_validation).unwrap();
    let baseline = derive("HWConfig1", &[log], "boot_chain", HashAlg::Sha256, 0).unwrap();
    bundle.policy_set.baselines[0].baseline = baseline;
}

/// The cmdlet comes with the features; Host Guardian support brings what the policies ask for.
#[test]
fn w23_the_features_bring_the_capture_and_what_an_appraisal_asks_of_virtual_secure_mode() {
    let bare = [
        ("windows.features", "[]"),
        ("windows.hypervisor", "false"),
        ("windows.vsm", "false"),
        ("windows.hvci", "false"),
        ("windows.vsm_required", "false"),
    ];
    for track in TRACKS {
        let rules = ask(&mut host(201, &[]), track).policy_set;
        let mut machine = host(202, &bare);
        let missing = vec![Feature::HyperV, Feature::HostGuardian];
        let refused = Err(BaselineRefused::FeaturesMissing(missing.clone()));
        assert_eq!(machine.host().capture_baseline(true), refused);
        machine.host_mut().install_features(&missing);
        assert!(machine.host().capture_baseline(true).is_err(), "not before the restart");
        machine.start(&AllowAll).unwrap();
        assert!(machine.host().capture_baseline(false).is_ok());
        let mut bundle = ask(&mut machine, track);
        passes(&bundle);
        bundle.policy_set = rules;
        passes(&bundle);
    }
}

#[test]
fn w23_without_the_features_the_policies_name_what_is_missing() {
    let bare = [("windows.vsm", "false"), ("windows.hvci", "false")];
    for track in TRACKS {
        let result = appraise(&ask(&mut host(203, &bare), track));
        assert_eq!(result.report.headline, "VSM-NOT-RUNNING");
        assert_eq!(failures(&result), ["VSM-NOT-RUNNING", "HYPERVISOR-ENFORCED-CI-OFF"]);
    }
}

/// A host that resumed has a newer log; the capture is that of its last full boot.
#[test]
fn w24_the_baseline_is_the_log_of_the_last_full_boot() {
    for track in TRACKS {
        let mut machine = host(204, &[]);
        let full = machine.host().last_boot().unwrap().event_log.clone();
        machine.host_mut().set("boot.resume", "true").unwrap();
        machine.start(&AllowAll).unwrap();
        assert_ne!(machine.host().last_boot().unwrap().event_log, full, "resumed");
        assert_eq!(machine.host().capture_baseline(true).unwrap(), full);
        let mut bundle = ask(&mut host(205, &[]), track);
        register_captured(&mut bundle, &machine, true);
        passes(&bundle);
        fails_by(&ask(&mut machine, track), "NOT-FULL-BOOT");
    }
}

/// What the cmdlet complains about is what the host itself fails by; its log is the same file.
#[test]
fn w25_skipping_the_validation_changes_no_byte_and_no_verdict() {
    for (change, defect, headline) in [
        (("secure_boot.enabled", "false"), BaselineDefect::SecureBootOff, "SECURE-BOOT-OFF"),
        (("windows.iommu_required", "false"), BaselineDefect::NoIommu, "IOMMU-NOT-REQUIRED"),
        (("windows.vsm", "false"), BaselineDefect::VbsNotRunning, "VSM-NOT-RUNNING"),
    ] {
        for track in TRACKS {
            let mut machine = host(206, &[change]);
            let refused = machine.host().capture_baseline(false);
            assert_eq!(refused, Err(BaselineRefused::Invalid(vec![defect])), "{change:?}");
            let log = machine.host().capture_baseline(true).unwrap();
            assert_eq!(log, machine.host().last_boot().unwrap().event_log);
            let mut bundle = ask(&mut machine, track);
            register_captured(&mut bundle, &machine, true);
            fails_by(&bundle, headline);
        }
    }
}

#[test]
fn w25_a_host_without_a_policy_fails_by_it_and_not_by_its_baseline() {
    for track in TRACKS {
        let mut machine = host(207, &[]);
        for name in ["SiPolicy.p7b", "DriverSiPolicy.p7b"] {
            machine.host_mut().remove_ci_policy(name);
        }
        machine.start(&AllowAll).unwrap();
        let refused = machine.host().capture_baseline(false);
        assert_eq!(refused, Err(BaselineRefused::Invalid(vec![BaselineDefect::NoCiPolicy])));
        let mut bundle = ask(&mut machine, track);
        register_captured(&mut bundle, &machine, true);
        assert_eq!(failures(&appraise(&bundle)), ["CI-POLICY-NOT-MEASURED"]);
    }
}

#[test]
fn w26_a_registered_log_serves_its_class_in_its_version_and_no_other() {
    for track in TRACKS {
        let reference = host(208, &[]);
        let mut bundle = ask(&mut host(209, &[]), track);
        register_captured(&mut bundle, &reference, false);
        passes(&bundle);
        let result = appraise(&bundle);
        let matched = result.report.policies.iter().find_map(|policy| {
            (policy.name == "Hgs_SecureBootSettings").then_some(policy.matched.as_deref())
        });
        assert_eq!(matched, Some(Some("HWConfig1")), "by the name that it was given");
        let other = if track == Version::V2 { "v1" } else { "v2" };
        bundle.policy_set.baselines[0].policy_version = other.into();
        fails_by(&bundle, "BASELINE-VERSION-MIXED");
    }
}
