//! The order of firmware's steps, by vendor, as recorded logs show it.

use portcullis_wire::{Guid, guid};

use crate::spec::FirmwareStyle;

/// A step of the firmware.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// The informational record on `TPM2_Startup`.
    StartupLocality,
    /// The code module that starts the measurement.
    CrtmContents,
    /// Its version.
    CrtmVersion,
    /// Firmware volumes.
    Blobs(u64),
    /// `ACPI DATA` records.
    AcpiData(u64),
    /// A volume under the type of a power-on code.
    PostCodeBlob,
    /// `SecureBoot` to `dbx`, and what goes with them.
    SecureBootVariables,
    /// `DeployedMode` and `AuditMode`, in PCR 1.
    ModeVariables,
    /// The management engine.
    NonHostInfo,
    /// The vendor's settings.
    ConfigVariables,
    /// Drivers of adapters and flash, with the authority that approves them.
    OptionRoms,
    /// The vendor's application.
    VendorApplication,
    /// The table of devices.
    TableOfDevices,
    /// A table of the system.
    Handoff(Guid),
    /// `BootOrder` and the options.
    BootVariables,
    /// That an option is called.
    BootAction,
    /// Separators of these registers.
    Separators(u32, u32),
    /// The partition table of the disk.
    PartitionTable,
    /// The authority that approves the first loader.
    LoaderAuthority,
    /// The first loader.
    Loader,
}

/// PowerEdge R340: the authority of the option ROMs comes before the separator of PCR 7.
const DELL: &[Step] = &[
    Step::StartupLocality,
    Step::CrtmContents,
    Step::CrtmVersion,
    Step::Blobs(4),
    Step::SecureBootVariables,
    Step::ModeVariables,
    Step::ConfigVariables,
    Step::OptionRoms,
    Step::VendorApplication,
    Step::TableOfDevices,
    Step::BootVariables,
    Step::BootAction,
    Step::Separators(0, 7),
    Step::PartitionTable,
    Step::LoaderAuthority,
    Step::Loader,
];

/// ThinkPad X1 Carbon: the separator of PCR 7 right behind dbx.
const LENOVO: &[Step] = &[
    Step::StartupLocality,
    Step::CrtmContents,
    Step::CrtmVersion,
    Step::Blobs(6),
    Step::AcpiData(2),
    Step::SecureBootVariables,
    Step::Separators(7, 7),
    Step::NonHostInfo,
    Step::ConfigVariables,
    Step::OptionRoms,
    Step::BootVariables,
    Step::BootAction,
    Step::Separators(0, 6),
    Step::Handoff(guid::SMBIOS3),
    Step::LoaderAuthority,
    Step::PartitionTable,
    Step::Loader,
];

/// Supermicro, Windows Server 2022: separators before everything that the owner can change. The
/// recorded host measures no Secure Boot variables; where they are measured, they come first.
const SUPERMICRO: &[Step] = &[
    Step::StartupLocality,
    Step::CrtmVersion,
    Step::PostCodeBlob,
    Step::SecureBootVariables,
    Step::Separators(7, 7),
    Step::Separators(0, 6),
    Step::PartitionTable,
    Step::BootVariables,
    Step::ModeVariables,
    Step::ConfigVariables,
    Step::OptionRoms,
    Step::Handoff(guid::SMBIOS),
    Step::LoaderAuthority,
    Step::Loader,
];

/// OVMF with Debian: recorded by ourselves.
const OVMF: &[Step] = &[
    Step::StartupLocality,
    Step::CrtmVersion,
    Step::Blobs(2),
    Step::SecureBootVariables,
    Step::Separators(7, 7),
    Step::ConfigVariables,
    Step::OptionRoms,
    Step::BootVariables,
    Step::BootAction,
    Step::Separators(0, 6),
    Step::LoaderAuthority,
    Step::PartitionTable,
    Step::Loader,
];

/// The order of a vendor. Hyper-V's firmware descends from EDK2 as OVMF does; no log of it is
/// public, so it is taken to measure in the same order.
pub(super) const fn order(style: FirmwareStyle) -> &'static [Step] {
    match style {
        FirmwareStyle::Dell => DELL,
        FirmwareStyle::Lenovo => LENOVO,
        FirmwareStyle::Supermicro => SUPERMICRO,
        FirmwareStyle::Ovmf | FirmwareStyle::HyperV => OVMF,
    }
}
