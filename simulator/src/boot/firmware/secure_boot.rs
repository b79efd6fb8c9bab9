//! PCR 7: the Secure Boot variables, what firmware reports beside them, and the authorities that
//! approve images.

use portcullis_wire::event::action;
use portcullis_wire::guid::{GLOBAL_VARIABLE, IMAGE_SECURITY_DATABASE};
use portcullis_wire::{EventType, Guid};

use super::Firmware;
use crate::host::Authority;
use crate::log::Measurement;
use crate::uefi;

impl Firmware<'_> {
    /// The debugger's mark comes first (as EDK2 does it), then the variables, then what else
    /// weakens the host.
    pub(super) fn secure_boot_variables(&mut self) {
        let firmware = &self.context.spec.firmware;
        if firmware.debug_mode {
            self.action(action::UEFI_DEBUG_MODE);
        }
        if self.context.spec.secure_boot.measured {
            let keys = self.context.keys;
            let enabled = u8::from(self.context.spec.secure_boot.enabled);
            self.variable(GLOBAL_VARIABLE, "SecureBoot", &[enabled]);
            self.variable(GLOBAL_VARIABLE, "PK", &keys.platform_key());
            self.variable(GLOBAL_VARIABLE, "KEK", &keys.exchange_keys());
            self.variable(IMAGE_SECURITY_DATABASE, "db", &keys.allowed());
            self.variable(IMAGE_SECURITY_DATABASE, "dbx", &keys.denied());
        }
        if !firmware.dma_protection {
            self.action(action::DMA_PROTECTION_DISABLED);
        }
        if firmware.security_downgraded {
            self.action(action::SECURITY_LEVEL_DOWNGRADED);
        }
    }

    /// Measures the authority that approved an image, once, when Secure Boot asks for one.
    pub(super) fn authority(&mut self, authority: Authority) {
        if self.context.approves_images() && !self.authorities.contains(&authority) {
            self.authorities.push(authority);
            let entry = self.context.keys.entry(authority);
            let data = uefi::variable(IMAGE_SECURITY_DATABASE, "db", &entry);
            let kind = EventType::EFI_VARIABLE_AUTHORITY;
            self.steps.push(Measurement::of_data(7, kind, data));
        }
    }

    fn variable(&mut self, namespace: Guid, name: &str, contents: &[u8]) {
        let data = uefi::variable(namespace, name, contents);
        let kind = EventType::EFI_VARIABLE_DRIVER_CONFIG;
        self.steps.push(Measurement::of_data(7, kind, data));
    }

    fn action(&mut self, text: &[u8]) {
        self.steps.push(Measurement::of_data(7, EventType::EFI_ACTION, text));
    }
}
