//! What Windows measures: PCR 11 to 14.
//!
//! Source: 22 recorded logs (Windows 10, Windows Server 2019 and 2022) and the header `wbcl.h`.
//!
//! ```text
//! unlogged cap of the banks that Windows does not use
//! PCR 11         10 00 00 00
//! PCR 12, 13, 14 boot manager
//! PCR 12, 13, 14 hypervisor's part of the loader, when the hypervisor starts
//! PCR 12, 13, 14 loader: operating system, boot drivers
//! PCR 12         VSM identity keys, when VSM made them
//! PCR 11         FF FF 00 00
//! PCR 12, 13, 14 WBCL
//! ```
//!
//! A resume from hibernation caps PCR 11 before its loader's set, and says nothing about the
//! operating system. No log is public in which IOMMU required, dumps or hibernation disabled, a
//! dump key, or page file encryption are on: those elements stand where their numbers put them.

mod boot_manager;
pub(crate) mod drivers;
mod loader;
pub(crate) mod module;
mod releases;
mod set;

use portcullis_wire::event::{SEPARATOR_WBCL, WBCL_CAP, WBCL_START};
use portcullis_wire::{EventType, SipaType};

use super::Context;
use crate::log::{Banks, Hashed, Measurement};
use crate::seed::Seed;
use crate::sipa::{Element, vsm_key};
use crate::spec::VsmKeys;
pub(crate) use loader::dump_key_digest;
pub use loader::dump_key_sha256;

/// Everything that Windows measures before its kernel runs.
pub(super) fn measure(context: &Context<'_>) -> Vec<Measurement> {
    let bank = context.windows_bank();
    let mut steps = cap_unused_banks(context);
    steps.push(compact_hash(context, WBCL_START));
    steps.extend(boot_manager::set(context).records(bank));
    if context.resume {
        steps.push(compact_hash(context, WBCL_CAP));
        steps.extend(loader::resume_set(context).records(bank));
    } else {
        for set in loader::sets(context) {
            steps.extend(set.records(bank));
        }
        steps.extend(identity_keys(context));
        steps.push(compact_hash(context, WBCL_CAP));
    }
    steps.extend(
        (12..=14).map(|pcr| {
            Measurement::of_data(pcr, EventType::SEPARATOR, *SEPARATOR_WBCL).only_in(bank)
        }),
    );
    steps
}

/// Closes PCR 0 to 13 of the banks that Windows does not use, without a record.
fn cap_unused_banks(context: &Context<'_>) -> Vec<Measurement> {
    if !context.spec.tpm.cap_unused_banks {
        return Vec::new();
    }
    let extended = Banks::AllBut(context.windows_bank());
    let cap = |pcr| Measurement {
        hashed: Hashed::Zeroes,
        extended,
        logged: Banks::None,
        ..Measurement::of_data(pcr, EventType::NO_ACTION, [])
    };
    (0..=13).map(cap).collect()
}

/// A mark in PCR 11: extended in every bank, logged in one.
fn compact_hash(context: &Context<'_>, data: &[u8; 4]) -> Measurement {
    let logged = Banks::Only(context.windows_bank());
    Measurement { logged, ..Measurement::of_data(11, EventType::COMPACT_HASH, *data) }
}

fn identity_keys(context: &Context<'_>) -> Option<Measurement> {
    let windows = &context.spec.windows;
    let present = windows.vsm && windows.vsm_keys == VsmKeys::Present;
    present.then(|| {
        let keys = [SipaType::VSM_IDK_INFO, SipaType::VSM_IDKS_INFO]
            .map(|kind| vsm_key(kind, &vsm_modulus(context.own, kind)));
        let set = set::boundary(keys.into());
        set::record(12, set, context.windows_bank())
    })
}

/// The modulus of a VSM identity key: a number of the right size. Nobody has its private part,
/// so nothing can be decrypted with it; logs need no more.
pub(crate) fn vsm_modulus(own: &Seed, kind: SipaType) -> Vec<u8> {
    let mut modulus = own.bytes(&format!("{kind}"), 256);
    if let Some(first) = modulus.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = modulus.last_mut() {
        *last |= 1;
    }
    modulus
}

/// The state that every set ends with: debugging, signing, code integrity, BitLocker.
fn common_state(context: &Context<'_>, bitlocker: u32) -> Vec<Element> {
    let windows = &context.spec.windows;
    vec![
        Element::bool(SipaType::BOOTDEBUGGING, windows.boot_debug),
        Element::bool(SipaType::TESTSIGNING, windows.test_signing),
        Element::bool(SipaType::FLIGHTSIGNING, windows.flight_signing),
        Element::bool(SipaType::CODEINTEGRITY, windows.code_integrity),
        Element::u32(SipaType::BITLOCKER_UNLOCK, bitlocker),
        Element::u32(SipaType::MORBIT_API_STATUS, 0),
    ]
}

/// What opens a set: the security version of the application.
fn versions() -> [Element; 2] {
    [Element::u32(SipaType::APPLICATION_SVN, 1), Element::u32(SipaType::SVN_CHAIN_STATUS, 0)]
}
