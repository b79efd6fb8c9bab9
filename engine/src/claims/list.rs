//! Every claim by its name, as results list them: what was measured, with the bytes that say so.
//!
//! What a listed claim does *not* establish: that it may be believed. Whether Windows' own boot
//! manager wrote it, and whether a TPM signed the registers behind it, is what findings say.

use std::fmt::Display;

use super::{Claim, ClaimSet, SecureBootState, VsmKey, WindowsClaims};
use crate::crypto::{self, HashAlg};
use crate::date;
use crate::finding::Place;
use crate::formats::x509::well_known;
use crate::wire::SipaType;
use crate::wire::sipa::TransferControl;

/// A claim by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedClaim {
    /// Its name, stable.
    pub name: &'static str,
    /// Whether the measurements agree.
    pub state: ClaimState,
    /// What they say; several for a list, and for measurements that contradict each other.
    pub values: Vec<String>,
    /// The bytes that say so.
    pub places: Vec<Place>,
}

/// Whether measurements agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimState {
    /// Nothing was measured.
    Unknown,
    /// All that was measured agrees; of a list: it is what was measured.
    Consistently,
    /// Measurements contradict each other.
    Conflicting,
}

impl ClaimState {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Consistently => "consistently",
            Self::Conflicting => "conflicting",
        }
    }
}

/// Every claim, in a fixed order.
#[must_use]
pub fn list(claims: &ClaimSet) -> Vec<ListedClaim> {
    let mut listed = firmware(claims);
    listed.extend(flags(&claims.windows));
    listed.extend(values(&claims.windows));
    listed.extend(software(&claims.windows));
    listed
}

/// A list of what was measured.
fn of_list<V: Display>(
    name: &'static str,
    items: impl IntoIterator<Item = (V, Place)>,
) -> ListedClaim {
    let (values, places): (Vec<_>, Vec<_>) =
        items.into_iter().map(|(value, place)| (value.to_string(), place)).unzip();
    let state = if values.is_empty() { ClaimState::Unknown } else { ClaimState::Consistently };
    ListedClaim { name, state, values, places }
}

fn of_claim<V: PartialEq + Clone>(
    name: &'static str,
    claim: &Claim<V>,
    text: impl Fn(&V) -> String,
) -> ListedClaim {
    let (state, values) = match claim {
        Claim::Unknown => (ClaimState::Unknown, Vec::new()),
        Claim::Consistently { value, .. } => (ClaimState::Consistently, vec![text(value)]),
        Claim::Conflicting { values } => {
            let texts = values.iter().map(|(value, _)| text(value));
            (ClaimState::Conflicting, texts.collect())
        }
    };
    ListedClaim { name, state, values, places: claim.places() }
}

/// PCR 4 and 7.
fn firmware(claims: &ClaimSet) -> Vec<ListedClaim> {
    let secure_boot = &claims.secure_boot;
    let state = match secure_boot.state {
        SecureBootState::On => Some("on"),
        SecureBootState::Off => Some("off"),
        SecureBootState::Unknown => None,
    };
    let variable = |name: &str| secure_boot.variables.iter().find(|known| known.name == name);
    let place = variable("SecureBoot").map(|known| known.place);
    let authorities = secure_boot.authorities.iter().map(|authority| {
        let digest = authority.data_sha256;
        let name = well_known::certificate_name(digest.as_bytes());
        let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
        (format!("{} {digest}{name}", authority.variable), authority.place)
    });
    let variables = secure_boot
        .variables
        .iter()
        .map(|variable| (format!("{} {}", variable.name, variable.digest), variable.place));
    let actions = secure_boot.actions.iter();
    let actions = actions.map(|(text, _, place)| (text.escape_ascii().to_string(), *place));
    let images = claims.boot_chain.images.iter().map(|image| (image.digest, image.place));
    vec![
        of_list("secure_boot", state.zip(place)),
        of_list("secure_boot_variables", variables),
        of_list("launch_authorities", authorities),
        of_list("firmware_actions", actions),
        of_list("boot_applications", images),
    ]
}

fn flags(windows: &WindowsClaims) -> Vec<ListedClaim> {
    [
        ("boot_debugging", &windows.boot_debugging),
        ("kernel_debugging", &windows.kernel_debugging),
        ("hypervisor_debugging", &windows.hypervisor_debugging),
        ("test_signing", &windows.test_signing),
        ("flight_signing", &windows.flight_signing),
        ("code_integrity", &windows.code_integrity),
        ("safe_mode", &windows.safe_mode),
        ("windows_pe", &windows.windows_pe),
        ("iommu_required", &windows.iommu_required),
        ("boot_dma_protection", &windows.boot_dma_protection),
        ("hibernation_disabled", &windows.hibernation_disabled),
        ("dumps_disabled", &windows.dumps_disabled),
        ("dump_encryption", &windows.dump_encryption),
        ("page_file_encryption", &windows.page_file_encryption),
    ]
    .into_iter()
    .map(|(name, claim)| of_claim(name, claim, bool::to_string))
    .collect()
}

fn values(windows: &WindowsClaims) -> Vec<ListedClaim> {
    let key = |key: &VsmKey| {
        let sha256 = crypto::digest(HashAlg::Sha256, &[&key.modulus]);
        let bits = key.modulus.len().saturating_mul(8);
        format!("RSA of {bits} bits, sha256 of the modulus {sha256}")
    };
    let transfer = |value: &u64| {
        let known = u32::try_from(*value).ok();
        known.map_or_else(|| value.to_string(), |value| TransferControl(value).to_string())
    };
    let policies = windows.ci_policies.iter().map(|policy| {
        let (name, version) = (&policy.name, &policy.version);
        let digest = hex(&policy.digest);
        (format!("{name} {version} {} {digest}", policy.algorithm), policy.place)
    });
    vec![
        of_list("ci_policies", policies),
        of_claim("hypervisor_launch", &windows.hypervisor_launch, u64::to_string),
        of_claim("vsm_launch", &windows.vsm_launch, u64::to_string),
        of_claim("vsm_identity_key", &windows.vsm_identity_key, key),
        of_claim("vsm_signing_key", &windows.vsm_signing_key, key),
        of_claim("hypervisor_enforced_ci", &windows.hypervisor_enforced_ci, u64::to_string),
        of_list("bitlocker_unlock", windows.bitlocker_unlocks.iter().copied()),
        of_claim("dump_key", &windows.dump_key, ToString::to_string),
        of_claim("boot_counter", &windows.boot_counter, u64::to_string),
        of_claim("first_transfer", &windows.first_transfer, transfer),
        of_claim("secure_boot_policy", &windows.secure_boot_policy, |digest| hex(digest)),
    ]
}

fn software(windows: &WindowsClaims) -> Vec<ListedClaim> {
    let software = &windows.software;
    let lists = |kind: SipaType| {
        let lists = software.revocation_lists.iter().filter(move |list| list.kind == kind);
        lists.map(|list| {
            let created = list.created_unix_s.map(date::text).unwrap_or_default();
            (format!("of {created} {} {}", list.algorithm, hex(&list.digest)), list.place)
        })
    };
    let antimalware = software.antimalware.iter().map(|driver| {
        let measured = driver.measured.as_deref().map(hex).unwrap_or_default();
        (format!("{} {measured}", driver.product).trim_end().to_owned(), driver.place)
    });
    // A boot loads a hundred images; their list is that of the log.
    let places: Vec<Place> = software.modules.iter().map(|module| module.place).collect();
    let mut modules = of_list("loaded_modules", places.first().map(|place| (places.len(), *place)));
    modules.places = places;
    vec![
        of_list("application_svn", software.application_svns.iter().copied()),
        of_list("svn_chain_status", software.svn_chain_statuses.iter().copied()),
        of_list("boot_revocation_list", lists(SipaType::BOOT_REVOCATION_LIST)),
        of_list("os_revocation_list", lists(SipaType::OS_REVOCATION_LIST)),
        of_list("early_antimalware", antimalware),
        modules,
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
