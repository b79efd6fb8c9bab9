//! Event log numbers.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06 revision 52, table 27 (event types) and
//! section 10 (log structure); vendor ranges from the Windows SDK header `wbcl.h`.

use crate::open::open_newtype;

open_newtype! {
    /// `TCG_EVENTTYPE`. The type of a record is *not* measured: it names a decoder for the data,
    /// it proves nothing.
    EventType(u32) {
        PREBOOT_CERT = 0x00 => "EV_PREBOOT_CERT",
        POST_CODE = 0x01 => "EV_POST_CODE",
        UNUSED = 0x02 => "EV_UNUSED",
        NO_ACTION = 0x03 => "EV_NO_ACTION",
        SEPARATOR = 0x04 => "EV_SEPARATOR",
        ACTION = 0x05 => "EV_ACTION",
        EVENT_TAG = 0x06 => "EV_EVENT_TAG",
        S_CRTM_CONTENTS = 0x07 => "EV_S_CRTM_CONTENTS",
        S_CRTM_VERSION = 0x08 => "EV_S_CRTM_VERSION",
        CPU_MICROCODE = 0x09 => "EV_CPU_MICROCODE",
        PLATFORM_CONFIG_FLAGS = 0x0a => "EV_PLATFORM_CONFIG_FLAGS",
        TABLE_OF_DEVICES = 0x0b => "EV_TABLE_OF_DEVICES",
        COMPACT_HASH = 0x0c => "EV_COMPACT_HASH",
        IPL = 0x0d => "EV_IPL",
        IPL_PARTITION_DATA = 0x0e => "EV_IPL_PARTITION_DATA",
        NONHOST_CODE = 0x0f => "EV_NONHOST_CODE",
        NONHOST_CONFIG = 0x10 => "EV_NONHOST_CONFIG",
        NONHOST_INFO = 0x11 => "EV_NONHOST_INFO",
        OMIT_BOOT_DEVICE_EVENTS = 0x12 => "EV_OMIT_BOOT_DEVICE_EVENTS",
        POST_CODE2 = 0x13 => "EV_POST_CODE2",
        EFI_VARIABLE_DRIVER_CONFIG = 0x8000_0001 => "EV_EFI_VARIABLE_DRIVER_CONFIG",
        EFI_VARIABLE_BOOT = 0x8000_0002 => "EV_EFI_VARIABLE_BOOT",
        EFI_BOOT_SERVICES_APPLICATION = 0x8000_0003 => "EV_EFI_BOOT_SERVICES_APPLICATION",
        EFI_BOOT_SERVICES_DRIVER = 0x8000_0004 => "EV_EFI_BOOT_SERVICES_DRIVER",
        EFI_RUNTIME_SERVICES_DRIVER = 0x8000_0005 => "EV_EFI_RUNTIME_SERVICES_DRIVER",
        EFI_GPT_EVENT = 0x8000_0006 => "EV_EFI_GPT_EVENT",
        EFI_ACTION = 0x8000_0007 => "EV_EFI_ACTION",
        EFI_PLATFORM_FIRMWARE_BLOB = 0x8000_0008 => "EV_EFI_PLATFORM_FIRMWARE_BLOB",
        EFI_HANDOFF_TABLES = 0x8000_0009 => "EV_EFI_HANDOFF_TABLES",
        EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000_000a => "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
        EFI_HANDOFF_TABLES2 = 0x8000_000b => "EV_EFI_HANDOFF_TABLES2",
        EFI_VARIABLE_BOOT2 = 0x8000_000c => "EV_EFI_VARIABLE_BOOT2",
        EFI_GPT_EVENT2 = 0x8000_000d => "EV_EFI_GPT_EVENT2",
        EFI_HCRTM_EVENT = 0x8000_0010 => "EV_EFI_HCRTM_EVENT",
        EFI_VARIABLE_AUTHORITY = 0x8000_00e0 => "EV_EFI_VARIABLE_AUTHORITY",
        EFI_SPDM_FIRMWARE_BLOB = 0x8000_00e1 => "EV_EFI_SPDM_FIRMWARE_BLOB",
        EFI_SPDM_FIRMWARE_CONFIG = 0x8000_00e2 => "EV_EFI_SPDM_FIRMWARE_CONFIG",
        EFI_SPDM_DEVICE_POLICY = 0x8000_00e3 => "EV_EFI_SPDM_DEVICE_POLICY",
        EFI_SPDM_DEVICE_AUTHORITY = 0x8000_00e4 => "EV_EFI_SPDM_DEVICE_AUTHORITY",
    }
}

/// Platform configuration registers of a PC Client TPM: 0 to 23.
pub const PCR_COUNT: usize = 24;

/// PCR index of records that are extended nowhere (Windows' trust point).
pub const PCR_NONE: u32 = 0xffff_ffff;

/// Strings of `EV_EFI_ACTION` and `EV_ACTION` that mean something to the appraisal.
pub mod action {
    /// PCR 4: firmware starts a boot option.
    pub const CALLING_EFI_APPLICATION: &[u8] = b"Calling EFI Application from Boot Option";
    /// PCR 4: the boot option came back, or was refused.
    pub const RETURNING_FROM_EFI_APPLICATION: &[u8] =
        b"Returning from EFI Application from Boot Option";
    /// PCR 5: the operating system takes over.
    pub const EXIT_BOOT_SERVICES_INVOCATION: &[u8] = b"Exit Boot Services Invocation";
    /// PCR 5: it has taken over.
    pub const EXIT_BOOT_SERVICES_SUCCESS: &[u8] = b"Exit Boot Services Returned with Success";
    /// PCR 5: it has not.
    pub const EXIT_BOOT_SERVICES_FAILURE: &[u8] = b"Exit Boot Services Returned with Failure";
    /// PCR 7: a firmware debugger is enabled.
    pub const UEFI_DEBUG_MODE: &[u8] = b"UEFI Debug Mode";
    /// PCR 7: DMA protection was switched off.
    pub const DMA_PROTECTION_DISABLED: &[u8] = b"DMA Protection Disabled";
    /// PCR 7 (Lenovo): the firmware's security level was lowered.
    pub const SECURITY_LEVEL_DOWNGRADED: &[u8] = b"Security Level is Downgraded to 0";
}

/// Signatures (first 16 bytes) of `EV_NO_ACTION` data, section 10.4.5.
pub mod no_action {
    /// Spec ID event of a crypto-agile log.
    pub const SPEC_ID_03: &[u8; 16] = b"Spec ID Event03\0";
    /// Spec ID event of an EFI 1.22 log (SHA-1 records).
    pub const SPEC_ID_02: &[u8; 16] = b"Spec ID Event02\0";
    /// Spec ID event of a conventional BIOS log (SHA-1 records).
    pub const SPEC_ID_00: &[u8; 16] = b"Spec ID Event00\0";
    /// Locality that sent `TPM2_Startup`.
    pub const STARTUP_LOCALITY: &[u8; 16] = b"StartupLocality\0";
    /// Pointer to a reference manifest.
    pub const SP800_155: &[u8; 16] = b"SP800-155 Event\0";
    /// The same, second form.
    pub const SP800_155_2: &[u8; 16] = b"SP800-155 Event2";
    /// The same, third form.
    pub const SP800_155_3: &[u8; 16] = b"SP800-155 Event3";
    /// Component measurement before the CRTM.
    pub const HCRTM_COMPONENT: &[u8; 16] = b"H-CRTM CompMeas\0";
    /// First bytes of the record in which Windows stores a quote: the SIPA type
    /// `TRUSTPOINT_AGGREGATION`, little-endian. Not a signature of the TCG, and only 4 bytes.
    pub const TRUST_POINT: &[u8; 4] = &0xc001_0004_u32.to_le_bytes();
}

/// Data of the record that stands for a hardware root of trust (`EV_EFI_HCRTM_EVENT`).
pub const HCRTM: &[u8; 5] = b"HCRTM";

/// Data of the separator that closes a register after a normal boot, section 10.4.1.
pub const SEPARATOR_NORMAL: &[u8; 4] = &[0; 4];
/// Data of the separator that reports an error, or that a conventional BIOS writes.
pub const SEPARATOR_ERROR: &[u8; 4] = &[0xff; 4];
/// Data of the separator by which Windows closes PCR 12, 13 and 14.
pub const SEPARATOR_WBCL: &[u8; 4] = b"WBCL";
/// Data of the event by which the Windows boot manager opens PCR 11.
pub const WBCL_START: &[u8; 4] = &[0x10, 0, 0, 0];
/// Data of the event by which Windows caps PCR 11 before the kernel starts.
pub const WBCL_CAP: &[u8; 4] = &[0xff, 0xff, 0, 0];
