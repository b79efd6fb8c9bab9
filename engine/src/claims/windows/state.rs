//! From sets of elements to claims.
//!
//! A value counts wherever it stands in PCR 12 or 13, so that no second statement of a flag can
//! be hidden beside the first: one that differs makes a conflict, and a conflict satisfies
//! nothing.

use std::collections::BTreeMap;

use super::defect::WindowsDefect;
use super::registers::{Registers, Set};
use super::{CiPolicyClaim, VsmKey, WindowsClaims, software};
use crate::claims::Claim;
use crate::crypto::{Digest, HashAlg};
use crate::finding::Place;
use crate::formats::body::Escaped;
use crate::formats::sipa::{SipaNode, SipaValue};
use crate::wire::SipaType as T;

/// Elements that Windows writes into PCR 12 and repeats in PCR 13.
const REPEATED: [T; 30] = [
    T::APPLICATION_SVN,
    T::SVN_CHAIN_STATUS,
    T::BOOTDEBUGGING,
    T::TESTSIGNING,
    T::FLIGHTSIGNING,
    T::CODEINTEGRITY,
    T::BITLOCKER_UNLOCK,
    T::MORBIT_API_STATUS,
    T::OSKERNELDEBUG,
    T::OSDEVICE,
    T::SYSTEMROOT,
    T::DATAEXECUTIONPREVENTION,
    T::SAFEMODE,
    T::WINPE,
    T::HYPERVISOR_LAUNCH_TYPE,
    T::HYPERVISOR_IOMMU_POLICY,
    T::HYPERVISOR_DEBUG,
    T::HYPERVISOR_BOOT_DMA_PROTECTION,
    T::VSM_LAUNCH_TYPE,
    T::PAGEFILE_ENCRYPTION_ENABLED,
    T::HIBERNATION_DISABLED,
    T::DUMPS_DISABLED,
    T::DUMP_ENCRYPTION_ENABLED,
    T::DUMP_ENCRYPTION_KEY_DIGEST,
    T::LSAISO_CONFIG,
    T::DRIVER_LOAD_POLICY,
    T::SMT_STATUS,
    T::VBS_IOMMU_REQUIRED,
    T::VBS_HVCI_POLICY,
    T::VBS_VSM_REQUIRED,
];

pub(super) fn claims(mut registers: Registers<'_>) -> WindowsClaims {
    let present = registers.present();
    let differences = differences(&registers);
    registers.defects.extend(differences);
    let mut reader = Reader { registers: &registers, defects: Vec::new() };
    let mut claims = WindowsClaims {
        present,
        defects: Vec::new(),
        behind_separator: registers.behind_separator.clone(),
        boot_debugging: reader.flag(T::BOOTDEBUGGING),
        kernel_debugging: reader.flag(T::OSKERNELDEBUG),
        hypervisor_debugging: reader.flag(T::HYPERVISOR_DEBUG),
        test_signing: reader.flag(T::TESTSIGNING),
        flight_signing: reader.flag(T::FLIGHTSIGNING),
        code_integrity: reader.flag(T::CODEINTEGRITY),
        safe_mode: reader.flag(T::SAFEMODE),
        windows_pe: reader.flag(T::WINPE),
        ci_policies: reader.ci_policies(),
        hypervisor_launch: reader.number(T::HYPERVISOR_LAUNCH_TYPE),
        vsm_launch: reader.number(T::VSM_LAUNCH_TYPE),
        vsm_identity_key: reader.vsm_key(T::VSM_IDK_INFO),
        vsm_signing_key: reader.vsm_key(T::VSM_IDKS_INFO),
        hypervisor_enforced_ci: reader.number(T::VBS_HVCI_POLICY),
        iommu_required: reader.flag(T::VBS_IOMMU_REQUIRED),
        boot_dma_protection: reader.flag(T::HYPERVISOR_BOOT_DMA_PROTECTION),
        bitlocker_unlocks: reader.values(T::BITLOCKER_UNLOCK, number),
        hibernation_disabled: reader.flag(T::HIBERNATION_DISABLED),
        dumps_disabled: reader.flag(T::DUMPS_DISABLED),
        dump_encryption: reader.flag(T::DUMP_ENCRYPTION_ENABLED),
        dump_key: Claim::of(reader.values(T::DUMP_ENCRYPTION_KEY_DIGEST, digest)),
        page_file_encryption: reader.flag(T::PAGEFILE_ENCRYPTION_ENABLED),
        boot_counter: reader.number(T::BOOTCOUNTER),
        first_transfer: reader.first_transfer(),
        secure_boot_policy: Claim::of(reader.values(T::SBCP_INFO, |value| match value {
            SipaValue::SbcpInfo(info) => Some(info.digest.to_vec()),
            _ => None,
        })),
        software: software::extract(&registers),
    };
    let undecodable = reader.defects;
    claims.defects = registers.defects;
    claims.defects.extend(undecodable);
    claims
}

fn flag(value: &SipaValue<'_>) -> Option<bool> {
    value.boolean()
}

fn number(value: &SipaValue<'_>) -> Option<u64> {
    value.number()
}

fn digest(value: &SipaValue<'_>) -> Option<Digest> {
    match value {
        SipaValue::Digest(bytes) => Digest::new(HashAlg::Sha256, bytes),
        _ => None,
    }
}

struct Reader<'r, 'a> {
    registers: &'r Registers<'a>,
    /// Elements whose data does not fit their type: they could have said anything.
    defects: Vec<WindowsDefect>,
}

impl Reader<'_, '_> {
    fn flag(&mut self, kind: T) -> Claim<bool> {
        Claim::of(self.values(kind, flag))
    }

    fn number(&mut self, kind: T) -> Claim<u64> {
        Claim::of(self.values(kind, number))
    }

    /// Every value of a type in PCR 12 and 13, in the order of the registers.
    fn values<V>(
        &mut self,
        kind: T,
        read: impl Fn(&SipaValue<'_>) -> Option<V>,
    ) -> Vec<(V, Place)> {
        let mut values = Vec::new();
        for set in self.registers.counters.iter().chain(&self.registers.modules) {
            for node in set.tree.find(kind) {
                let place = place(set, node);
                match read(&node.value()) {
                    Some(value) => values.push((value, place)),
                    None => {
                        let reason = format!("`{kind}` does not decode");
                        self.defects.push(WindowsDefect::Malformed { place, reason });
                    }
                }
            }
        }
        values
    }

    fn vsm_key(&mut self, kind: T) -> Claim<VsmKey> {
        Claim::of(self.values(kind, |value| match value {
            SipaValue::VsmIdk(key) => {
                Some(VsmKey { exponent: key.exponent.to_vec(), modulus: key.modulus.to_vec() })
            }
            _ => None,
        }))
    }

    /// Every policy in force, once: Windows Server writes one policy into several sets.
    fn ci_policies(&mut self) -> Vec<CiPolicyClaim> {
        let measured = self.values(T::SI_POLICY, |value| match value {
            SipaValue::SiPolicy(policy) => Some((
                Escaped(&policy.name.text).to_string(),
                policy.version.to_string(),
                policy.hash_alg,
                policy.digest.to_vec(),
            )),
            _ => None,
        });
        let mut policies: Vec<CiPolicyClaim> = Vec::new();
        for ((name, version, algorithm, digest), place) in measured {
            let known = policies.iter().any(|known| {
                known.name == name && known.algorithm == algorithm && known.digest == digest
            });
            if !known {
                policies.push(CiPolicyClaim { name, version, algorithm, digest, place });
            }
        }
        policies
    }

    /// The boot manager's set is the first; later sets hand over to the hypervisor.
    fn first_transfer(&mut self) -> Claim<u64> {
        let first = self.registers.counters.first();
        let values = first.into_iter().flat_map(|set| {
            set.tree
                .find(T::TRANSFER_CONTROL)
                .filter_map(|node| Some((node.value().number()?, place(set, node))))
        });
        Claim::of(values.collect())
    }
}

pub(super) fn place(set: &Set<'_>, node: &SipaNode<'_>) -> Place {
    Place::in_event(set.event, node.span)
}

/// What PCR 12 and 13 say differently although Windows says it twice.
fn differences(registers: &Registers<'_>) -> Vec<WindowsDefect> {
    let stated = |sets: &[Set<'_>], kind: T| -> Vec<Vec<u8>> {
        let nodes = sets.iter().flat_map(|set| set.tree.find(kind));
        nodes.map(|node| node.data.to_vec()).collect()
    };
    let mut defects: Vec<WindowsDefect> = REPEATED
        .into_iter()
        .filter(|kind| stated(&registers.counters, *kind) != stated(&registers.modules, *kind))
        .map(WindowsDefect::StatesDiffer)
        .collect();
    // The order of modules differs between the registers, their number and hashes do not.
    let hashes = |sets: &[Set<'_>]| {
        let mut counted: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for hash in stated(sets, T::AUTHENTICODEHASH) {
            let count = counted.entry(hash).or_default();
            *count = count.saturating_add(1);
        }
        counted
    };
    if hashes(&registers.counters) != hashes(&registers.modules) {
        defects.push(WindowsDefect::ModulesDiffer);
    }
    defects
}
