//! The rules that come with a simulated host: a service that trusts its vendor, knows its boot,
//! its code integrity policy and its dump key. For a preset that fails a policy they are the rules
//! that it fails.

use std::collections::BTreeMap;

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::policy_set::{DumpKeyDoc, RegisteredBaselineDoc, RegisteredCiPolicyDoc};
use portcullis_api::request::hex;
use portcullis_api::{BaselineDoc, PolicySetDoc};
use portcullis_simulator::hash::sha256;
use portcullis_simulator::host::{Authority, CiPolicy, dump_key_sha256};
use portcullis_simulator::machine::{Fleet, Machine};
use portcullis_simulator::spec::preset::{Expectation, Preset};
use portcullis_simulator::spec::{Dumps, System};

use super::{find_preset, start};
use crate::failure::Failure;

/// Both versions: the host may be asked for either.
const VERSIONS: [&str; 2] = ["v2", "v1"];

/// Certificates that stand for Windows' own boot manager, in place of Microsoft's.
pub const WINDOWS: [Authority; 2] = [Authority::WINDOWS_2011, Authority::WINDOWS_2023];

/// A policy set, and what had to be left out of it.
pub struct Rules {
    pub policy_set: PolicySetDoc,
    pub notes: Vec<String>,
}

/// The rules for a host.
pub fn policy_set(
    fleet: &Fleet,
    machine: &Machine,
    preset: Option<&Preset>,
    seed: u64,
) -> Result<Rules, Failure> {
    let failing = preset.map(|preset| &preset.expect).filter(|expect| expect.fails.is_some());
    let mut notes = Vec::new();
    let baseline = match baseline(fleet, machine, failing, seed)? {
        Ok(baseline) => Some(baseline),
        Err(reason) => {
            notes.push(format!("no baseline in the rules: {reason}"));
            None
        }
    };
    let spec = machine.host().spec();
    let endorsement = machine.endorsement();
    let trust = endorsement.roots.iter().chain(&endorsement.published);
    let policy_set = PolicySetDoc {
        profile: match spec.boot.system {
            System::Windows => "hyper-v".into(),
            System::LinuxShim | System::LinuxUki => "linux".into(),
        },
        policies: failing.map(states).unwrap_or_default(),
        bank: spec.tpm.measured_bank().to_string(),
        versions: VERSIONS.map(str::to_owned).into(),
        trust: trust.map(|der| der.clone().into()).collect(),
        baselines: baseline.map(registered).unwrap_or_default(),
        ci_policies: ci_policies(machine, failing),
        dump_keys: dump_keys(machine, failing),
        windows_authorities: WINDOWS.map(|authority| hex(&sha256(&[authority.der]))).into(),
        ..PolicySetDoc::default()
    };
    Ok(Rules { policy_set, notes })
}

fn states(expect: &Expectation) -> BTreeMap<String, String> {
    let off = expect.switched_off.iter().map(|policy| (*policy, "Disabled"));
    let on = expect.switched_on.iter().map(|policy| (*policy, "Enabled"));
    off.chain(on).map(|(policy, state)| (policy.to_owned(), state.to_owned())).collect()
}

/// The baseline of the host's last full start, or of the preset that stands for it.
fn baseline(
    fleet: &Fleet,
    machine: &Machine,
    failing: Option<&Expectation>,
    seed: u64,
) -> Result<Result<BaselineDoc, String>, Failure> {
    let reference = failing.and_then(|expect| expect.baseline);
    let reference = match reference {
        Some(name) => Some(start(fleet, find_preset(name)?.spec(), seed)?),
        None => None,
    };
    let spec = machine.host().spec();
    let host = reference.as_ref().unwrap_or(machine).host();
    let Ok(log) = host.capture_baseline(true) else {
        return Ok(Err("the host captures none".to_owned()));
    };
    let bank = spec.tpm.measured_bank().tpm_alg();
    let bank = HashAlg::from_name(&bank.to_string()).unwrap_or(HashAlg::Sha256);
    let derived = derive(&spec.class, &[log], "boot_chain", bank, 0);
    Ok(derived.map_err(|error| error.to_string()))
}

fn registered(baseline: BaselineDoc) -> Vec<RegisteredBaselineDoc> {
    VERSIONS.map(|version| RegisteredBaselineDoc::new(version, baseline.clone())).into()
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
