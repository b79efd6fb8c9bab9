//! The table of knobs.

use super::knob::knobs;
use super::value::UpTo;
use super::*;
use crate::hash::HashAlg;
use crate::key::RsaPrimes;
use crate::pki::Flaw;
use crate::tpm::EkTemplate;

knobs! {
    /// The fields of a host.
    HOST_KNOBS: HostSpec {
        "name": String = name, "name of the host, in its identifier and in what is written about it";
        "class": String = class, "label from which firmware, images and keys come: hosts with the same label share them";

        "machine.manufacturer": String = machine.manufacturer, "manufacturer; in nothing that is measured";
        "machine.model": String = machine.model, "model; in nothing that is measured";
        "machine.serial": String = machine.serial, "serial number, in the identifier; empty: from the seed";
        "machine.nics": UpTo<8> = machine.nics, "network adapters, each with an address in the identifier";

        "firmware.style": FirmwareStyle = firmware.style, "whose firmware: decides the records of PCR 0 to 7 and their order";
        "firmware.version": String = firmware.version, "version, measured in PCR 0";
        "firmware.option_roms": UpTo<64> = firmware.option_roms, "drivers from option ROMs and flash, measured in PCR 2; with Secure Boot they add an authority to PCR 7";
        "firmware.vendor_application": bool = firmware.vendor_application, "an application of the vendor runs before the boot manager (PCR 4)";
        "firmware.config_variables": UpTo<8> = firmware.config_variables, "settings variables of the vendor, measured in PCR 1";
        "firmware.debug_mode": bool = firmware.debug_mode, "a firmware debugger is enabled: `UEFI Debug Mode` in PCR 7 (breaks Hgs_UefiDebugDisabled)";
        "firmware.dma_protection": bool = firmware.dma_protection, "firmware protects against DMA; false: `DMA Protection Disabled` in PCR 7";
        "firmware.security_downgraded": bool = firmware.security_downgraded, "Lenovo: `Security Level is Downgraded to 0` in PCR 7";
        "firmware.startup_locality": StartupLocality = firmware.startup_locality, "locality of TPM2_Startup, the last byte of PCR 0 before its first event";
        "firmware.log_style": LogStyle = firmware.log_style, "layout of the event log";
        "firmware.log_padding_bytes": UpTo<1_048_576> = firmware.log_padding_bytes, "bytes of 0xFF behind the last record";
        "firmware.platform_class": PlatformClass = firmware.platform_class, "platform class in the Spec ID record";
        "firmware.exit_boot_services": ExitBootServices = firmware.exit_boot_services, "whether the end of boot services is measured in PCR 5";

        "secure_boot.enabled": bool = secure_boot.enabled, "Secure Boot is on (Hgs_SecureBootEnabled)";
        "secure_boot.measured": bool = secure_boot.measured, "the firmware measures SecureBoot, PK, KEK, db and dbx; some Supermicro firmware does not";
        "secure_boot.authorities": AuthoritySet = secure_boot.authorities, "keys in KEK and db; the names are Microsoft's, the keys our own test keys";
        "secure_boot.dbx_entries": UpTo<2000> = secure_boot.dbx_entries, "digests in dbx; another number is another dbx (Hgs_SecureBootSettings)";
        "secure_boot.boot_manager_authority": LoaderAuthority = secure_boot.boot_manager_authority, "who signed the Windows boot manager";
        "secure_boot.custom_policy": bool = secure_boot.custom_policy, "a Secure Boot configuration policy of the owner instead of Windows' own (SBCP_INFO)";

        "tpm.present": bool = tpm.present, "Get-Tpm: TpmPresent";
        "tpm.enabled": bool = tpm.enabled, "Get-Tpm: TpmEnabled";
        "tpm.activated": bool = tpm.activated, "Get-Tpm: TpmActivated";
        "tpm.owned": bool = tpm.owned, "Get-Tpm: TpmOwned; Initialize-Tpm takes ownership";
        "tpm.auto_provisioning": bool = tpm.auto_provisioning, "Get-Tpm: AutoProvisioning; the first start takes ownership";
        "tpm.banks": Vec<HashAlg> = tpm.banks, "active banks, in the order of the log's header; Windows uses SHA-256 when it is one of them";
        "tpm.cap_unused_banks": bool = tpm.cap_unused_banks, "Windows closes the banks that it does not use with extends that are not logged";
        "tpm.ek": EkTemplate = tpm.ek, "kind of the endorsement key; the attestation key is of the same kind";
        "tpm.ek_flaws": Vec<Flaw> = tpm.ek_flaws, "ways in which the EK certificate, its place or its chain is broken (see the list below)";
        "tpm.rsa_primes": RsaPrimes = tpm.rsa_primes, "primes of RSA keys; roca: as weak as CVE-2017-15361 has them, which takes a minute";

        "boot.system": System = boot.system, "operating system and its loaders";
        "boot.entries": Vec<String> = boot.entries, "boot options beside that of the operating system (PCR 1)";
        "boot.starts_before": UpTo<1_000_000> = boot.starts_before, "starts before the first one of this host: the event counter continues from there";
        "boot.event_counter": bool = boot.event_counter, "Windows keeps a monotonic counter in the TPM (COUNTERID, EVENTCOUNTER)";
        "boot.resume": bool = boot.resume, "starts are resumes from hibernation (breaks Hgs_FullBoot)";

        "windows.release": Release = windows.release, "release of Windows";
        "windows.patch": String = windows.patch, "label of its patches: another label, other images of boot manager, loader, kernel and drivers";
        "windows.processor": Processor = windows.processor, "whose processor: hypervisor and microcode images";
        "windows.features": Vec<Feature> = windows.features, "installed features; the cmdlets of a guarded host need both";
        "windows.system_root": String = windows.system_root, "SYSTEMROOT";
        "windows.boot_manager_texts": bool = windows.boot_manager_texts, "the boot manager loads its texts, bootmgfw.efi.MUI, and measures them";
        "windows.drivers": Vec<String> = windows.drivers, "boot drivers beside those of the release, by file name; `third-party:` before a name: not Microsoft's own";
        "windows.without_drivers": Vec<String> = windows.without_drivers, "boot drivers of the release that this host does not load";
        "windows.hypervisor": bool = windows.hypervisor, "the hypervisor starts (HYPERVISOR_LAUNCH_TYPE, a set of its own)";
        "windows.vsm": bool = windows.vsm, "virtual secure mode starts (VSM_LAUNCH_TYPE; reason VsmRunning)";
        "windows.vsm_keys": VsmKeys = windows.vsm_keys, "identity keys of virtual secure mode (Hgs_VsmIdkPresent); only with windows.vsm";
        "windows.vsm_required": bool = windows.vbs.vsm_required, "VBS_VSM_REQUIRED";
        "windows.secure_boot_required": bool = windows.vbs.secure_boot_required, "VBS_SECUREBOOT_REQUIRED";
        "windows.iommu_required": bool = windows.vbs.iommu_required, "VBS_IOMMU_REQUIRED (Hgs_IommuEnabled)";
        "windows.mmio_nx_required": bool = windows.vbs.mmio_nx_required, "VBS_MMIO_NX_REQUIRED";
        "windows.msr_filtering_required": bool = windows.vbs.msr_filtering_required, "VBS_MSR_FILTERING_REQUIRED";
        "windows.vbs_mandatory": bool = windows.vbs.mandatory, "VBS_MANDATORY_ENFORCEMENT";
        "windows.hvci": bool = windows.vbs.hvci, "the hypervisor enforces code integrity: VBS_HVCI_POLICY (Hgs_HypervisorEnforcedCiPolicy)";
        "windows.microsoft_boot_chain_required": bool = windows.vbs.microsoft_boot_chain_required, "VBS_MICROSOFT_BOOT_CHAIN_REQUIRED";
        "windows.credential_guard": UpTo<255> = windows.vbs.credential_guard, "LSAISO_CONFIG; 0: not configured, not measured";
        "windows.iommu_policy": IommuPolicy = windows.iommu_policy, "HYPERVISOR_IOMMU_POLICY";
        "windows.boot_dma_protection": bool = windows.boot_dma_protection, "HYPERVISOR_BOOT_DMA_PROTECTION, in releases that know it";
        "windows.boot_debug": bool = windows.boot_debug, "BOOTDEBUGGING (breaks Hgs_UefiDebugDisabled)";
        "windows.kernel_debug": bool = windows.kernel_debug, "OSKERNELDEBUG (breaks Hgs_UefiDebugDisabled)";
        "windows.hypervisor_debug": bool = windows.hypervisor_debug, "HYPERVISOR_DEBUG (breaks Hgs_UefiDebugDisabled)";
        "windows.test_signing": bool = windows.test_signing, "TESTSIGNING";
        "windows.flight_signing": bool = windows.flight_signing, "FLIGHTSIGNING";
        "windows.code_integrity": bool = windows.code_integrity, "CODEINTEGRITY";
        "windows.data_execution": DataExecution = windows.data_execution, "DATAEXECUTIONPREVENTION";
        "windows.safe_mode": bool = windows.safe_mode, "SAFEMODE";
        "windows.winpe": bool = windows.winpe, "WINPE, from a RAM disk";
        "windows.bitlocker": Bitlocker = windows.bitlocker, "BITLOCKER_UNLOCK (Hgs_BitLockerEnabled)";
        "windows.page_file_encryption": bool = windows.page_file_encryption, "PAGEFILE_ENCRYPTION_ENABLED (Hgs_PageFileEncryptionEnabled)";
        "windows.hibernation": bool = windows.hibernation, "hibernation is possible: HIBERNATION_DISABLED is 0 (breaks Hgs_NoHibernation)";
        "windows.dumps": Dumps = windows.dumps, "DUMPS_DISABLED, DUMP_ENCRYPTION_ENABLED (Hgs_NoDumps, Hgs_DumpEncryption)";
        "windows.dump_key": String = windows.dump_key, "label of the key that dumps are encrypted to: DUMP_ENCRYPTION_KEY_DIGEST (Hgs_DumpEncryptionKey)";
        "windows.elam": String = windows.elam, "early-launch antimalware, ELAM_KEYNAME; empty: none";
        "windows.smt": bool = windows.smt, "SMT_STATUS";

        "linux.kernel": String = linux.kernel, "version of the kernel";
        "linux.command_line": String = linux.command_line, "the kernel's command line, measured in PCR 8 (GRUB) or 12 (UKI)";
        "linux.grub_commands": UpTo<64> = linux.grub_commands, "commands of GRUB's configuration before it loads the kernel (PCR 8)";
    }
}

knobs! {
    /// The fields of `ci.policy.N`, or of a `[[ci.policy]]` in TOML.
    CI_POLICY_KNOBS: CiPolicySpec {
        "file_name": String = file_name, "name of the file, as measured";
        "version": [u16; 4] = version, "its version, as measured";
        "mode": CiMode = mode, "what it does about code that it does not allow";
        "update": CiUpdate = update, "when an update of it takes effect";
        "label": String = label, "label from which its contents come (Hgs_CiPolicy)";
        "digest": Option<[u8; 32]> = digest, "SHA-256 of its contents, when only that is known; empty: of the contents made from the label";
    }
}
