//! What differs between releases: elements that only some know, and where lists and policies stand.
//!
//! Observed, by release:
//!
//! | release | without hypervisor | with hypervisor |
//! |---|---|---|
//! | Server 2019 | loader: OS list, boot list | (1903) hypervisor set: none; loader: boot list, OS list |
//! | 20H2 | - | hypervisor set: boot list; loader: OS list |
//! | 21H2 | - | hypervisor set: OS list, boot list; loader: none |
//! | Server 2022 | loader: OS list, boot list | - |
//!
//! Policies and SBCP_INFO stand before the lists of the first set of the loader. `SiPolicy.p7b`
//! stands in the boot manager's set too, inbox policies do not.

use portcullis_wire::SipaType;

use crate::boot::Context;
use crate::host::CiPolicy;
use crate::seed::Seed;
use crate::sipa::{BootPolicy, Element, ListInfo};
use crate::spec::Release;

/// Lists of the boot manager: the boot list stands there only when Secure Boot is on.
pub(super) fn boot_manager_lists(context: &Context<'_>) -> Vec<Element> {
    let mut lists: Vec<_> = secure_boot_policy(context).into_iter().collect();
    let site = context.ci_policies.iter().filter(|policy| policy.is_site_policy());
    lists.extend(site.map(CiPolicy::element));
    if context.spec.secure_boot.enabled {
        lists.push(list(SipaType::BOOT_REVOCATION_LIST));
    }
    lists
}

/// Lists of the loader's only set.
pub(super) fn loader_lists(context: &Context<'_>) -> Vec<Element> {
    let mut lists = policies(context);
    lists.extend([SipaType::OS_REVOCATION_LIST, SipaType::BOOT_REVOCATION_LIST].map(list));
    lists
}

/// Lists of the two sets that the loader writes when the hypervisor starts.
pub(super) fn hypervisor_lists(context: &Context<'_>) -> [Vec<Element>; 2] {
    let (boot, system) = (SipaType::BOOT_REVOCATION_LIST, SipaType::OS_REVOCATION_LIST);
    let (first, last): (&[SipaType], &[SipaType]) = match context.spec.windows.release {
        Release::Server2019 => (&[], &[boot, system]),
        Release::Client20H2 => (&[boot], &[system]),
        Release::Client21H2 | Release::Server2022 | Release::Server2025 => (&[system, boot], &[]),
    };
    let mut lists = policies(context);
    lists.extend(first.iter().copied().map(list));
    [lists, last.iter().copied().map(list).collect()]
}

fn policies(context: &Context<'_>) -> Vec<Element> {
    let policies = context.ci_policies.iter().map(CiPolicy::element);
    secure_boot_policy(context).into_iter().chain(policies).collect()
}

/// The Secure Boot configuration policy, which is measured only when Secure Boot is on.
fn secure_boot_policy(context: &Context<'_>) -> Option<Element> {
    let spec = context.spec;
    spec.secure_boot.enabled.then(|| {
        let seed = Seed::from_text("secure boot policies");
        let digest = match spec.secure_boot.custom_policy {
            // Policies of the owner belong to the class.
            true => context.class.bytes32("secure boot policy"),
            false if spec.windows.release == Release::Server2019 => seed.bytes32("2019"),
            false => seed.bytes32("2020"),
        };
        BootPolicy { options: 0, digest }.element()
    })
}

/// The revocation lists, the same for everybody.
fn list(kind: SipaType) -> Element {
    // 2022-02-28 and 2021-11-30, the dates of real lists.
    let (name, created_filetime) = match kind {
        SipaType::OS_REVOCATION_LIST => ("driver.stl", 132_904_800_000_000_000),
        _ => ("boot.stl", 132_827_040_000_000_000),
    };
    ListInfo { created_filetime, digest: Seed::from_text(name).bytes32("list") }.element(kind)
}

/// True for releases that write `VBS_VSM_NOSECRETS_ENFORCED`, set or not.
pub(super) const fn knows_no_secrets(release: Release) -> bool {
    matches!(release, Release::Client21H2 | Release::Server2022 | Release::Server2025)
}

/// True for releases that write `HYPERVISOR_BOOT_DMA_PROTECTION`.
pub(super) const fn knows_boot_dma_protection(release: Release) -> bool {
    knows_no_secrets(release)
}
