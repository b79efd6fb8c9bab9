//! The sets of the loader: hypervisor, operating system, or resume.

use portcullis_wire::SipaType;
use portcullis_wire::sipa::{BitlockerUnlock, TransferControl};

use super::set::Set;
use super::{common_state, drivers, releases, versions};
use crate::boot::Context;
use crate::seed::Seed;
use crate::sipa::Element;
use crate::spec::{Bitlocker, DataExecution, Dumps, HostSpec, IommuPolicy, VbsSpec, WindowsSpec};

/// Kinds of OSDEVICE: a partition of a disk, and a RAM disk.
const DEVICE_PARTITION: u32 = 0x0001_0004;
const DEVICE_RAM_DISK: u32 = 0x0001_0006;

/// The sets of a full boot: one, or two when the hypervisor starts.
pub(super) fn sets(context: &Context<'_>) -> Vec<Set> {
    if context.spec.windows.hypervisor {
        let [first, last] = releases::hypervisor_lists(context);
        let hypervisor = Set { lists: first, ..hypervisor_set(context) };
        // The last set has no versions and no common state: the hypervisor's set has them.
        let system = Set { lists: last, ..system_set(context, Set::default()) };
        return vec![hypervisor, system];
    }
    let mut set = Set::default();
    versions().into_iter().for_each(|element| set.state(element));
    let mut set = system_set(context, set);
    common_state(context, unlocked(context)).into_iter().for_each(|element| set.state(element));
    set.lists = releases::loader_lists(context);
    vec![set]
}

/// What the resume loader writes: its texts and its state, nothing about the operating system.
pub(super) fn resume_set(context: &Context<'_>) -> Set {
    let mut set = Set::default();
    versions().into_iter().for_each(|element| set.state(element));
    set.images(["winresume.efi.MUI", "bootres.dll"].map(|name| drivers::module(context, name)));
    common_state(context, unlocked(context)).into_iter().for_each(|element| set.state(element));
    set
}

/// The boot manager leaves the volume's key behind: the loader finds it cached.
fn unlocked(context: &Context<'_>) -> u32 {
    match context.spec.windows.bitlocker {
        Bitlocker::Off => 0,
        _ => BitlockerUnlock::CACHED.0,
    }
}

fn hypervisor_set(context: &Context<'_>) -> Set {
    let windows = &context.spec.windows;
    let mut set = Set::default();
    versions().into_iter().for_each(|element| set.state(element));
    let [before, behind] = drivers::hypervisor(context);
    set.images(before);
    set.state(Element::bool(SipaType::HYPERVISOR_DEBUG, windows.hypervisor_debug));
    let iommu = match windows.iommu_policy {
        IommuPolicy::Default => 0,
        IommuPolicy::Enable => 1,
        IommuPolicy::Disable => 2,
    };
    set.state(Element::u64(SipaType::HYPERVISOR_IOMMU_POLICY, iommu));
    set.state(Element::u64(SipaType::HYPERVISOR_MMIO_NX_POLICY, 1));
    set.state(Element::u64(SipaType::HYPERVISOR_MSR_FILTER_POLICY, 1));
    set.images(behind);
    if releases::knows_boot_dma_protection(windows.release) {
        let kind = SipaType::HYPERVISOR_BOOT_DMA_PROTECTION;
        set.state(Element::bool(kind, windows.boot_dma_protection));
    }
    let transfer = TransferControl::HYPERVISOR.0;
    set.volatile(Element::u32(SipaType::TRANSFER_CONTROL, transfer));
    common_state(context, unlocked(context)).into_iter().for_each(|element| set.state(element));
    set
}

/// The operating system: images, parameters, virtualization-based security, antimalware.
fn system_set(context: &Context<'_>, mut set: Set) -> Set {
    let spec = context.spec;
    let windows = &spec.windows;
    let [modules, secure_kernel] = drivers::system(context);
    set.images(modules);
    if windows.vsm {
        set.state(Element::u32(SipaType::MORBIT_NOT_CANCELABLE, 1));
    }
    set.images(secure_kernel);
    parameters(spec).into_iter().for_each(|element| set.state(element));
    vbs(&windows.vbs).into_iter().for_each(|element| set.state(element));
    if releases::knows_no_secrets(windows.release) {
        set.state(Element::bool(SipaType::VBS_VSM_NOSECRETS_ENFORCED, false));
    }
    if windows.vbs.credential_guard.0 > 0 {
        let flags = u32::try_from(windows.vbs.credential_guard.0).unwrap_or(u32::MAX);
        set.state(Element::u32(SipaType::LSAISO_CONFIG, flags));
    }
    set.state(Element::u32(SipaType::DRIVER_LOAD_POLICY, 1));
    set.state(Element::u32(SipaType::SMT_STATUS, u32::from(windows.smt)));
    if !windows.elam.is_empty() {
        set.volatile(antimalware(&windows.elam));
    }
    set
}

/// Parameters of the operating system, always there.
fn parameters(spec: &HostSpec) -> Vec<Element> {
    let windows = &spec.windows;
    let device = if windows.winpe { DEVICE_RAM_DISK } else { DEVICE_PARTITION };
    let execution = match windows.data_execution {
        DataExecution::OptIn => 0,
        DataExecution::OptOut => 1,
        DataExecution::AlwaysOff => 2,
        DataExecution::AlwaysOn => 3,
    };
    let mut elements = vec![
        Element::bool(SipaType::OSKERNELDEBUG, windows.kernel_debug),
        Element::u32(SipaType::OSDEVICE, device),
        Element::text(SipaType::SYSTEMROOT, &windows.system_root),
        Element::u64(SipaType::DATAEXECUTIONPREVENTION, execution),
        Element::bool(SipaType::SAFEMODE, windows.safe_mode),
        Element::bool(SipaType::WINPE, windows.winpe),
        Element::u64(SipaType::HYPERVISOR_LAUNCH_TYPE, u64::from(windows.hypervisor)),
        Element::u64(SipaType::VSM_LAUNCH_TYPE, u64::from(windows.vsm)),
        Element::bool(SipaType::PAGEFILE_ENCRYPTION_ENABLED, windows.page_file_encryption),
        Element::bool(SipaType::HIBERNATION_DISABLED, !windows.hibernation),
        Element::bool(SipaType::DUMPS_DISABLED, windows.dumps == Dumps::Disabled),
        Element::bool(SipaType::DUMP_ENCRYPTION_ENABLED, windows.dumps == Dumps::Encrypted),
    ];
    elements.extend(
        dump_key_digest(windows)
            .map(|digest| Element::bytes(SipaType::DUMP_ENCRYPTION_KEY_DIGEST, digest)),
    );
    elements
}

/// SHA-256 of the public key that dumps are encrypted to.
pub(crate) fn dump_key_digest(windows: &WindowsSpec) -> Option<[u8; 32]> {
    (windows.dumps == Dumps::Encrypted).then(|| dump_key_sha256(&windows.dump_key))
}

/// SHA-256 of the public key that a label of `windows.dump_key` stands for.
#[must_use]
pub fn dump_key_sha256(label: &str) -> [u8; 32] {
    Seed::from_text("dump keys").bytes32(label)
}

/// What virtualization-based security demands: only what is set, in the order of the numbers.
fn vbs(vbs: &VbsSpec) -> Vec<Element> {
    let flag = |kind, set: bool| set.then(|| Element::bool(kind, true));
    [
        flag(SipaType::VBS_VSM_REQUIRED, vbs.vsm_required),
        flag(SipaType::VBS_SECUREBOOT_REQUIRED, vbs.secure_boot_required),
        flag(SipaType::VBS_IOMMU_REQUIRED, vbs.iommu_required),
        flag(SipaType::VBS_MMIO_NX_REQUIRED, vbs.mmio_nx_required),
        flag(SipaType::VBS_MSR_FILTERING_REQUIRED, vbs.msr_filtering_required),
        flag(SipaType::VBS_MANDATORY_ENFORCEMENT, vbs.mandatory),
        vbs.hvci.then(|| Element::u64(SipaType::VBS_HVCI_POLICY, 1)),
        flag(SipaType::VBS_MICROSOFT_BOOT_CHAIN_REQUIRED, vbs.microsoft_boot_chain_required),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn antimalware(product: &str) -> Element {
    let measured = Seed::from_text("antimalware").child(product).bytes("configuration", 20);
    let elements = vec![
        Element::text(SipaType::ELAM_KEYNAME, product),
        Element::bytes(SipaType::ELAM_MEASURED, measured),
    ];
    Element::elements(SipaType::ELAM_AGGREGATION, elements)
}
