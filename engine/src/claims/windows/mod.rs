//! What Windows says about its own boot, in PCR 11 to 14.
//!
//! Source: Windows SDK header `wbcl.h`; the order and repetition of the elements are those of 22
//! real logs of Windows 10 and Windows Server 2019 and 2022.
//!
//! What it does *not* establish: that Windows wrote it. The registers are empty when the first
//! boot application starts, so any loader that the firmware admits could write the same. Which
//! loaders ran is what PCR 4 and 7 say, and [`crate::policy`] asks them before it believes
//! anything here.

mod defect;
mod registers;
mod software;
mod state;

pub use defect::WindowsDefect;
pub use software::{AntimalwareClaim, ModuleClaim, RevocationListClaim, SoftwareClaims};

use crate::claims::Claim;
use crate::crypto::Digest;
use crate::finding::Place;
use crate::replay::MeasuredEvents;
use crate::wire::TpmAlg;
use registers::Registers;

/// What Windows says.
#[derive(Clone, Debug)]
pub struct WindowsClaims {
    /// True when anything in PCR 11 to 13 looks like Windows' boot manager.
    pub present: bool,
    /// Breaches of the order in which Windows measures.
    pub defects: Vec<WindowsDefect>,
    /// Events behind the `WBCL` separators: a running system can extend these registers at will,
    /// so nothing of them is read.
    pub behind_separator: Vec<Place>,
    /// Boot debugger.
    pub boot_debugging: Claim<bool>,
    /// Kernel debugger.
    pub kernel_debugging: Claim<bool>,
    /// Hypervisor debugger.
    pub hypervisor_debugging: Claim<bool>,
    /// Drivers signed with test keys are accepted.
    pub test_signing: Claim<bool>,
    /// Pre-release keys are accepted.
    pub flight_signing: Claim<bool>,
    /// The kernel checks signatures.
    pub code_integrity: Claim<bool>,
    /// Safe mode.
    pub safe_mode: Claim<bool>,
    /// Windows PE instead of an installed system.
    pub windows_pe: Claim<bool>,
    /// Every code integrity policy in force.
    pub ci_policies: Vec<CiPolicyClaim>,
    /// Start of the hypervisor: 0 is off.
    pub hypervisor_launch: Claim<u64>,
    /// Start of virtual secure mode: 0 is off.
    pub vsm_launch: Claim<u64>,
    /// Identity key of virtual secure mode, for encryption.
    pub vsm_identity_key: Claim<VsmKey>,
    /// Identity key of virtual secure mode, for signatures.
    pub vsm_signing_key: Claim<VsmKey>,
    /// Code integrity enforced by the hypervisor: 1 is on.
    pub hypervisor_enforced_ci: Claim<u64>,
    /// Virtual secure mode does not start without an IOMMU.
    pub iommu_required: Claim<bool>,
    /// The firmware protected memory against devices.
    pub boot_dma_protection: Claim<bool>,
    /// How BitLocker volumes were unlocked, for each set; zero is not at all.
    pub bitlocker_unlocks: Vec<(u64, Place)>,
    /// Hibernation is off.
    pub hibernation_disabled: Claim<bool>,
    /// Memory dumps are off.
    pub dumps_disabled: Claim<bool>,
    /// Memory dumps are encrypted.
    pub dump_encryption: Claim<bool>,
    /// SHA-256 of the key that dumps are encrypted with.
    pub dump_key: Claim<Digest>,
    /// The page file is encrypted.
    pub page_file_encryption: Claim<bool>,
    /// Windows' boot counter; equals the reset counter of a TPM 2.0.
    pub boot_counter: Claim<u64>,
    /// To whom the boot manager, which wrote the first set, handed over.
    pub first_transfer: Claim<u64>,
    /// Secure Boot configuration policy in force.
    pub secure_boot_policy: Claim<Vec<u8>>,
    /// The software of the boot.
    pub software: SoftwareClaims,
}

/// A code integrity policy that Windows had in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiPolicyClaim {
    /// File name, escaped for display.
    pub name: String,
    /// Version as four numbers.
    pub version: String,
    /// Algorithm of the digest.
    pub algorithm: TpmAlg,
    /// Digest of the policy without its signature.
    pub digest: Vec<u8>,
    /// Its element.
    pub place: Place,
}

/// An RSA public key of virtual secure mode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VsmKey {
    /// Big-endian exponent.
    pub exponent: Vec<u8>,
    /// Big-endian modulus.
    pub modulus: Vec<u8>,
}

/// Draws the claims of PCR 11 to 14.
pub(super) fn extract(events: &MeasuredEvents<'_>) -> WindowsClaims {
    let registers = Registers::read(events);
    state::claims(registers)
}
