//! What a host was built from: the answers that tests hold against an appraisal.

use std::collections::BTreeMap;

use portcullis_wire::SipaType;
use serde::Serialize;

use super::Host;
use crate::boot::windows;
use crate::bytes::hex;
use crate::spec::{Bitlocker, Dumps, System, Value, VsmKeys};

/// What a policy of HGS must find on a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyTruth {
    /// The host satisfies it.
    Satisfied,
    /// The host violates it.
    Violated,
    /// The log says nothing about it, which satisfies nothing.
    NotMeasured,
    /// It depends on what the service trusts.
    NeedsReference,
}

/// A code integrity policy that was measured.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MeasuredPolicy {
    /// Name of the file.
    pub file_name: String,
    /// Its version.
    pub version: String,
    /// Its digest.
    pub digest: String,
}

/// What a host was built from. Digests and keys are hexadecimal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Truth {
    /// Its name.
    pub name: String,
    /// Its seed.
    pub seed: u64,
    /// Every field of its specification.
    pub spec: BTreeMap<String, serde_json::Value>,
    /// The TPM's reset count at the last start.
    pub reset_count: Option<u32>,
    /// The last start resumed from hibernation.
    pub resumed: bool,
    /// Code integrity policies that the last start measured.
    pub measured_policies: Vec<MeasuredPolicy>,
    /// Names of code integrity policies in force now.
    pub policies_in_force: Vec<String>,
    /// SHA-256 of the key that dumps are encrypted to.
    pub dump_key_digest: Option<String>,
    /// Modulus of the VSM identity key for decryption, and of that for signing.
    pub vsm_identity_keys: Option<[String; 2]>,
    /// What each policy of HGS must find.
    pub policies: BTreeMap<&'static str, PolicyTruth>,
}

impl Truth {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Host {
    /// What it was built from, and what its last start did.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let windows = &self.spec.windows;
        let has_keys = windows.vsm && windows.vsm_keys == VsmKeys::Present;
        let modulus = |kind| hex(&windows::vsm_modulus(&self.own, kind));
        let measured = self.ci.measured().iter().map(|policy| {
            let [major, minor, build, revision] = policy.version;
            MeasuredPolicy {
                file_name: policy.file_name.clone(),
                version: format!("{major}.{minor}.{build}.{revision}"),
                digest: hex(&policy.digest),
            }
        });
        Truth {
            name: self.spec.name.clone(),
            seed: self.seed,
            spec: self.spec.values().into_iter().map(|(key, value)| (key, json(value))).collect(),
            reset_count: self.last.as_ref().map(|boot| boot.reset_count),
            resumed: self.resumed(),
            measured_policies: measured.collect(),
            policies_in_force: names(self.ci.in_force()),
            dump_key_digest: windows::dump_key_digest(windows).map(|digest| hex(&digest)),
            vsm_identity_keys: has_keys
                .then(|| [SipaType::VSM_IDK_INFO, SipaType::VSM_IDKS_INFO].map(modulus)),
            policies: self.policies(),
        }
    }

    fn resumed(&self) -> bool {
        self.last.as_ref().is_some_and(|boot| boot.resumed)
    }

    /// What each policy must find: from the specification alone, never from a log.
    fn policies(&self) -> BTreeMap<&'static str, PolicyTruth> {
        let spec = &self.spec;
        let windows = &spec.windows;
        let holds = |satisfied| match satisfied {
            true => PolicyTruth::Satisfied,
            false => PolicyTruth::Violated,
        };
        let secure_boot = match spec.secure_boot.measured {
            true => holds(spec.secure_boot.enabled),
            false => PolicyTruth::NotMeasured,
        };
        let mut policies = BTreeMap::from([
            ("Hgs_SecureBootEnabled", secure_boot),
            ("Hgs_SecureBootSettings", PolicyTruth::NeedsReference),
        ]);
        if spec.boot.system != System::Windows {
            policies.insert("Hgs_UefiDebugDisabled", holds(!spec.firmware.debug_mode));
            return policies;
        }
        let debugged = spec.firmware.debug_mode || windows.boot_debug;
        let system_debugged =
            windows.kernel_debug || (windows.hypervisor && windows.hypervisor_debug);
        // A resume says nothing about the operating system that it wakes.
        let system = |satisfied| match self.resumed() {
            true => PolicyTruth::NotMeasured,
            false => holds(satisfied),
        };
        let debug = match debugged {
            true => PolicyTruth::Violated,
            false => system(!system_debugged),
        };
        let encrypted = windows.dumps == Dumps::Encrypted;
        let key = match windows.dumps {
            _ if self.resumed() => PolicyTruth::NotMeasured,
            Dumps::Disabled => PolicyTruth::Satisfied,
            Dumps::Plain => PolicyTruth::Violated,
            Dumps::Encrypted => PolicyTruth::NeedsReference,
        };
        let ci = match self.ci.measured().is_empty() {
            true => PolicyTruth::Violated,
            false => PolicyTruth::NeedsReference,
        };
        let keys = windows.vsm && windows.vsm_keys == VsmKeys::Present;
        policies.extend([
            ("Hgs_UefiDebugDisabled", debug),
            ("Hgs_CiPolicy", ci),
            ("Hgs_HypervisorEnforcedCiPolicy", system(windows.vbs.hvci && windows.vsm)),
            ("Hgs_FullBoot", holds(!self.resumed())),
            ("Hgs_VsmIdkPresent", system(keys)),
            ("Hgs_PageFileEncryptionEnabled", system(windows.page_file_encryption)),
            ("Hgs_BitLockerEnabled", holds(windows.bitlocker != Bitlocker::Off)),
            ("Hgs_IommuEnabled", system(windows.vbs.iommu_required)),
            ("Hgs_NoHibernation", system(!windows.hibernation)),
            ("Hgs_NoDumps", system(windows.dumps == Dumps::Disabled)),
            ("Hgs_DumpEncryption", system(encrypted || windows.dumps == Dumps::Disabled)),
            ("Hgs_DumpEncryptionKey", key),
        ]);
        policies
    }
}

fn names(policies: &[super::CiPolicy]) -> Vec<String> {
    policies.iter().map(|policy| policy.file_name.clone()).collect()
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => value.into(),
        Value::Integer(value) => value.into(),
        Value::Text(value) | Value::Other(value) => value.into(),
        Value::List(values) => values.into_iter().map(json).collect(),
    }
}
