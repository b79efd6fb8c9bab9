//! What firmware measures: PCR 0 to 7.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06, section 3.3.4, and the recorded logs that
//! each style names in [`order`]. Firmware of one style differs in the *order* of the steps, in
//! the records of PCR 0 and 1, and in what a boot variable's digest covers.

mod boot_options;
mod order;
mod secure_boot;

use portcullis_wire::event::{SEPARATOR_NORMAL, action};
use portcullis_wire::{EventType, Guid, guid};

use super::Context;
use crate::bytes::Bytes;
use crate::host::{Authority, loader_authority, option_rom_authority};
use crate::log::{Banks, Measurement};
use crate::spec::{ExitBootServices, FirmwareStyle, StartupLocality, System};
use crate::uefi::{self, DevicePath};
use boot_options::{boot_manager, boot_variables, partitions};
use order::{Step, order};

/// A firmware on its way to the operating system.
struct Firmware<'a> {
    context: &'a Context<'a>,
    steps: Vec<Measurement>,
    /// Each authority is measured once.
    authorities: Vec<Authority>,
}

/// Everything up to the first loader.
pub(super) fn measure(context: &Context<'_>) -> Vec<Measurement> {
    let mut firmware = Firmware { context, steps: Vec::new(), authorities: Vec::new() };
    for step in order(context.spec.firmware.style) {
        firmware.step(*step);
    }
    firmware.steps
}

/// The path of a file on the EFI system partition.
pub(super) fn esp_file(context: &Context<'_>, file: &str) -> DevicePath {
    partitions(context).full_path(file)
}

/// The records by which the operating system takes over. Behind Windows' own records they carry
/// one digest too (observed); that the firmware extends every bank all the same is inference.
pub(super) fn exit_boot_services(context: &Context<'_>) -> Vec<Measurement> {
    if context.spec.firmware.exit_boot_services == ExitBootServices::NotMeasured {
        return Vec::new();
    }
    let logged = match context.spec.boot.system {
        System::Windows => Banks::Only(context.windows_bank()),
        System::LinuxShim | System::LinuxUki => Banks::All,
    };
    [action::EXIT_BOOT_SERVICES_INVOCATION, action::EXIT_BOOT_SERVICES_SUCCESS]
        .map(|text| Measurement { logged, ..Measurement::of_data(5, EventType::EFI_ACTION, text) })
        .into()
}

impl Firmware<'_> {
    fn step(&mut self, step: Step) {
        let firmware = &self.context.spec.firmware;
        match step {
            Step::StartupLocality => self.startup_locality(),
            Step::CrtmContents => {
                let text = b"Boot Guard Measured S-CRTM\0";
                self.content(0, EventType::S_CRTM_CONTENTS, text, "crtm");
            }
            Step::CrtmVersion => self.crtm_version(),
            Step::Blobs(count) => (0..count).for_each(|index| self.blob(index)),
            Step::AcpiData(count) => (0..count).for_each(|index| {
                self.content(0, EventType::POST_CODE, b"ACPI DATA", &format!("acpi {index}"));
            }),
            Step::PostCodeBlob => {
                let blob = uefi::firmware_blob(0xff69_0000, 0x61_0000);
                self.content(0, EventType::POST_CODE, &blob, "post code");
            }
            Step::SecureBootVariables => self.secure_boot_variables(),
            Step::ModeVariables => self.mode_variables(),
            Step::NonHostInfo => self.non_host_info(),
            Step::ConfigVariables => self.config_variables(firmware.config_variables.0),
            Step::OptionRoms => self.option_roms(firmware.option_roms.0),
            Step::VendorApplication => self.vendor_application(),
            Step::TableOfDevices => {
                let table = self.table(self.context.class.guid("table of devices"));
                self.content(1, EventType::TABLE_OF_DEVICES, &table, "table of devices");
            }
            Step::Handoff(table) => {
                let table = self.table(table);
                // SMBIOS holds the serial number, so the digest is this host's own.
                let content = self.context.own.bytes32("smbios");
                let record =
                    Measurement::of_content(1, EventType::EFI_HANDOFF_TABLES, table, content);
                self.steps.push(record);
            }
            Step::BootVariables => self.steps.extend(boot_variables(self.context)),
            Step::BootAction => {
                let text = action::CALLING_EFI_APPLICATION;
                self.steps.push(Measurement::of_data(4, EventType::EFI_ACTION, text));
            }
            Step::Separators(first, last) => (first..=last).for_each(|pcr| {
                self.steps.push(Measurement::of_data(pcr, EventType::SEPARATOR, *SEPARATOR_NORMAL));
            }),
            Step::PartitionTable => {
                let table = partitions(self.context).record();
                self.steps.push(Measurement::of_data(5, EventType::EFI_GPT_EVENT, table));
            }
            Step::LoaderAuthority => self.authority(loader_authority(self.context.spec)),
            Step::Loader => self.steps.push(boot_manager(self.context)),
        }
    }

    /// A record over something that hosts of the class share.
    fn content(&mut self, pcr: u32, event_type: EventType, data: &[u8], label: &str) {
        let content = self.context.class.child("firmware").bytes32(&self.versioned(label));
        self.steps.push(Measurement::of_content(pcr, event_type, data, content));
    }

    fn versioned(&self, label: &str) -> String {
        format!("{} {label}", self.context.spec.firmware.version)
    }

    fn startup_locality(&mut self) {
        let startup = self.context.spec.firmware.startup_locality;
        if startup != StartupLocality::NotLogged {
            let data = uefi::startup_locality(startup.locality());
            self.steps.push(Measurement::unextended(0, data));
        }
    }

    fn crtm_version(&mut self) {
        let version = &self.context.spec.firmware.version;
        let kind = EventType::S_CRTM_VERSION;
        match self.context.spec.firmware.style {
            FirmwareStyle::Ovmf => self.steps.push(Measurement::of_data(0, kind, [0, 0])),
            FirmwareStyle::Supermicro => {
                let id = self.context.class.guid(&self.versioned("crtm"));
                self.steps.push(Measurement::of_data(0, kind, id.0));
            }
            // Dell's digest covers something else than the record's text.
            FirmwareStyle::Dell => {
                let text = Bytes::new().utf16z(version).0;
                self.content(0, kind, &text, "crtm version");
            }
            FirmwareStyle::Lenovo | FirmwareStyle::HyperV => {
                let text = Bytes::new().utf16z(version).0;
                self.steps.push(Measurement::of_data(0, kind, text));
            }
        }
    }

    fn blob(&mut self, index: u64) {
        let base = 0xff00_0000_u64.saturating_add(index.saturating_mul(0x10_0000));
        let blob = uefi::firmware_blob(base, 0x10_0000);
        let kind = EventType::EFI_PLATFORM_FIRMWARE_BLOB;
        self.content(0, kind, &blob, &format!("volume {index}"));
    }

    fn mode_variables(&mut self) {
        let deployed = self.context.spec.firmware.style == FirmwareStyle::Dell;
        for (name, value) in [("DeployedMode", u8::from(deployed)), ("AuditMode", 0)] {
            let data = uefi::variable(guid::GLOBAL_VARIABLE, name, &[value]);
            let kind = EventType::EFI_VARIABLE_DRIVER_CONFIG;
            self.steps.push(Measurement::of_data(1, kind, data));
        }
    }

    fn non_host_info(&mut self) {
        let engine = b"IntelCSxEEvent01\0\0\0\0\x04\0\0\0\0";
        self.content(0, EventType::NONHOST_INFO, engine, "management engine");
        let info = Bytes::new().raw(b"IntelCSxEInfoEvent\0\0\x01\0\0\0").u32(0xa0e0_8086).u32(1);
        self.steps.push(Measurement::of_data(0, EventType::NONHOST_INFO, info.0));
    }

    fn config_variables(&mut self, count: u64) {
        let namespace = self.context.class.guid("settings");
        for index in 0..count {
            let name = format!("PlatformConfig{index}");
            let contents = self.context.class.bytes(&self.versioned(&name), 32);
            let data = uefi::variable(namespace, &name, &contents);
            let kind = EventType::EFI_VARIABLE_DRIVER_CONFIG;
            self.steps.push(Measurement::of_data(1, kind, data));
        }
    }

    fn option_roms(&mut self, count: u64) {
        if count > 0 {
            self.authority(option_rom_authority(self.context.spec));
        }
        for index in 0..count {
            let label = format!("option rom {index}");
            // The first ones lie on adapters, the others in the flash.
            let path = match index {
                0..3 => DevicePath::default().rom_range(0x14800, 0x31fff),
                _ => DevicePath::default().firmware_file(self.context.class.guid(&label)),
            };
            let size =
                0x6000_u64.saturating_add(self.context.class.number(&label, 0x40000) & !0x1f);
            let base = 0x6f00_0020_u64.saturating_add(index.saturating_mul(0x10_0000));
            let load = uefi::image_load(base, size, 0, &path);
            self.content(2, EventType::EFI_BOOT_SERVICES_DRIVER, &load, &label);
        }
    }

    fn vendor_application(&mut self) {
        if self.context.spec.firmware.vendor_application {
            let path =
                DevicePath::default().file("\\efi\\Dell\\System_Services\\System_Services.efi");
            let load = uefi::image_load(0x6ef4_2020, 0xdf80, 0, &path);
            let kind = EventType::EFI_BOOT_SERVICES_APPLICATION;
            self.content(4, kind, &load, "system services");
        }
    }

    fn table(&self, table: Guid) -> Vec<u8> {
        uefi::handoff_table(table, 0x8fcb_0000)
    }
}
