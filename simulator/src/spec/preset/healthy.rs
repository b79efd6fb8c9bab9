//! Hosts that satisfy every policy of HGS, by class.

use super::super::*;
use super::{Expectation, Preset};
use crate::hash::HashAlg;
use crate::key::RsaPrimes;
use crate::tpm::EkTemplate;

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        name: "dell-r740-ws2022",
        doc: "PowerEdge R740, Windows Server 2022, Microsoft's keys of 2011: the reference host",
        expect: Expectation::HEALTHY,
        spec: dell_r740_ws2022,
    },
    Preset {
        name: "dell-r640-ws2019",
        doc: "PowerEdge R640, Windows Server 2019, Microsoft's keys of 2011",
        expect: Expectation::HEALTHY,
        spec: dell_r640_ws2019,
    },
    Preset {
        name: "supermicro-ws2022",
        doc: "Supermicro, Windows Server 2022, SHA-1 bank active beside SHA-256 and capped by Windows, no event counter",
        expect: Expectation::HEALTHY,
        spec: supermicro_ws2022,
    },
    Preset {
        name: "lenovo-ws2025-2023ca",
        doc: "ThinkSystem, Windows Server 2025, keys of 2011 and 2023, boot manager signed by that of 2023",
        expect: Expectation::HEALTHY,
        spec: lenovo_ws2025_2023ca,
    },
    Preset {
        name: "azure-like-vm",
        doc: "Hyper-V virtual machine with a virtual TPM and nested virtualization, Windows Server 2022",
        expect: Expectation::HEALTHY,
        spec: azure_like_vm,
    },
    Preset {
        name: "linux-debian",
        doc: "virtual machine, OVMF, shim, GRUB, Debian: for the profile `linux`",
        expect: LINUX,
        spec: linux_debian,
    },
    Preset {
        name: "linux-uki",
        doc: "virtual machine, OVMF with the owner's keys, systemd-boot, unified kernel image",
        expect: LINUX,
        spec: linux_uki,
    },
];

const LINUX: Expectation = Expectation { ci_labels: &[], dump_keys: &[], ..Expectation::HEALTHY };

/// The reference host.
pub fn dell_r740_ws2022() -> HostSpec {
    HostSpec {
        name: "host-1".into(),
        class: "dell-r740-ws2022".into(),
        machine: MachineSpec {
            manufacturer: "Dell Inc.".into(),
            model: "PowerEdge R740".into(),
            serial: String::new(),
            nics: UpTo(4),
        },
        firmware: FirmwareSpec {
            style: FirmwareStyle::Dell,
            version: "2.19.1".into(),
            option_roms: UpTo(24),
            vendor_application: true,
            config_variables: UpTo(0),
            debug_mode: false,
            dma_protection: true,
            security_downgraded: false,
            startup_locality: StartupLocality::Locality3,
            log_style: LogStyle::CryptoAgile,
            log_padding_bytes: UpTo(0),
            platform_class: PlatformClass::Client,
            exit_boot_services: ExitBootServices::Measured,
        },
        secure_boot: SecureBootSpec {
            enabled: true,
            measured: true,
            authorities: AuthoritySet::Microsoft2011,
            dbx_entries: UpTo(267),
            boot_manager_authority: LoaderAuthority::Windows2011,
            custom_policy: false,
        },
        tpm: TpmSpec {
            present: true,
            enabled: true,
            activated: true,
            owned: true,
            auto_provisioning: true,
            banks: vec![HashAlg::Sha256],
            cap_unused_banks: true,
            ek: EkTemplate::Rsa2048,
            ek_flaws: Vec::new(),
            rsa_primes: RsaPrimes::Sound,
        },
        boot: BootSpec {
            system: System::Windows,
            entries: vec!["Embedded NIC 1 Port 1 Partition 1".into()],
            starts_before: UpTo(6),
            event_counter: true,
            resume: false,
        },
        windows: windows(Release::Server2022),
        linux: LinuxSpec {
            kernel: "6.12.38+deb13-amd64".into(),
            command_line: "root=/dev/vg0/root ro quiet".into(),
            grub_commands: UpTo(2),
        },
        ci_policies: vec![CiPolicySpec::default(), inbox_policy()],
    }
}

/// A guarded host's Windows.
fn windows(release: Release) -> WindowsSpec {
    WindowsSpec {
        release,
        patch: "base".into(),
        processor: Processor::Intel,
        features: vec![Feature::HyperV, Feature::HostGuardian],
        system_root: "\\Windows".into(),
        boot_manager_texts: true,
        drivers: ["storahci.sys", "stornvme.sys", "vmbkmcl.sys", "vmbus.sys", "winhv.sys"]
            .map(Into::into)
            .into(),
        without_drivers: Vec::new(),
        hypervisor: true,
        vsm: true,
        vsm_keys: VsmKeys::Present,
        vbs: VbsSpec {
            vsm_required: true,
            secure_boot_required: true,
            iommu_required: true,
            hvci: true,
            microsoft_boot_chain_required: true,
            ..VbsSpec::default()
        },
        iommu_policy: IommuPolicy::Default,
        boot_dma_protection: true,
        boot_debug: false,
        kernel_debug: false,
        hypervisor_debug: false,
        test_signing: false,
        flight_signing: false,
        code_integrity: true,
        data_execution: DataExecution::OptOut,
        safe_mode: false,
        winpe: false,
        bitlocker: Bitlocker::Tpm,
        page_file_encryption: true,
        hibernation: false,
        dumps: Dumps::Disabled,
        dump_key: "site".into(),
        elam: "Windows Defender".into(),
        smt: true,
    }
}

/// Microsoft's list of vulnerable drivers, which Windows brings along.
fn inbox_policy() -> CiPolicySpec {
    CiPolicySpec {
        file_name: "DriverSiPolicy.p7b".into(),
        version: [10, 0, 25930, 0],
        label: "vulnerable drivers".into(),
        ..CiPolicySpec::default()
    }
}

fn dell_r640_ws2019() -> HostSpec {
    let mut spec = dell_r740_ws2022();
    spec.class = "dell-r640-ws2019".into();
    spec.machine.model = "PowerEdge R640".into();
    spec.firmware.version = "2.17.1".into();
    spec.firmware.option_roms = UpTo(29);
    spec.windows = windows(Release::Server2019);
    spec.windows.drivers.push("percsas3i.sys".into());
    spec.ci_policies.truncate(1);
    spec
}

fn supermicro_ws2022() -> HostSpec {
    let mut spec = dell_r740_ws2022();
    spec.class = "supermicro-ws2022".into();
    spec.machine.manufacturer = "Supermicro".into();
    spec.machine.model = "SYS-120C-TR".into();
    spec.firmware.style = FirmwareStyle::Supermicro;
    spec.firmware.version = "1.4".into();
    spec.firmware.option_roms = UpTo(0);
    spec.firmware.vendor_application = false;
    spec.firmware.startup_locality = StartupLocality::NotLogged;
    spec.firmware.exit_boot_services = ExitBootServices::NotMeasured;
    spec.tpm.banks = vec![HashAlg::Sha1, HashAlg::Sha256];
    spec.boot.event_counter = false;
    spec.boot.entries = (2..6)
        .flat_map(|bus| {
            [4, 6].map(|version| format!("(B{bus}/D0/F0) UEFI PXE: IPv{version} Intel(R) I210"))
        })
        .collect();
    spec
}

fn lenovo_ws2025_2023ca() -> HostSpec {
    let mut spec = dell_r740_ws2022();
    spec.class = "lenovo-ws2025-2023ca".into();
    spec.machine.manufacturer = "Lenovo".into();
    spec.machine.model = "ThinkSystem SR650 V3".into();
    spec.firmware.style = FirmwareStyle::Lenovo;
    spec.firmware.version = "ESE124B-3.10".into();
    spec.firmware.option_roms = UpTo(6);
    spec.firmware.vendor_application = false;
    spec.firmware.config_variables = UpTo(3);
    spec.secure_boot.authorities = AuthoritySet::MicrosoftBoth;
    spec.secure_boot.boot_manager_authority = LoaderAuthority::Windows2023;
    spec.secure_boot.dbx_entries = UpTo(431);
    spec.boot.entries = ["USB CD", "USB HDD", "PXE BOOT"].map(Into::into).into();
    spec.windows = windows(Release::Server2025);
    spec.windows.processor = Processor::Intel;
    spec
}

fn azure_like_vm() -> HostSpec {
    let mut spec = dell_r740_ws2022();
    spec.class = "azure-like-vm".into();
    spec.machine.manufacturer = "Microsoft Corporation".into();
    spec.machine.model = "Virtual Machine".into();
    spec.machine.nics = UpTo(1);
    spec.firmware.style = FirmwareStyle::HyperV;
    spec.firmware.version = "Hyper-V UEFI Release v4.1".into();
    spec.firmware.option_roms = UpTo(0);
    spec.firmware.vendor_application = false;
    spec.firmware.startup_locality = StartupLocality::NotLogged;
    spec.tpm.banks = vec![HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha384];
    spec.boot.entries = vec!["EFI SCSI Device".into()];
    spec.windows.processor = Processor::Amd;
    spec.windows.drivers.push("vpci.sys".into());
    spec
}

fn linux_debian() -> HostSpec {
    let mut spec = dell_r740_ws2022();
    spec.class = "linux-debian".into();
    spec.machine.manufacturer = "QEMU".into();
    spec.machine.model = "Standard PC (Q35 + ICH9, 2009)".into();
    spec.machine.nics = UpTo(1);
    spec.firmware.style = FirmwareStyle::Ovmf;
    spec.firmware.version = "2025.02-8".into();
    spec.firmware.option_roms = UpTo(0);
    spec.firmware.vendor_application = false;
    spec.firmware.startup_locality = StartupLocality::NotLogged;
    spec.secure_boot.dbx_entries = UpTo(1);
    spec.tpm.banks = vec![HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha384];
    spec.boot.system = System::LinuxShim;
    spec.boot.entries = ["UiApp", "EFI Internal Shell"].map(Into::into).into();
    spec.ci_policies.clear();
    spec
}

fn linux_uki() -> HostSpec {
    let mut spec = linux_debian();
    spec.class = "linux-uki".into();
    spec.secure_boot.authorities = AuthoritySet::Own;
    spec.boot.system = System::LinuxUki;
    spec
}
