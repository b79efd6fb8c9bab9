//! What Linux' boot loaders measure.
//!
//! Models: our captures `a-sb-on-ms` (shim, GRUB, kernel) and `d3-own-keys-uki` (systemd-boot,
//! unified kernel image), of Debian 13. What the running system measures later (IMA, systemd) is
//! not in the firmware's log.

use portcullis_wire::EventType;
use portcullis_wire::guid::SHIM_LOCK;

use super::{Context, image_content};
use crate::bytes::{Bytes, utf16};
use crate::host::Authority;
use crate::log::Measurement;
use crate::uefi::{self, DevicePath, signature};

/// Id of the record over a kernel's load options, chosen by Linux.
const LOAD_OPTIONS_EVENT: u32 = 0x8f3b_22ed;
/// Id of the record over an initial file system, chosen by Linux.
const INITRD_EVENT: u32 = 0x8f3b_22ec;

/// Sections of a unified kernel image, in the order in which systemd-stub measures them.
const UKI_SECTIONS: [&str; 4] = [".linux", ".osrel", ".cmdline", ".initrd"];

/// GRUB's configuration before the specification's own commands.
const GRUB_PROLOGUE: [&str; 4] = [
    "[ -z (hd0,gpt1)/EFI/debian -o ! -e (hd0,gpt1)/EFI/debian ]",
    "[ -e (hd0,gpt1)/EFI/debian/x86_64-efi/grub.cfg ]",
    "[ -e (hd0,gpt1)/EFI/debian/grub.cfg ]",
    "source (hd0,gpt1)/EFI/debian/grub.cfg",
];

/// shim, GRUB and a kernel.
pub(super) fn shim(context: &Context<'_>) -> Vec<Measurement> {
    let linux = &context.spec.linux;
    let mut steps = shim_state(context);
    steps.push(application(context, "grubx64.efi", 0x3f_d5c0, &grub_path()));
    steps.extend(GRUB_PROLOGUE.map(grub_command));
    steps.push(grub_file(context, "(hd0,gpt1)/EFI/debian/grub.cfg"));
    steps.extend((0..linux.grub_commands.0).map(|index| match index {
        0 => grub_command("set timeout=0"),
        _ => grub_command(&format!("set option{index}=1")),
    }));
    steps.push(grub_command(&format!("linux /vmlinuz {}", linux.command_line)));
    steps.push(grub_file(context, "/vmlinuz"));
    // GRUB has shim verify the image, and the firmware load it: both measure.
    let kernel = application(context, "vmlinuz", 0x7d_d7c0, &DevicePath::none());
    steps.extend([kernel.clone(), kernel]);
    let line = format!("/vmlinuz {}", linux.command_line);
    steps.push(grub_text("kernel_cmdline: ", &line));
    steps.push(grub_command("initrd /initrd.img"));
    steps.push(grub_file(context, "/initrd.img"));
    steps.push(grub_command("boot"));
    steps
}

fn grub_path() -> DevicePath {
    DevicePath::default().file("\\EFI\\BOOT\\grubx64.efi")
}

/// What shim measures before it starts GRUB: its lists, its revocation level, its key.
fn shim_state(context: &Context<'_>) -> Vec<Measurement> {
    let list = |name: &str, contents: &[u8]| {
        let data = [name.as_bytes(), b"\0"].concat();
        Measurement::of_content(14, EventType::IPL, data, contents)
    };
    let authority = |name, contents: &[u8]| {
        let data = uefi::variable(SHIM_LOCK, name, contents);
        Measurement::of_data(7, EventType::EFI_VARIABLE_AUTHORITY, data)
    };
    let mut steps = vec![
        list("MokList", &signature(SHIM_LOCK, Authority::DEBIAN.der)),
        list("MokListX", &context.class.bytes32("shim revoked images")),
    ];
    if context.approves_images() {
        let level = b"sbat,1,2025021800\nshim,4\ngrub,5\n";
        steps.push(authority("SbatLevel", level));
    }
    steps.push(list("MokListTrusted", &[1]));
    if context.approves_images() {
        steps.push(authority("MokListRT", &signature(SHIM_LOCK, Authority::DEBIAN.der)));
    }
    steps
}

/// systemd-boot and a unified kernel image.
pub(super) fn uki(context: &Context<'_>) -> Vec<Measurement> {
    let line = &context.spec.linux.command_line;
    let path = super::firmware::esp_file(context, "\\EFI\\Linux\\linux.efi");
    let mut steps = vec![application(context, "linux.efi", 0x10d_a210, &path)];
    let options = Bytes::new().utf16z(line).0;
    steps.push(Measurement::of_data(12, EventType::IPL, options.clone()));
    for name in UKI_SECTIONS {
        let data = Bytes::new().utf16z(name).0;
        let ascii = [name.as_bytes(), b"\0"].concat();
        steps.push(Measurement::of_content(11, EventType::IPL, data.clone(), ascii));
        let contents = match name {
            ".cmdline" => line.as_bytes().to_vec(),
            _ => image_content(context, name).to_vec(),
        };
        steps.push(Measurement::of_content(11, EventType::IPL, data, contents));
    }
    for (pcr, name) in [(12, "Credentials initrd"), (13, "System extension initrd")] {
        let data = Bytes::new().utf16z(name).0;
        steps.push(Measurement::of_content(
            pcr,
            EventType::IPL,
            data,
            image_content(context, name),
        ));
    }
    let initrd = image_content(context, ".initrd");
    steps.push(tagged(LOAD_OPTIONS_EVENT, b"LOADED_IMAGE::LoadOptions\0", &utf16(line)));
    steps.push(tagged(INITRD_EVENT, b"Linux initrd\0", &initrd));
    steps
}

/// What the kernel's own loader measures: the record names it, the digest covers it.
fn tagged(id: u32, description: &[u8], contents: &[u8]) -> Measurement {
    let data = Bytes::new().u32(id).sized32(description).0;
    Measurement::of_content(9, EventType::EVENT_TAG, data, contents)
}

fn application(context: &Context<'_>, name: &str, size: u64, path: &DevicePath) -> Measurement {
    let load = uefi::image_load(0x3c93_2018, size, 0, path);
    let kind = EventType::EFI_BOOT_SERVICES_APPLICATION;
    Measurement::of_content(4, kind, load, image_content(context, name))
}

fn grub_command(command: &str) -> Measurement {
    grub_text("grub_cmd: ", command)
}

/// GRUB logs a prefix and a terminator, and hashes neither.
fn grub_text(prefix: &str, text: &str) -> Measurement {
    let data = [prefix.as_bytes(), text.as_bytes(), b"\0"].concat();
    Measurement::of_content(8, EventType::IPL, data, text)
}

fn grub_file(context: &Context<'_>, path: &str) -> Measurement {
    let contents = match path {
        "/vmlinuz" => image_content(context, "vmlinuz").to_vec(),
        "/initrd.img" => image_content(context, ".initrd").to_vec(),
        other => context.class.bytes32(other).to_vec(),
    };
    Measurement::of_content(9, EventType::IPL, [path.as_bytes(), b"\0"].concat(), contents)
}
