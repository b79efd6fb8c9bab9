//! What Windows says about the software of its boot: security versions, revocation lists, early
//! antimalware, loaded images.
//!
//! No policy of HGS asks for these. They are information, so an element that does not decode is
//! left out instead of spoiling the rest; [`crate::formats::sipa`] shows it where it stands.

use super::registers::Registers;
use super::state::place;
use crate::finding::Place;
use crate::formats::body::Escaped;
use crate::formats::sipa::{ElamData, LoadedModule, SipaValue};
use crate::wire::{SipaType, TpmAlg};

/// The software of the boot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SoftwareClaims {
    /// Security version of each boot application.
    pub application_svns: Vec<(u64, Place)>,
    /// Windows' own check of the chain of security versions; 0 in every known log.
    pub svn_chain_statuses: Vec<(u64, Place)>,
    /// Revocation lists of the boot manager and of the loader.
    pub revocation_lists: Vec<RevocationListClaim>,
    /// Early-launch antimalware.
    pub antimalware: Vec<AntimalwareClaim>,
    /// Loaded images, as PCR 13 describes them.
    pub modules: Vec<ModuleClaim>,
}

/// A revocation list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevocationListClaim {
    /// Whose it is.
    pub kind: SipaType,
    /// When it was made, in seconds since 1970-01-01T00:00:00Z; `None` before that.
    pub created_unix_s: Option<u64>,
    /// Algorithm of the digest.
    pub algorithm: TpmAlg,
    /// Digest of the list.
    pub digest: Vec<u8>,
    /// Its element.
    pub place: Place,
}

/// An early-launch antimalware driver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AntimalwareClaim {
    /// Name of the product, escaped for display.
    pub product: String,
    /// Digest of what it asked to be measured.
    pub measured: Option<Vec<u8>>,
    /// Its container.
    pub place: Place,
}

/// A loaded image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleClaim {
    /// Path on the boot device, escaped for display.
    pub path: String,
    /// Common name of its signer, escaped for display.
    pub publisher: Option<String>,
    /// Authenticode hash.
    pub hash: Vec<u8>,
    /// Security version.
    pub svn: Option<u32>,
    /// False when it was loaded although its signature was not valid.
    pub validated: Option<bool>,
    /// Its container.
    pub place: Place,
}

pub(super) fn extract(registers: &Registers<'_>) -> SoftwareClaims {
    SoftwareClaims {
        application_svns: numbers(registers, SipaType::APPLICATION_SVN),
        svn_chain_statuses: numbers(registers, SipaType::SVN_CHAIN_STATUS),
        revocation_lists: [SipaType::BOOT_REVOCATION_LIST, SipaType::OS_REVOCATION_LIST]
            .into_iter()
            .flat_map(|kind| revocation_lists(registers, kind))
            .collect(),
        antimalware: antimalware(registers),
        modules: modules(registers),
    }
}

/// What PCR 12 says; PCR 13 repeats it.
fn numbers(registers: &Registers<'_>, kind: SipaType) -> Vec<(u64, Place)> {
    let sets = registers.counters.iter();
    sets.flat_map(|set| {
        let nodes = set.tree.in_boundaries(kind);
        nodes.filter_map(|node| Some((node.value().number()?, place(set, node))))
    })
    .collect()
}

fn revocation_lists(registers: &Registers<'_>, kind: SipaType) -> Vec<RevocationListClaim> {
    let sets = registers.modules.iter();
    sets.flat_map(|set| {
        set.tree.in_boundaries(kind).filter_map(|node| match node.value() {
            SipaValue::RevocationList(list) => Some(RevocationListClaim {
                kind,
                created_unix_s: list.created_unix_s(),
                algorithm: list.hash_alg,
                digest: list.digest.to_vec(),
                place: place(set, node),
            }),
            _ => None,
        })
    })
    .collect()
}

fn antimalware(registers: &Registers<'_>) -> Vec<AntimalwareClaim> {
    let sets = registers.counters.iter();
    sets.flat_map(|set| {
        set.tree.in_boundaries(SipaType::ELAM_AGGREGATION).filter_map(|node| {
            let data = ElamData::read(&set.tree, node).ok()?;
            Some(AntimalwareClaim {
                product: Escaped(&data.key_name?.text).to_string(),
                measured: data.measured.map(<[u8]>::to_vec),
                place: place(set, node),
            })
        })
    })
    .collect()
}

fn modules(registers: &Registers<'_>) -> Vec<ModuleClaim> {
    let sets = registers.modules.iter();
    sets.flat_map(|set| {
        set.tree.in_boundaries(SipaType::LOADEDMODULE_AGGREGATION).filter_map(|node| {
            let module = LoadedModule::read(&set.tree, node).ok()?;
            Some(ModuleClaim {
                path: Escaped(&module.path?.text).to_string(),
                publisher: module.publisher.map(|name| Escaped(&name.text).to_string()),
                hash: module.hash?.to_vec(),
                svn: module.svn,
                validated: module.validated,
                place: place(set, node),
            })
        })
    })
    .collect()
}
