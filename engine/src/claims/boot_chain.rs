//! The boot applications and boot attempts of PCR 4.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06, section 3.3.4.5 (PCR 4). Image digests
//! are Authenticode hashes: the log's device path beside them is not measured and only shown.

use portcullis_wire::event::action;

use super::closes_register;
use crate::crypto::Digest;
use crate::finding::Place;
use crate::formats::body;
use crate::replay::{MeasuredEvent, MeasuredEvents};

/// What PCR 4 says.
#[derive(Clone, Debug, Default)]
pub struct BootChainClaims {
    /// Images in the order in which they were measured.
    pub images: Vec<BootImage>,
    /// Boot attempts in the order in which they were measured.
    pub actions: Vec<BootAction>,
}

/// One image. Everything in PCR 4 that is not a known action or separator counts as an image,
/// so that no relabelling hides one.
#[derive(Clone, Debug)]
pub struct BootImage {
    /// Its digest.
    pub digest: Digest,
    /// The record's own description. Not measured.
    pub untrusted_description: String,
    /// Its record.
    pub place: Place,
}

/// One boot attempt of the firmware.
#[derive(Clone, Debug)]
pub struct BootAction {
    /// The measured text.
    pub text: &'static str,
    /// Its record.
    pub place: Place,
}

const ACTIONS: [(&[u8], &str); 2] = [
    (action::CALLING_EFI_APPLICATION, "Calling EFI Application from Boot Option"),
    (action::RETURNING_FROM_EFI_APPLICATION, "Returning from EFI Application from Boot Option"),
];

pub(super) fn extract(events: &MeasuredEvents<'_>) -> BootChainClaims {
    let mut claims = BootChainClaims::default();
    for event in events.of_pcr(4) {
        let place = Place::in_event(event.event.index, event.event.span);
        if let Some(text) = known_action(event) {
            claims.actions.push(BootAction { text, place });
        } else if !closes_register(event) {
            claims.images.push(BootImage {
                digest: event.digest,
                untrusted_description: body::decode(&event.event).summary(),
                place,
            });
        }
    }
    claims
}

fn known_action(event: &MeasuredEvent<'_>) -> Option<&'static str> {
    if !event.binds_all() {
        return None;
    }
    ACTIONS.iter().find(|(bytes, _)| *bytes == event.event.data).map(|(_, text)| *text)
}
