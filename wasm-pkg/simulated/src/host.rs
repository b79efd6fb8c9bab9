//! A host, what it hands over, and the rules that come with it: those of a service that trusts
//! its vendor, knows its boot, its code integrity policy and its dump key. For a preset that fails
//! a policy they are the rules that it fails.

use std::collections::BTreeMap;

use portcullis_api::policy_set::{DumpKeyDoc, RegisteredCiPolicyDoc};
use portcullis_api::request::{
    CredentialDoc, EvidenceDoc, HostRecordDoc, QuoteDoc, RecordedPcrsDoc, RegistrationDoc,
    RequestDoc,
};
use portcullis_api::text::hex;
use portcullis_api::{BundleDoc, PolicySetDoc};
use portcullis_simulator::hash::sha256;
use portcullis_simulator::host::{
    AllowAll, Authority, CiPolicy, IdentifierEncoding, dump_key_sha256,
};
use portcullis_simulator::machine::{Activation, Evidence, Fleet, Machine, MachineError};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::spec::preset::{Expectation, Preset};
use portcullis_simulator::spec::{Dumps, HostSpec, System};

use crate::Thrown;
use crate::doc::{CiFileDoc, SimulateCallDoc, SimulatedHostDoc};
use crate::list::find;

/// Both versions: the host may be asked for either.
const VERSIONS: [&str; 2] = ["v2", "v1"];

/// Certificates that stand for Windows' own boot manager, in place of Microsoft's.
const WINDOWS: [Authority; 2] = [Authority::WINDOWS_2011, Authority::WINDOWS_2023];

impl From<MachineError> for Thrown {
    fn from(error: MachineError) -> Self {
        Self::new("field", error)
    }
}

/// Builds a host, starts it and asks it for evidence.
///
/// # Errors
/// A specification that contradicts itself, or a host that does not start.
pub fn simulate(call: &SimulateCallDoc) -> Result<SimulatedHostDoc, Thrown> {
    let now = call.now.parse().map_err(|_| Thrown::new("field", "`now` is no decimal number"))?;
    let preset = find(&call.preset)?;
    let seed = u64::from(call.seed);
    let fleet = Fleet::new()?;
    let mut machine = start(&fleet, specification(preset, &call.set)?, seed)?;
    let mut rng = Rng::from_seed("challenge", seed);
    let evidence = machine.evidence(&rng.bytes(32))?;
    let activation = machine.activation(&rng.bytes(32))?;
    let truth = machine.truth()?;
    let reference = reference(&fleet, preset, call)?;
    let rules = reference.as_ref().unwrap_or(&machine);
    let baseline_log = rules.host().capture_baseline(true).ok().map(|log| log.to_vec().into());
    let failing = preset.expect.fails.map(|_| &preset.expect);
    // A changed preset is judged by the rules of the preset as it is, where they are asked for.
    let trusted = if call.rules_of_preset { rules } else { &machine };
    let spec = machine.host().spec();
    Ok(SimulatedHostDoc {
        schema: "portcullis.simulated-host/1".into(),
        name: spec.name.clone(),
        class: rules.host().spec().class.clone(),
        platform_identifier: evidence.identifier.to_xml(IdentifierEncoding::Utf8WithMark).into(),
        ci_policies: ci_files(&machine),
        truth: truth.to_json(),
        bundle: BundleDoc::new(
            policy_set(trusted, failing),
            Some(registration(&spec.name, &truth.ek_sha256)),
            request(now, &machine, &evidence, &activation, &truth.ek_sha256),
        ),
        baseline_log,
    })
}

fn specification(preset: &Preset, set: &BTreeMap<String, String>) -> Result<HostSpec, Thrown> {
    let mut spec = preset.spec();
    for (key, value) in set {
        spec.set(key, value).map_err(|error| Thrown::new("field", error))?;
    }
    Ok(spec)
}

fn start(fleet: &Fleet, spec: HostSpec, seed: u64) -> Result<Machine, Thrown> {
    let mut machine = fleet.machine(spec, seed)?;
    machine.start(&AllowAll)?;
    Ok(machine)
}

/// The machine whose boot is the baseline, where that is not the host itself.
fn reference(
    fleet: &Fleet,
    preset: &Preset,
    call: &SimulateCallDoc,
) -> Result<Option<Machine>, Thrown> {
    let of_other = preset.expect.fails.and(preset.expect.baseline);
    let spec = match (of_other, call.rules_of_preset && !call.set.is_empty()) {
        (Some(name), _) => find(name)?.spec(),
        (None, true) => preset.spec(),
        (None, false) => return Ok(None),
    };
    start(fleet, spec, u64::from(call.seed)).map(Some)
}

fn registration(name: &str, ek_sha256: &str) -> HostRecordDoc {
    let registered = |version: &str| RegistrationDoc {
        ek_sha256: ek_sha256.to_owned(),
        policy_version: version.to_owned(),
    };
    HostRecordDoc {
        name: name.to_owned(),
        registrations: VERSIONS.map(registered).into(),
        ..HostRecordDoc::default()
    }
}

fn request(
    now: u64,
    machine: &Machine,
    evidence: &Evidence,
    activation: &Activation,
    ek_sha256: &str,
) -> RequestDoc {
    let attestation = &evidence.quote.attestation;
    let quote = QuoteDoc {
        other_ak_public: None,
        attest: attestation.attest.clone().into(),
        signature: attestation.signature.clone().into(),
        pcr_values: Some(evidence.quote.pcr_values_file().into()),
    };
    RequestDoc {
        now,
        nonce: Some(evidence.nonce.clone().into()),
        credential: Some(CredentialDoc {
            ek_sha256: ek_sha256.to_owned(),
            ak_name: hex(&evidence.ak_name),
            secret: activation.secret.clone().into(),
        }),
        evidence: EvidenceDoc {
            ek_public: Some(evidence.ek_public.clone().into()),
            ek_certificate: evidence.ek_certificate.clone().map(Into::into),
            ek_intermediates: evidence.ek_chain.iter().cloned().map(Into::into).collect(),
            ak_public: Some(evidence.ak_public.clone().into()),
            activated_secret: Some(activation.activated.clone().into()),
            quotes: vec![quote],
            event_log: Some(evidence.event_log.clone().into()),
            recorded_pcrs: recorded(machine),
            ..EvidenceDoc::default()
        },
    }
}

/// Every register of every bank, as a program on the host reads them.
fn recorded(machine: &Machine) -> Vec<RecordedPcrsDoc> {
    let of_bank = |bank: &portcullis_simulator::hash::HashAlg| {
        let registers = (0..24).filter_map(|pcr| machine.tpm().pcrs().value(*bank, pcr));
        let values: Vec<u8> = registers.flat_map(|value| value.as_bytes().to_vec()).collect();
        RecordedPcrsDoc { bank: bank.to_string(), values: values.into() }
    };
    machine.host().banks().iter().map(of_bank).collect()
}

fn policy_set(machine: &Machine, failing: Option<&Expectation>) -> PolicySetDoc {
    let spec = machine.host().spec();
    let endorsement = machine.endorsement();
    let trust = endorsement.roots.iter().chain(&endorsement.published);
    PolicySetDoc {
        profile: match spec.boot.system {
            System::Windows => "hyper-v".into(),
            System::LinuxShim | System::LinuxUki => "linux".into(),
        },
        policies: failing.map(states).unwrap_or_default(),
        bank: spec.tpm.measured_bank().to_string(),
        versions: VERSIONS.map(str::to_owned).into(),
        trust: trust.map(|der| der.clone().into()).collect(),
        ci_policies: ci_policies(machine, failing),
        dump_keys: dump_keys(machine, failing),
        windows_authorities: WINDOWS.map(|authority| hex(&sha256(&[authority.der]))).into(),
        ..PolicySetDoc::default()
    }
}

fn states(expect: &Expectation) -> BTreeMap<String, String> {
    let off = expect.switched_off.iter().map(|policy| (*policy, "Disabled"));
    let on = expect.switched_on.iter().map(|policy| (*policy, "Enabled"));
    off.chain(on).map(|(policy, state)| (policy.to_owned(), state.to_owned())).collect()
}

/// The site's policies that the host measured, or those that the preset's service trusts.
fn ci_policies(machine: &Machine, failing: Option<&Expectation>) -> Vec<RegisteredCiPolicyDoc> {
    let trusted: Vec<CiPolicy> = match failing {
        Some(expect) => expect.ci_labels.iter().map(|label| CiPolicy::site(label)).collect(),
        None => {
            let measured = machine.host().code_integrity().measured().iter();
            measured.filter(|policy| policy.is_site_policy()).cloned().collect()
        }
    };
    let registered = |version: &str, policy: &CiPolicy| RegisteredCiPolicyDoc {
        policy_version: version.to_owned(),
        name: policy.file_name.clone(),
        policy_sha256: hex(&policy.digest),
    };
    let of_version =
        |version| trusted.iter().map(move |policy| registered(version, policy)).collect::<Vec<_>>();
    VERSIONS.map(of_version).concat()
}

fn dump_keys(machine: &Machine, failing: Option<&Expectation>) -> Vec<DumpKeyDoc> {
    let windows = &machine.host().spec().windows;
    let labels: Vec<&str> = match failing {
        Some(expect) => expect.dump_keys.to_vec(),
        None if windows.dumps == Dumps::Encrypted => vec![&windows.dump_key],
        None => Vec::new(),
    };
    let key =
        |label: &str| DumpKeyDoc { name: label.to_owned(), sha256: hex(&dump_key_sha256(label)) };
    labels.into_iter().map(key).collect()
}

fn ci_files(machine: &Machine) -> Vec<CiFileDoc> {
    let on_disk = machine.host().code_integrity().on_disk().iter();
    let file = |policy: &CiPolicy| {
        let content = policy.content.clone()?.into();
        Some(CiFileDoc { file: policy.file_name.clone(), content })
    };
    on_disk.filter_map(file).collect()
}
