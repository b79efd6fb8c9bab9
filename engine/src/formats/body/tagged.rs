//! Numbered elements: `TCG_PCClientTaggedEvent`, Platform Firmware Profile section 10.2.
//!
//! Windows packs its measurements (SIPA) this way; only the outermost elements are cut here,
//! [`crate::formats::sipa`] reads what they hold. The Linux EFI stub logs two elements whose data
//! is a mere label: their digests cover the load options and the initial RAM disk.

use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, le_u32, take};
use crate::limits::TAGGED_EVENTS_MAX;

/// Element of the Linux EFI stub: load options (the kernel's command line).
pub const LINUX_LOAD_OPTIONS: u32 = 0x8f3b_22ed;
/// Element of the Linux EFI stub: initial RAM disk.
pub const LINUX_INITRD: u32 = 0x8f3b_22ec;

/// An element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaggedEvent<'a> {
    /// Its number.
    pub id: u32,
    /// Its data.
    pub data: &'a [u8],
    /// The whole element.
    pub span: Span,
    /// Where the data stands.
    pub data_span: Span,
}

/// Reads the elements, which must fill the data.
///
/// # Errors
/// An element reaches past the end, or there are more than [`TAGGED_EVENTS_MAX`].
pub fn parse(input: Input<'_>) -> Result<Vec<TaggedEvent<'_>>, ParseError> {
    let (mut rest, mut elements) = (input, Vec::new());
    while !rest.is_empty() {
        if elements.len() >= TAGGED_EVENTS_MAX {
            let limit = TAGGED_EVENTS_MAX as u64;
            let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
            return Err(rest.error(kind, "taggedEvent", rest.len()));
        }
        let (after, id) = le_u32("taggedEventID")(rest)?;
        let (after, size) = le_u32("taggedEventDataSize")(after)?;
        let (after, data) = take("taggedEventData", super::size(size.into()))(after)?;
        elements.push(TaggedEvent {
            id,
            data: data.bytes(),
            span: after.span_since(rest),
            data_span: data.span(),
        });
        rest = after;
    }
    Ok(elements)
}
