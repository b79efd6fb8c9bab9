//! Claims: facts drawn from measured events, each with the event and bytes that it rests on.
//!
//! Only [`MeasuredEvents`] go in. An event is classified by its *data*, and only where its digest
//! covers that data: the type of a record is not measured, and decides nothing here.

mod boot_chain;
mod claim;
mod list;
mod secure_boot;
mod windows;

pub use boot_chain::{BootAction, BootChainClaims, BootImage};
pub use claim::Claim;
pub use list::{ClaimState, ListedClaim, list};
pub use secure_boot::{
    AuthorityClaim, SecureBootClaims, SecureBootDefect, SecureBootState, SignatureId, VariableClaim,
};
pub use windows::{
    AntimalwareClaim, CiPolicyClaim, ModuleClaim, RevocationListClaim, SoftwareClaims, VsmKey,
    WindowsClaims, WindowsDefect,
};

use portcullis_wire::event::{SEPARATOR_ERROR, SEPARATOR_NORMAL};

use crate::crypto::HashAlg;
use crate::replay::{MeasuredEvent, MeasuredEvents};

/// Everything that the policies and baselines read.
#[derive(Clone, Debug)]
pub struct ClaimSet {
    /// The bank of the digests.
    pub bank: HashAlg,
    /// PCR 7.
    pub secure_boot: SecureBootClaims,
    /// PCR 4.
    pub boot_chain: BootChainClaims,
    /// PCR 11 to 14.
    pub windows: WindowsClaims,
}

/// Draws all claims.
#[must_use]
pub fn extract(events: &MeasuredEvents<'_>) -> ClaimSet {
    ClaimSet {
        bank: events.bank(),
        secure_boot: secure_boot::extract(events),
        boot_chain: boot_chain::extract(events),
        windows: windows::extract(events),
    }
}

/// True for the event that closes a register, whatever type it claims.
fn closes_register(event: &MeasuredEvent<'_>) -> bool {
    let data = event.event.data;
    event.binds_all() && (data == SEPARATOR_NORMAL || data == SEPARATOR_ERROR)
}
