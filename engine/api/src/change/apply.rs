//! Changes put into a copy of a bundle.

use portcullis_engine::crypto::HashAlg;
use portcullis_engine::policy::PolicyState;

use super::candidates::{Candidate, Change};
use crate::BundleDoc;
use crate::baseline;
use crate::policy_set::{DumpKeyDoc, RegisteredBaselineDoc, RegisteredCiPolicyDoc};
use crate::request::{HostRecordDoc, RegistrationDoc};

/// A copy of the bundle with all changes made.
pub(super) fn all(bundle: &BundleDoc, changes: &[Candidate]) -> BundleDoc {
    let mut changed = bundle.clone();
    // A version that is accepted anew needs the references of the others in it.
    let (first, last): (Vec<_>, Vec<_>) =
        changes.iter().partition(|candidate| candidate.change == Change::AcceptV1);
    for candidate in first.into_iter().chain(last) {
        apply(&mut changed, &candidate.change);
    }
    changed
}

fn apply(bundle: &mut BundleDoc, change: &Change) {
    let versions = bundle.policy_set.versions.clone();
    match change {
        Change::DisablePolicy(policy) => {
            let disabled = PolicyState::Disabled.text().to_owned();
            bundle.policy_set.policies.insert(policy.text().to_owned(), disabled);
        }
        Change::RegisterBaseline => {
            let Some(baseline) = of_this_boot(bundle) else { return };
            let baselines = versions
                .iter()
                .map(|version| RegisteredBaselineDoc::new(version.as_str(), baseline.clone()));
            bundle.policy_set.baselines.extend(baselines);
        }
        Change::RegisterCiPolicy { name, sha256 } => {
            let policies = versions.iter().map(|version| RegisteredCiPolicyDoc {
                policy_version: version.clone(),
                name: name.clone(),
                policy_sha256: sha256.clone(),
            });
            bundle.policy_set.ci_policies.extend(policies);
        }
        Change::RegisterDumpKey { sha256 } => {
            let key = DumpKeyDoc { name: "dump key of this host".into(), sha256: sha256.clone() };
            bundle.policy_set.dump_keys.push(key);
        }
        Change::RegisterHost => register(bundle, &versions),
        Change::AcceptV1 => accept_v1(bundle),
    }
}

fn of_this_boot(bundle: &BundleDoc) -> Option<crate::BaselineDoc> {
    let log = bundle.request.evidence.event_log.as_ref()?;
    let bank = HashAlg::from_name(&bundle.policy_set.bank)?;
    baseline::derive("this boot", &[&log.0], "boot_chain", bank, 0).ok()
}

fn register(bundle: &mut BundleDoc, versions: &[String]) {
    let Some(ek_sha256) = bundle.request.evidence.ek_sha256() else { return };
    let host = bundle.host.get_or_insert_with(HostRecordDoc::default);
    host.registrations.extend(versions.iter().map(|version| RegistrationDoc {
        ek_sha256: ek_sha256.clone(),
        policy_version: version.clone(),
    }));
}

/// Everything that is registered as v2 is registered as v1, too.
fn accept_v1(bundle: &mut BundleDoc) {
    let v1 = || "v1".to_owned();
    let set = &mut bundle.policy_set;
    if !set.versions.contains(&v1()) {
        set.versions.push(v1());
    }
    let baselines = set.baselines.clone().into_iter();
    set.baselines.extend(
        baselines.map(|registered| RegisteredBaselineDoc { policy_version: v1(), ..registered }),
    );
    let policies = set.ci_policies.clone().into_iter();
    set.ci_policies.extend(
        policies.map(|registered| RegisteredCiPolicyDoc { policy_version: v1(), ..registered }),
    );
    register(bundle, &[v1()]);
}
