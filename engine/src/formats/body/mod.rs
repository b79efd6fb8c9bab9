//! What the data of event log records means.
//!
//! Specification: TCG PC Client Platform Firmware Profile 1.06 revision 52, section 10.4, for the
//! firmware's records; for boot loaders, what GRUB, shim, systemd-stub and the Linux EFI stub
//! write. All integers are little-endian.
//!
//! [`decode`] picks the decoder by the record's type, which nothing covers, and the data is only
//! covered as far as [`binding`](fn@binding) says. So a [`Body`] is for *display*, and for rules
//! that check the binding first. Data that does not fit its type is a value
//! ([`Body::Undecodable`]), not an error: one odd record never makes a log unusable.

pub mod binding;
pub mod device_path;
pub mod gpt;
pub mod handoff;
pub mod image;
pub mod ipl;
pub mod load_option;
pub mod no_action;
pub mod signature_list;
mod summary;
pub mod tagged;
pub mod text;
pub mod variable;

use portcullis_wire::{EventType, Guid, event};

use super::error::ParseError;
use super::eventlog::Event;
use super::input::Input;

pub use binding::{Binding, PartRule, binding};
pub use device_path::DevicePath;
pub use gpt::Gpt;
pub use handoff::{FirmwareBlob, HandoffTables};
pub use image::ImageLoad;
pub use ipl::Ipl;
pub use load_option::LoadOption;
pub use no_action::NoAction;
pub use signature_list::{SignatureList, signature_lists};
pub use tagged::TaggedEvent;
pub use text::{Escaped, Text};
pub use variable::Variable;

/// The decoded data of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Body<'a> {
    /// A record that is extended nowhere.
    NoAction(NoAction<'a>),
    /// A UEFI variable as the firmware found it.
    Variable(Variable<'a>),
    /// The entry of a UEFI variable that admitted an image.
    Authority(Variable<'a>),
    /// The end of a phase of the boot, in one register.
    Separator(Separator),
    /// A loaded image.
    Image(ImageLoad<'a>),
    /// The partition table of the boot disk.
    Gpt(Gpt),
    /// Tables that the firmware hands to the operating system.
    Handoff(HandoffTables<'a>),
    /// A part of the firmware.
    FirmwareBlob(FirmwareBlob<'a>),
    /// What a boot loader or kernel stub measured.
    Ipl(Ipl<'a>),
    /// Numbered elements: Windows' SIPA events, the Linux EFI stub.
    Tagged(Vec<TaggedEvent<'a>>),
    /// A version that is a GUID.
    Version(Guid),
    /// A number.
    CompactHash(u32),
    /// A text: actions, versions, descriptions.
    Text(Text<'a>),
    /// Data without a documented structure.
    Opaque(&'a [u8]),
    /// Data that does not have the structure of the record's type.
    Undecodable {
        /// Why.
        reason: ParseError,
    },
}

/// The data of a separator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Separator {
    /// Four zero bytes: the normal end of the firmware's part.
    Normal,
    /// Four bytes `0xff`: an error in UEFI, the normal value of a conventional BIOS.
    Ones,
    /// `WBCL`: Windows closes PCR 12, 13 or 14.
    Wbcl,
    /// Anything else.
    Other,
}

impl Separator {
    fn of(data: &[u8]) -> Self {
        if data == event::SEPARATOR_NORMAL {
            Self::Normal
        } else if data == event::SEPARATOR_ERROR {
            Self::Ones
        } else if data == event::SEPARATOR_WBCL {
            Self::Wbcl
        } else {
            Self::Other
        }
    }
}

/// Decodes a record's data by the record's type.
#[must_use]
pub fn decode<'a>(event: &Event<'a>) -> Body<'a> {
    let data = Input::at(event.data, event.data_span.offset);
    let decoded = match event.untrusted_type {
        EventType::NO_ACTION => no_action::parse(event.pcr, data).map(Body::NoAction),
        EventType::SEPARATOR => Ok(Body::Separator(Separator::of(event.data))),
        EventType::EFI_VARIABLE_DRIVER_CONFIG
        | EventType::EFI_VARIABLE_BOOT
        | EventType::EFI_VARIABLE_BOOT2
        | EventType::EFI_SPDM_DEVICE_POLICY => variable::parse(data).map(Body::Variable),
        EventType::EFI_VARIABLE_AUTHORITY | EventType::EFI_SPDM_DEVICE_AUTHORITY => {
            variable::parse(data).map(Body::Authority)
        }
        EventType::EFI_BOOT_SERVICES_APPLICATION
        | EventType::EFI_BOOT_SERVICES_DRIVER
        | EventType::EFI_RUNTIME_SERVICES_DRIVER => image::parse(data).map(Body::Image),
        EventType::EFI_GPT_EVENT | EventType::EFI_GPT_EVENT2 => gpt::parse(data).map(Body::Gpt),
        EventType::EFI_HANDOFF_TABLES => handoff::tables(data).map(Body::Handoff),
        EventType::EFI_HANDOFF_TABLES2 => handoff::tables2(data).map(Body::Handoff),
        EventType::EFI_PLATFORM_FIRMWARE_BLOB => handoff::blob(data).map(Body::FirmwareBlob),
        EventType::EFI_PLATFORM_FIRMWARE_BLOB2 => handoff::blob2(data).map(Body::FirmwareBlob),
        // Texts, structures or bytes of the vendor, without a mark that tells which.
        EventType::POST_CODE | EventType::S_CRTM_CONTENTS => {
            text_or(data, || Ok(blob_or_opaque(data, handoff::blob)))
        }
        EventType::POST_CODE2 => text_or(data, || Ok(blob_or_opaque(data, handoff::blob2))),
        EventType::S_CRTM_VERSION => Ok(version(data)),
        EventType::COMPACT_HASH => Ok(compact_hash(data)),
        EventType::IPL => Ok(ipl::parse(data).map_or(Body::Opaque(event.data), Body::Ipl)),
        EventType::EVENT_TAG => tagged::parse(data).map(Body::Tagged).or_else(|reason| {
            // One TDX firmware logs the stub's text without the element around it.
            text_or(data, || Err(reason))
        }),
        EventType::ACTION | EventType::EFI_ACTION => Ok(Body::Text(Text::lossy(data))),
        _ => text_or(data, || Ok(Body::Opaque(event.data))),
    };
    decoded.unwrap_or_else(|reason| Body::Undecodable { reason })
}

/// The data as text when it is plainly text, else whatever `other` makes of it.
fn text_or<'a>(
    data: Input<'a>,
    other: impl FnOnce() -> Result<Body<'a>, ParseError>,
) -> Result<Body<'a>, ParseError> {
    match Text::recognise(data).filter(|text| !text.text.is_empty()) {
        Some(text) => Ok(Body::Text(text)),
        None => other(),
    }
}

fn blob_or_opaque<'a>(
    data: Input<'a>,
    parser: impl FnOnce(Input<'a>) -> Result<FirmwareBlob<'a>, ParseError>,
) -> Body<'a> {
    parser(data).map_or(Body::Opaque(data.bytes()), Body::FirmwareBlob)
}

/// `EV_S_CRTM_VERSION` holds a UTF-16 text or a GUID; 16 bytes are a text only when no half of a
/// GUID could look like it.
fn version(data: Input<'_>) -> Body<'_> {
    let latin = data.bytes().chunks(2).all(|unit| matches!(unit, [_, 0]));
    if let (false, Ok(guid)) = (latin, data.bytes().try_into()) {
        return Body::Version(Guid(guid));
    }
    Text::recognise(data).map_or(Body::Opaque(data.bytes()), Body::Text)
}

fn compact_hash(data: Input<'_>) -> Body<'_> {
    if let Ok(number) = data.bytes().try_into() {
        return Body::CompactHash(u32::from_le_bytes(number));
    }
    Text::recognise(data).map_or(Body::Opaque(data.bytes()), Body::Text)
}

/// A size from a log as a number of bytes. Saturates on a 32-bit target, where no input is that
/// large either.
fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
