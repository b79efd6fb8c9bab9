//! One host for each policy that fails: the reference host with one thing changed.

use super::super::*;
use super::{Expectation, Preset, dell_r740_ws2022};

/// The reference host with changes.
macro_rules! broken {
    ($($name:literal, $doc:literal, $expect:expr, |$spec:ident| $change:expr;)*) => {
        pub(super) const PRESETS: &[Preset] = &[$(
            Preset {
                name: $name,
                doc: $doc,
                expect: $expect,
                spec: || {
                    let mut $spec = dell_r740_ws2022();
                    $change;
                    $spec
                },
            },
        )*];
    };
}

const fn failing(policy: &'static str, reason: &'static str) -> Expectation {
    Expectation::failing(policy, reason)
}

/// What a resume from hibernation leaves unsaid.
const UNSAID_BY_A_RESUME: &[&str] = &[
    "Hgs_UefiDebugDisabled",
    "Hgs_HypervisorEnforcedCiPolicy",
    "Hgs_VsmIdkPresent",
    "Hgs_PageFileEncryptionEnabled",
    "Hgs_IommuEnabled",
    "Hgs_NoHibernation",
    "Hgs_NoDumps",
    "Hgs_DumpEncryption",
    "Hgs_DumpEncryptionKey",
];

broken! {
    "fails-secure-boot-enabled", "Secure Boot is off; the baseline is the host's own",
        failing("Hgs_SecureBootEnabled", "SecureBootEnabled"),
        |spec| {
            spec.secure_boot.enabled = false;
            spec.windows.vbs.secure_boot_required = false;
        };
    "fails-uefi-debug-disabled", "the kernel debugger is on",
        failing("Hgs_UefiDebugDisabled", "DebugModeUefi"),
        |spec| spec.windows.kernel_debug = true;
    "fails-secure-boot-settings", "dbx has more entries than that of the baseline",
        Expectation {
            baseline: Some("dell-r740-ws2022"),
            ..failing("Hgs_SecureBootSettings", "SecureBootSettings")
        },
        |spec| spec.secure_boot.dbx_entries = UpTo(371);
    "fails-ci-policy", "the host's code integrity policy is not one that the service trusts",
        failing("Hgs_CiPolicy", "SystemIntegrityCiKnownGood"),
        |spec| for policy in spec.ci_policies.iter_mut().take(1) {
            policy.label = "somebody else's".into();
        };
    "fails-hypervisor-enforced-ci-policy", "the hypervisor does not enforce code integrity",
        failing("Hgs_HypervisorEnforcedCiPolicy", "HypervisorEnforcedCiPolicy"),
        |spec| spec.windows.vbs.hvci = false;
    "fails-full-boot", "the host resumed from hibernation",
        Expectation {
            fails_too: UNSAID_BY_A_RESUME,
            ..failing("Hgs_FullBoot", "FullBoot")
        },
        |spec| {
            spec.boot.resume = true;
            spec.windows.hibernation = true;
        };
    "fails-vsm-idk-present", "virtual secure mode runs, without its identity keys",
        failing("Hgs_VsmIdkPresent", "VsmIdkPresent"),
        |spec| spec.windows.vsm_keys = VsmKeys::Absent;
    "fails-vsm-running", "virtual secure mode was not started",
        Expectation {
            fails_too: &["Hgs_HypervisorEnforcedCiPolicy"],
            ..failing("Hgs_VsmIdkPresent", "VsmRunning")
        },
        |spec| spec.windows.vsm = false;
    "fails-page-file-encryption", "the page file is not encrypted",
        failing("Hgs_PageFileEncryptionEnabled", "PagefileEncryptionEnabled"),
        |spec| spec.windows.page_file_encryption = false;
    "fails-bitlocker-enabled", "BitLocker is off, and the service asks for it",
        Expectation {
            switched_on: &["Hgs_BitLockerEnabled"],
            ..failing("Hgs_BitLockerEnabled", "BitLockerEnabled")
        },
        |spec| spec.windows.bitlocker = Bitlocker::Off;
    "fails-iommu-enabled", "virtual secure mode does not demand an IOMMU",
        failing("Hgs_IommuEnabled", "IommuEnabled"),
        |spec| spec.windows.vbs.iommu_required = false;
    "fails-no-hibernation", "hibernation is possible",
        failing("Hgs_NoHibernation", "NoHibernation"),
        |spec| spec.windows.hibernation = true;
    "fails-no-dumps", "dumps are written, encrypted to a key that the service trusts",
        failing("Hgs_NoDumps", "NoDumps"),
        |spec| spec.windows.dumps = Dumps::Encrypted;
    "fails-dump-encryption", "dumps are written in the clear, and the service allows dumps",
        Expectation {
            switched_off: &["Hgs_NoDumps", "Hgs_DumpEncryptionKey"],
            ..failing("Hgs_DumpEncryption", "DumpEncryption")
        },
        |spec| spec.windows.dumps = Dumps::Plain;
    "fails-dump-encryption-key", "dumps are encrypted to a key that the service does not trust",
        Expectation {
            switched_off: &["Hgs_NoDumps"],
            ..failing("Hgs_DumpEncryptionKey", "DumpEncryptionKey")
        },
        |spec| {
            spec.windows.dumps = Dumps::Encrypted;
            spec.windows.dump_key = "somebody else's".into();
        };
}
