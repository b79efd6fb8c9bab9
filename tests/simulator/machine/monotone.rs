//! Over seeds: an honest machine never fails, and neither taking evidence away nor attacking it
//! turns a machine that fails into one that passes.

use portcullis_api::BundleDoc;
use portcullis_api::request::RequestDoc;
use portcullis_simulator::rng::Rng;
use portcullis_simulator::spec::preset::{self, PRESETS, Preset};
use portcullis_simulator::tpm::EkTemplate;

use super::faults::{Effect, FAULTS, Fault, Stage};
use super::in_parallel;
use super::of_preset;
use super::service::{Version, challenge};

/// Seeds, dealt out over presets, kinds of EK and versions.
const SEEDS: u64 = 300;

/// The healthy machine whose evidence an attacker has at hand.
const HEALTHY: &str = "dell-r740-ws2022";

/// A machine with the question that it answers.
struct Case {
    label: String,
    preset: &'static Preset,
    bundle: BundleDoc,
    stage: Stage,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::from_seed("case", seed);
        let preset = &PRESETS[rng.below(PRESETS.len() as u64) as usize];
        let kinds = [EkTemplate::P256, EkTemplate::Rsa2048, EkTemplate::P384];
        let ek = kinds[rng.below(3) as usize];
        let version = [Version::V1, Version::V2][rng.below(2) as usize];
        let mut machine = of_preset(preset.name, ek, seed);
        let bundle = challenge(&mut machine, &preset.expect, version);
        let healthy = preset::find(HEALTHY).unwrap();
        // Another seed: another TPM. The pool of RSA keys is smaller than that distance.
        let mut other = of_preset(healthy.name, ek, seed + 1);
        let healthy = challenge(&mut other, &healthy.expect, version).request;
        let label = format!("seed {seed}: {}, {}, {}", preset.name, ek.name(), version.name());
        Self { label, preset, bundle, stage: Stage { machine, healthy, rng } }
    }

    /// The question with a fault in its evidence. The machine itself is as it was afterwards.
    fn with(&mut self, fault: &Fault) -> BundleDoc {
        let before = self.stage.machine.tpm().snapshot();
        let mut request: RequestDoc = self.bundle.request.clone();
        (fault.apply)(&mut self.stage, &mut request);
        self.stage.machine.tpm_mut().rewind(&before);
        BundleDoc { request, ..self.bundle.clone() }
    }
}

fn passes(bundle: &BundleDoc) -> bool {
    bundle.appraise().unwrap().status == "Passed"
}

#[test]
fn no_fault_turns_a_failing_machine_into_a_passing_one_and_no_honest_machine_fails() {
    in_parallel(SEEDS, |seed| {
        let mut case = Case::new(seed);
        let honest = case.preset.expect.fails.is_none();
        assert_eq!(passes(&case.bundle), honest, "{}", case.label);
        for fault in FAULTS {
            let attacked = passes(&case.with(fault));
            let (label, name) = (&case.label, fault.name);
            assert!(honest || !attacked, "{label}: passes with {name}");
            let may_pass = match fault.effect {
                Effect::Fails => false,
                Effect::FailsWindows => case.bundle.policy_set.profile == "linux",
                Effect::MayPass => true,
            };
            assert!(may_pass || !attacked, "{label}: passes with {name}");
        }
    });
}

/// An assessment does without quotes; what is left of the evidence must fail it all the same.
#[test]
fn no_assessment_turns_from_fail_to_pass_when_evidence_is_taken_away() {
    in_parallel(SEEDS, |seed| {
        let mut case = Case::new(seed);
        let would_pass = |bundle: &BundleDoc| bundle.assess().unwrap().outcome == "WouldPass";
        let before = would_pass(&case.bundle);
        assert_eq!(before, case.preset.expect.fails.is_none(), "{}", case.label);
        for fault in FAULTS.iter().filter(|fault| fault.removes) {
            let after = would_pass(&case.with(fault));
            assert!(before || !after, "{}: would pass with {}", case.label, fault.name);
        }
    });
}
