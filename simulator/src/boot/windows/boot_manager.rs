//! The set of the boot manager.

use portcullis_wire::SipaType;
use portcullis_wire::sipa::{BitlockerUnlock, TransferControl};

use super::module::Module;
use super::set::Set;
use super::{common_state, releases, versions};
use crate::boot::Context;
use crate::host::Signer;
use crate::sipa::Element;
use crate::spec::{Bitlocker, FirmwareStyle};

/// NV index of the monotonic counter.
const COUNTER_INDEX: u64 = 0x0141_0001;
/// What the counter grows by with each start.
const COUNTER_STEP: u64 = 256;

/// What the boot manager writes.
pub(super) fn set(context: &Context<'_>) -> Set {
    let mut set = Set::default();
    if context.spec.boot.event_counter {
        let count = context.starts.saturating_mul(COUNTER_STEP);
        set.volatile(Element::u64(SipaType::COUNTERID, COUNTER_INDEX));
        set.volatile(Element::u64(SipaType::EVENTCOUNTER, count));
    }
    set.volatile(Element::u64(SipaType::BOOTCOUNTER, u64::from(context.reset_count)));
    set.images(modules(context));
    versions().into_iter().for_each(|element| set.state(element));
    let transfer = match context.resume {
        false => TransferControl::OSLOADER,
        true => TransferControl::RESUME,
    };
    set.volatile(Element::u32(SipaType::TRANSFER_CONTROL, transfer.0));
    let unlocked = unlocked(context.spec.windows.bitlocker);
    common_state(context, unlocked.0).into_iter().for_each(|element| set.state(element));
    set.lists = releases::boot_manager_lists(context);
    set
}

/// How the boot manager unlocked the volume.
const fn unlocked(bitlocker: Bitlocker) -> BitlockerUnlock {
    match bitlocker {
        Bitlocker::Off => BitlockerUnlock(0),
        Bitlocker::Tpm => BitlockerUnlock::TPM,
        Bitlocker::TpmPin => BitlockerUnlock(BitlockerUnlock::TPM.0 | BitlockerUnlock::PIN.0),
        Bitlocker::ExternalKey => BitlockerUnlock::EXTERNAL,
        Bitlocker::Recovery => BitlockerUnlock::RECOVERY,
    }
}

fn modules(context: &Context<'_>) -> Vec<Module> {
    let windows = &context.spec.windows;
    let texts = match context.spec.firmware.style {
        FirmwareStyle::Supermicro => "\\EFI\\MICROSOFT\\BOOT\\en-US\\BOOTMGFW.EFI.MUI",
        _ => "\\EFI\\Microsoft\\Boot\\en-US\\bootmgfw.efi.MUI",
    };
    let mut modules = Vec::new();
    if windows.boot_manager_texts {
        modules.push(Module::new(context, texts, Signer::WINDOWS));
    }
    let loader = if context.resume { "winresume.efi" } else { "winload.efi" };
    let path = format!("{}\\system32\\{loader}", windows.system_root);
    modules.push(Module { svn: Some(1), ..Module::new(context, path, Signer::WINDOWS) });
    modules
}
