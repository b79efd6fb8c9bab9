//! Over seeds: an honest machine never fails, and neither taking evidence away nor attacking it
//! turns a machine that fails into one that passes.
//!
//! A seed chooses machine, version and faults. Machines are made once and shared between seeds,
//! each of which challenges a copy after a start of its own: keys take longest, and what is shown
//! here is not about keys.

use std::sync::OnceLock;

use portcullis_api::BundleDoc;
use portcullis_api::request::RequestDoc;
use portcullis_simulator::host::AllowAll;
use portcullis_simulator::machine::Machine;
use portcullis_simulator::rng::Rng;
use portcullis_simulator::spec::preset::{self, PRESETS, Preset};
use portcullis_simulator::tpm::EkTemplate;

use super::faults::{Effect, FAULTS, Fault, Stage};
use super::in_parallel;
use super::of_preset;
use super::service::{Version, challenge};

/// Seeds, dealt out over presets, kinds of EK, versions and faults.
const SEEDS: u64 = 2_000;
/// Faults that each seed tries alone; with [`SEEDS`] each fault meets each preset several times.
const FAULTS_PER_SEED: usize = 5;

/// The healthy machine whose evidence an attacker has at hand.
const HEALTHY: &str = "dell-r740-ws2022";

const KINDS: [EkTemplate; 3] = [EkTemplate::P256, EkTemplate::Rsa2048, EkTemplate::P384];

/// A machine of each preset and kind of EK, made when it is first asked for.
fn shared(preset: &Preset, kind: usize) -> Machine {
    static MACHINES: [[OnceLock<Machine>; 3]; PRESETS.len()] =
        [const { [const { OnceLock::new() }; 3] }; PRESETS.len()];
    let index = PRESETS.iter().position(|known| known.name == preset.name).unwrap();
    let machine = MACHINES[index][kind].get_or_init(|| {
        // Odd seeds: the healthy machine has an even one, so that it is another TPM.
        of_preset(preset.name, KINDS[kind], 1 + 2 * (index as u64 % 3))
    });
    machine.clone()
}

/// The evidence of another, healthy machine, for the same challenge.
fn healthy(kind: usize, version: Version) -> RequestDoc {
    static REQUESTS: [[OnceLock<RequestDoc>; 2]; 3] = [const { [const { OnceLock::new() }; 2] }; 3];
    let request = REQUESTS[kind][version as usize].get_or_init(|| {
        let preset = preset::find(HEALTHY).unwrap();
        let mut machine = of_preset(preset.name, KINDS[kind], 2);
        challenge(&mut machine, &preset.expect, version).request
    });
    request.clone()
}

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
        let kind = rng.below(3) as usize;
        let version = [Version::V1, Version::V2][rng.below(2) as usize];
        let mut machine = shared(preset, kind);
        for _ in 0..rng.below(3) {
            machine.start(&AllowAll).unwrap();
        }
        let bundle = challenge(&mut machine, &preset.expect, version);
        let healthy = healthy(kind, version);
        let ek = KINDS[kind].name();
        let label = format!("seed {seed}: {}, {ek}, {}", preset.name, version.name());
        Self { label, preset, bundle, stage: Stage { machine, healthy, rng } }
    }

    /// The question with faults in its evidence, one behind the other. The machine itself is as
    /// it was afterwards.
    fn with(&mut self, faults: &[&Fault]) -> BundleDoc {
        let before = self.stage.machine.tpm().snapshot();
        let mut request: RequestDoc = self.bundle.request.clone();
        for fault in faults {
            (fault.apply)(&mut self.stage, &mut request);
        }
        self.stage.machine.tpm_mut().rewind(&before);
        BundleDoc { request, ..self.bundle.clone() }
    }

    /// Some of the faults, each at most once.
    fn choose(&mut self, count: usize, fits: impl Fn(&Fault) -> bool) -> Vec<&'static Fault> {
        let mut fitting: Vec<&Fault> = FAULTS.iter().filter(|fault| fits(fault)).collect();
        (0..count.min(fitting.len()))
            .map(|_| fitting.swap_remove(self.stage.rng.below(fitting.len() as u64) as usize))
            .collect()
    }
}

fn passes(bundle: &BundleDoc) -> bool {
    bundle.appraise().unwrap().status == "Passed"
}

/// Whether an honest machine with this fault may go on passing.
fn may_pass(case: &Case, fault: &Fault) -> bool {
    match fault.effect {
        Effect::Fails => false,
        Effect::FailsWindows => case.bundle.policy_set.profile == "linux",
        Effect::MayPass => true,
    }
}

#[test]
fn no_fault_turns_a_failing_machine_into_a_passing_one_and_no_honest_machine_fails() {
    in_parallel(SEEDS, |seed| {
        let mut case = Case::new(seed);
        let honest = case.preset.expect.fails.is_none();
        assert_eq!(passes(&case.bundle), honest, "{}", case.label);
        for fault in case.choose(FAULTS_PER_SEED, |_| true) {
            let attacked = passes(&case.with(&[fault]));
            let (label, name) = (&case.label, fault.name);
            assert!(honest || !attacked, "{label}: passes with {name}");
            assert!(may_pass(&case, fault) || !attacked, "{label}: passes with {name}");
        }
    });
}

/// What fails by one removal does not pass by another one on top of it. Without quote or log
/// there is nothing left that most others could take away.
#[test]
fn no_second_fault_mends_the_first() {
    in_parallel(SEEDS / 4, |seed| {
        let mut case = Case::new(SEEDS + seed);
        let last = |fault: &Fault| ["no quote", "no log"].contains(&fault.name);
        let removing = case.choose(2, |fault| fault.removes && !last(fault));
        let before = passes(&case.with(&removing[..1]));
        let after = passes(&case.with(&removing));
        let [first, second] = [removing[0].name, removing[1].name];
        assert!(before || !after, "{}: {second} mends {first}", case.label);
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
        for fault in case.choose(2, |fault| fault.removes) {
            let after = would_pass(&case.with(&[fault]));
            assert!(before || !after, "{}: would pass with {}", case.label, fault.name);
        }
    });
}
