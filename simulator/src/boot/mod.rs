//! What a boot measures, step by step.
//!
//! Models are recorded logs: `firmware` follows those of Dell, Lenovo, Supermicro and OVMF,
//! `windows` 22 logs of Windows, `linux` our own captures. Where no log shows a state, the module
//! says so.

mod firmware;
mod linux;
pub(crate) mod windows;

use crate::hash::HashAlg;
use crate::host::{CiPolicy, SecureBootKeys};
use crate::log::Measurement;
use crate::seed::Seed;
use crate::spec::{HostSpec, System};

/// Everything that a boot depends on.
#[derive(Clone, Debug)]
pub(crate) struct Context<'a> {
    /// The host.
    pub spec: &'a HostSpec,
    /// What hosts of its class share.
    pub class: &'a Seed,
    /// What is its own.
    pub own: &'a Seed,
    /// Its Secure Boot keys.
    pub keys: &'a SecureBootKeys,
    /// The TPM's reset count.
    pub reset_count: u32,
    /// Starts of this host, this one included: what the event counter counts.
    pub starts: u64,
    /// This start resumes from hibernation.
    pub resume: bool,
    /// Code integrity policies that lie on its disk.
    pub ci_policies: &'a [CiPolicy],
}

impl Context<'_> {
    /// The bank in which Windows measures: SHA-256 when it is active.
    pub fn windows_bank(&self) -> HashAlg {
        self.spec.tpm.measured_bank()
    }

    /// True when Secure Boot approves images, and says by which authority.
    pub fn approves_images(&self) -> bool {
        self.spec.secure_boot.enabled
    }
}

/// The whole boot.
pub(crate) fn measure(context: &Context<'_>) -> Vec<Measurement> {
    let mut steps = firmware::measure(context);
    steps.extend(match context.spec.boot.system {
        System::Windows => windows::measure(context),
        System::LinuxShim => linux::shim(context),
        System::LinuxUki => linux::uki(context),
    });
    steps.extend(firmware::exit_boot_services(context));
    steps
}

/// What stands for the bytes of an image: the same on all hosts with the same release and patches.
pub(crate) fn image_content(context: &Context<'_>, label: &str) -> [u8; 32] {
    let spec = context.spec;
    let release = match spec.boot.system {
        System::Windows => format!("{} {}", spec.windows.release.text(), spec.windows.patch),
        System::LinuxShim | System::LinuxUki => spec.linux.kernel.clone(),
    };
    Seed::from_text("images").child(&release).bytes32(label)
}
