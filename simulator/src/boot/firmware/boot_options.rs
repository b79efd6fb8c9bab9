//! The disk, the boot options and the first loader.

use portcullis_wire::{EventType, guid};

use crate::boot::{Context, image_content};
use crate::bytes::Bytes;
use crate::log::Measurement;
use crate::seed::Seed;
use crate::spec::{FirmwareStyle, System};
use crate::uefi::{self, DevicePath, Partition, load_option};

/// Number of the EFI system partition.
const ESP_NUMBER: u32 = 1;

/// The disk of a host.
pub(super) struct Disk<'a> {
    own: &'a Seed,
    partitions: Vec<Partition>,
}

/// Partitions as the operating system's setup makes them. Types other than the first are made up:
/// nothing but their presence shows in a log.
pub(super) fn partitions<'a>(context: &Context<'a>) -> Disk<'a> {
    let own = context.own;
    let windows = [
        ("EFI system partition", 204_800),
        ("Microsoft reserved partition", 32_768),
        ("Basic data partition", 200_000_000),
        ("", 1_000_000),
    ];
    let linux = [("ESP", 145_375)];
    let layout: &[(&str, u64)] = match context.spec.boot.system {
        System::Windows => &windows,
        System::LinuxShim | System::LinuxUki => &linux,
    };
    let (mut partitions, mut first) = (Vec::new(), 2048_u64);
    for (index, (name, blocks)) in layout.iter().enumerate() {
        let kind = match index {
            0 => guid::EFI_SYSTEM_PARTITION,
            _ => Seed::from_text("partition types").guid(name),
        };
        let last = first.saturating_add(*blocks).saturating_sub(1);
        let id = own.guid(&format!("partition {index}"));
        let name = if index == 0 { "EFI system partition" } else { "" };
        partitions.push(Partition { kind, id, blocks: (first, last), name });
        first = last.saturating_add(1);
    }
    Disk { own, partitions }
}

impl Disk<'_> {
    /// The record of its partition table.
    pub(super) fn record(&self) -> Vec<u8> {
        let crc = |label| u32::try_from(self.own.number(label, 1 << 32)).unwrap_or(0);
        let disk = self.own.guid("disk");
        let crcs = [crc("header crc"), crc("entries crc")];
        uefi::partition_table(disk, 937_703_088, crcs, &self.partitions)
    }

    /// The path of a file on the EFI system partition, short form.
    fn short_path(&self, file: &str) -> DevicePath {
        self.partition_path(DevicePath::default()).file(file)
    }

    /// The same from the root of the machine.
    pub(super) fn full_path(&self, file: &str) -> DevicePath {
        self.partition_path(DevicePath::default().pci_root().pci(23, 0).sata(0)).file(file)
    }

    fn partition_path(&self, path: DevicePath) -> DevicePath {
        match self.partitions.first() {
            Some(esp) => path.partition(ESP_NUMBER, esp.blocks, esp.id),
            None => path,
        }
    }
}

/// Where the first loader lies.
const fn loader_path(system: System) -> &'static str {
    match system {
        System::Windows => "\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
        System::LinuxShim | System::LinuxUki => "\\EFI\\BOOT\\BOOTX64.EFI",
    }
}

/// `BootOrder`, the option of the operating system, and the others.
pub(super) fn boot_variables(context: &Context<'_>) -> Vec<Measurement> {
    let spec = context.spec;
    let disk = partitions(context);
    let (description, optional) = match spec.boot.system {
        System::Windows => ("Windows Boot Manager", boot_configuration_object()),
        System::LinuxShim | System::LinuxUki => ("UEFI Misc Device", Vec::new()),
    };
    let path = disk.short_path(loader_path(spec.boot.system));
    let mut options = vec![load_option(description, &path, &optional)];
    options.extend(spec.boot.entries.iter().enumerate().map(|(index, description)| {
        let id = context.own.guid(&format!("boot option {index}"));
        let class = context.class.guid("firmware boot options");
        load_option(description, &DevicePath::default().vendor(class, &id.0), &[])
    }));
    let order: Vec<u8> = (0..options.len())
        .flat_map(|number| u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes())
        .collect();
    let mut variables = vec![("BootOrder".to_owned(), order)];
    variables.extend(
        options
            .into_iter()
            .enumerate()
            .map(|(number, option)| (format!("Boot{number:04X}"), option)),
    );
    let record = |(name, contents): (String, Vec<u8>)| {
        let data = uefi::variable(guid::GLOBAL_VARIABLE, &name, &contents);
        match spec.firmware.style {
            FirmwareStyle::Supermicro => {
                Measurement::of_data(1, EventType::EFI_VARIABLE_BOOT, data)
            }
            // Everybody else hashes the contents alone.
            _ => Measurement::of_content(1, EventType::EFI_VARIABLE_BOOT, data, contents),
        }
    };
    variables.into_iter().map(record).collect()
}

/// What Windows adds to its boot option: the object of its boot configuration, whose GUID is the
/// same everywhere.
fn boot_configuration_object() -> Vec<u8> {
    const SIZE: usize = 0x88;
    let head = Bytes::new().raw(b"WINDOWS\0").u32(1).u32(SIZE as u32).u32(0x78);
    let mut data = head.utf16z("BCDOBJECT={9dea862c-5cdd-4e70-acc1-f32b344d4795}").0;
    data.resize(SIZE, 0);
    data
}

/// The first loader: the image that the boot option names.
pub(super) fn boot_manager(context: &Context<'_>) -> Measurement {
    let system = context.spec.boot.system;
    let disk = partitions(context);
    let path = loader_path(system);
    // Dell's firmware logs the file alone.
    let device_path = match context.spec.firmware.style {
        FirmwareStyle::Dell => DevicePath::default().file(path),
        _ => disk.full_path(path),
    };
    let signer = context.spec.secure_boot.boot_manager_authority.text();
    let (size, link_time_base, label) = match system {
        System::Windows => (0x17_c948, 0x1000_0000, format!("bootmgfw.efi signed {signer}")),
        System::LinuxShim => (0xf_ffb8, 0, "shimx64.efi".to_owned()),
        System::LinuxUki => (0x2_2d08, 0, "systemd-bootx64.efi".to_owned()),
    };
    let load = uefi::image_load(0x8903_9018, size, link_time_base, &device_path);
    let content = image_content(context, &label);
    Measurement::of_content(4, EventType::EFI_BOOT_SERVICES_APPLICATION, load, content)
}
