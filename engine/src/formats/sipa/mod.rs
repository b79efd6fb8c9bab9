//! Windows' measured-boot elements (SIPA): what the boot manager and the loaders say about
//! themselves in PCR 12, 13 and 14, and the quotes that Windows keeps in the log (trust points).
//!
//! Source: Windows SDK header `wbcl.h` (numbers, payload structures), and real logs of Windows 10
//! and Windows Server 2019 and 2022 (sizes, order). Little-endian. A record holds elements, each
//! a type, a size and data; the data of a container is elements again. The boot manager and each
//! loader write one [`TRUSTBOUNDARY`](SipaType::TRUSTBOUNDARY) into PCR 12 and one into PCR 13.
//!
//! What [`parse`] establishes: every size fits, within the limits of depth and number. What it
//! does **not** establish: that Windows wrote the elements. PCR 12 to 14 are empty when the first
//! boot application starts, so any loader that the firmware admits can write them; a running
//! system can extend them behind the `WBCL` separator; and a trust point is covered by nothing.
//! Elements that are absent say nothing.

mod module;
mod payload;
mod policy;
mod summary;
mod text;
mod tree;
mod value;

use portcullis_wire::{EventType, SipaType, event};

use super::error::ParseError;
use super::eventlog::Event;
use super::input::Input;

pub use module::{ElamData, LoadedModule};
pub use payload::{KsrSignature, RevocationList, SbcpInfo, VsmIdk};
pub use policy::{PolicyVersion, SiPolicy, SiPolicyCertificate, SiPolicySigner};
pub(super) use summary::{write_element, write_trust_point};
pub use tree::{NodeBudget, SipaNode, SipaTree, parse};
pub use value::SipaValue;

/// Reads the elements of a record, or `None` when it does not claim to hold any: a tagged event
/// whose first number can be a SIPA type, or a trust point.
///
/// The record's type is not measured, so this choice is for *display*. A rule takes the records
/// of PCR 12 to 14 and hands the data of each one that is no separator to [`parse`].
pub fn of_event<'a>(
    event: &Event<'a>,
    budget: &mut NodeBudget,
) -> Option<Result<SipaTree<'a>, ParseError>> {
    let claimed = match event.untrusted_type {
        EventType::EVENT_TAG => {
            let first = event.data.first_chunk::<4>()?;
            SipaType(u32::from_le_bytes(*first)).is_plausible()
        }
        EventType::NO_ACTION => {
            event.pcr == event::PCR_NONE && event.data.starts_with(event::no_action::TRUST_POINT)
        }
        _ => false,
    };
    claimed.then(|| parse(Input::at(event.data, event.data_span.offset), budget))
}

#[cfg(test)]
mod tests;
