//! The parts of a specification about Linux and about code integrity policies.

use super::value::{UpTo, choices};

/// Linux.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinuxSpec {
    /// Version of the kernel.
    pub kernel: String,
    /// Its command line.
    pub command_line: String,
    /// GRUB's commands before it loads the kernel.
    pub grub_commands: UpTo<64>,
}

choices! {
    /// What a code integrity policy does about code that it does not allow.
    CiMode {
        /// It is refused.
        Enforced = "enforced",
        /// It is logged.
        Audit = "audit",
    }
}

choices! {
    /// When an update of a policy takes effect.
    CiUpdate {
        /// At the next start.
        Reboot = "reboot",
        /// At once (rule option 16).
        NoReboot = "no-reboot",
    }
}

/// A code integrity policy that lies on the host before its first start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiPolicySpec {
    /// Name of the file.
    pub file_name: String,
    /// Its version.
    pub version: [u16; 4],
    /// What it does.
    pub mode: CiMode,
    /// When an update takes effect.
    pub update: CiUpdate,
    /// Label from which its contents come: the same label, the same policy.
    pub label: String,
    /// Its digest, when it is a policy of which only that is known.
    pub digest: Option<[u8; 32]>,
}

impl Default for CiPolicySpec {
    fn default() -> Self {
        Self {
            file_name: "SiPolicy.p7b".into(),
            version: [10, 0, 0, 0],
            mode: CiMode::Enforced,
            update: CiUpdate::Reboot,
            label: "site".into(),
            digest: None,
        }
    }
}
