//! Which images Windows loads at boot.
//!
//! Source: the FILEPATH elements of five recorded logs (Windows 10 1903, 20H2 and 21H2, Windows
//! Server 2019 and 2022). [`COMMON`] is what all of them load; the rest by release and machine.

use super::module::Module;
use crate::boot::Context;
use crate::host::Signer;
use crate::spec::{Bitlocker, Processor, Release};

/// Loaded by every release.
const COMMON: &[&str] = &[
    "ntoskrnl.exe",
    "hal.dll",
    "kd.dll",
    "ApiSetSchema.dll",
    "tm.sys",
    "CLFS.SYS",
    "PSHED.dll",
    "BOOTVID.dll",
    "clipsp.sys",
    "FLTMGR.SYS",
    "ksecdd.sys",
    "msrpc.sys",
    "werkernel.sys",
    "ntosext.sys",
    "cmimcext.sys",
    "CI.dll",
    "cng.sys",
    "Wdf01000.sys",
    "WDFLDR.SYS",
    "WppRecorder.sys",
    "acpiex.sys",
    "mssecflt.sys",
    "SgrmAgent.sys",
    "ACPI.sys",
    "WMILIB.SYS",
    "msisadrv.sys",
    "pci.sys",
    "tpm.sys",
    "intelpep.sys",
    "WindowsTrustedRT.sys",
    "WindowsTrustedRTProxy.sys",
    "pcw.sys",
    "vdrvroot.sys",
    "pdc.sys",
    "CEA.sys",
    "partmgr.sys",
    "spaceport.sys",
    "volmgr.sys",
    "volmgrx.sys",
    "mountmgr.sys",
    "storport.sys",
    "EhStorClass.sys",
    "Wof.sys",
    "Ntfs.sys",
    "Fs_Rec.sys",
    "NDIS.SYS",
    "NETIO.SYS",
    "ksecpkg.sys",
    "tcpip.sys",
    "fwpkclnt.sys",
    "wfplwfs.sys",
    "volume.sys",
    "volsnap.sys",
    "mup.sys",
    "hwpolicy.sys",
    "disk.sys",
    "CLASSPNP.SYS",
    "bootres.dll.mui",
];

/// Loaded by clients.
const CLIENT: &[&str] = &["fileinfo.sys", "iorate.sys", "rdyboost.sys"];

/// Loaded by servers: the console without a screen.
const SERVER: &[&str] = &["sacdrv.sys"];

/// Dynamic parts of the system since 20H2, whose names carry their interface.
const DYNAMIC: &[&str] = &[
    "6bea57fb-8dfb-4177-9ae8-42e8b3529933_RuntimeDeviceInstall.dll",
    "69fe178f-26e7-43a9-aa7d-2b616b672dde_eventlogservice.dll",
];

/// A further one since 21H2.
const SERVICING: &str = "0ae3b998-9a38-4b72-a4c4-06849441518d_Servicing-Stack.dll";

/// Loaded for virtual secure mode, after everything else.
const SECURE_KERNEL: &[&str] = &["securekernel.exe", "skci.dll", "cng.sys"];

/// Belongs behind the secure kernel when a host loads it.
const BEHIND_SECURE_KERNEL: &str = "vmsvcext.sys";

/// Prefix, in a specification, of a driver that Microsoft did not write.
const THIRD_PARTY: &str = "third-party:";

/// Signed by the publisher of what touches hardware.
const HARDWARE_ABSTRACTION: &[&str] = &[
    "intelpep.sys",
    "windowstrustedrt.sys",
    "windowstrustedrtproxy.sys",
    "intelpmt.sys",
    "intelta.sys",
];

/// An image, by its file name as a specification has it.
pub(crate) fn module(context: &Context<'_>, name: &str) -> Module {
    let (name, third_party) = match name.strip_prefix(THIRD_PARTY) {
        Some(name) => (name, true),
        None => (name, false),
    };
    let lower = name.to_ascii_lowercase();
    let antimalware = ["wdboot.sys", "eelam.sys", "csboot.sys"].contains(&lower.as_str());
    let signer = match lower.as_str() {
        _ if third_party => Signer::COMPATIBILITY,
        _ if antimalware => Signer::ANTIMALWARE,
        other if HARDWARE_ABSTRACTION.contains(&other) => Signer::HARDWARE_ABSTRACTION,
        _ => Signer::WINDOWS,
    };
    let root = &context.spec.windows.system_root;
    let folder = match lower.as_str() {
        "bootres.dll" => "boot\\resources",
        "bootres.dll.mui" => "boot\\resources\\en-US",
        "winload.efi.mui" | "winresume.efi.mui" => "system32\\en-US",
        "wdboot.sys" | "wdfilter.sys" => "system32\\drivers\\wd",
        "ndis.sys" | "netio.sys" | "sacdrv.sys" => "system32\\DRIVERS",
        other if other.ends_with(".sys") => "System32\\drivers",
        _ => "system32",
    };
    Module::new(context, format!("{root}\\{folder}\\{name}"), signer)
}

/// What the hypervisor's part of the loader loads: before and behind the hypervisor's settings.
pub(super) fn hypervisor(context: &Context<'_>) -> [Vec<Module>; 2] {
    let windows = &context.spec.windows;
    let mut first = vec!["bootres.dll", microcode(windows.processor), "hvloader.dll"];
    if windows.release != Release::Client20H2 {
        first.push("winload.efi.MUI");
    }
    let hypervisor = match windows.processor {
        Processor::Intel => "hvix64.exe",
        Processor::Amd => "hvax64.exe",
    };
    [first, vec![hypervisor, "kdstub.dll"]]
        .map(|names| names.into_iter().map(|name| module(context, name)).collect())
}

/// What the loader loads: boot drivers, and the images of virtual secure mode.
pub(crate) fn system(context: &Context<'_>) -> [Vec<Module>; 2] {
    let windows = &context.spec.windows;
    let server =
        matches!(windows.release, Release::Server2019 | Release::Server2022 | Release::Server2025);
    let mut names = COMMON.to_vec();
    names.extend(if server { SERVER } else { CLIENT });
    if !matches!(windows.release, Release::Server2019) {
        names.extend(DYNAMIC);
        if windows.release != Release::Client20H2 {
            names.push(SERVICING);
        }
    }
    if !windows.hypervisor {
        names.extend(["bootres.dll", microcode(windows.processor), "winload.efi.MUI"]);
    }
    if windows.elam == "Windows Defender" {
        names.extend(["WdBoot.sys", "WdFilter.sys"]);
    }
    if windows.bitlocker != Bitlocker::Off {
        names.push("fvevol.sys");
    }
    let dropped = |name: &&str| windows.without_drivers.iter().any(|left_out| left_out == name);
    names.retain(|name| !dropped(name));
    let mut secure = if windows.vsm { SECURE_KERNEL.to_vec() } else { Vec::new() };
    for name in &windows.drivers {
        let list = if name == BEHIND_SECURE_KERNEL { &mut secure } else { &mut names };
        list.push(name);
    }
    [names, secure].map(|names| names.into_iter().map(|name| module(context, name)).collect())
}

const fn microcode(processor: Processor) -> &'static str {
    match processor {
        Processor::Intel => "mcupdate_GenuineIntel.dll",
        Processor::Amd => "mcupdate_AuthenticAMD.dll",
    }
}
