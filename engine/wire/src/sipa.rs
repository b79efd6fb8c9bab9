//! Windows measured-boot (SIPA) identifiers.
//!
//! Source: Windows SDK header `wbcl.h`, `SIPAEVENT_*` and `SIPAEVENTTYPE_*` constants.

use crate::open::open_newtype;

open_newtype! {
    /// `SIPAEVENTTYPE`: the type word of an element.
    SipaType(u32) {
        TRUSTBOUNDARY = 0x4001_0001 => "TRUSTBOUNDARY",
    }
}
