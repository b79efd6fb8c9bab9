//! `Boot####` variables: `EFI_LOAD_OPTION`, UEFI 2.10 section 3.1.3.

use super::DevicePath;
use super::text::utf16_lossy;
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, le_u16, le_u32, take};

/// A boot option.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadOption<'a> {
    /// Attribute bits; bit 0 marks an active option.
    pub attributes: u32,
    /// What a boot menu shows.
    pub description: String,
    /// Where the image is.
    pub path: DevicePath<'a>,
    /// Handed to the image.
    pub optional_data: &'a [u8],
    /// Where the optional data stands.
    pub optional_data_span: Span,
}

/// Reads `EFI_LOAD_OPTION`.
///
/// # Errors
/// A size does not fit, the description has no end, or the device path is malformed.
pub fn parse(input: Input<'_>) -> Result<LoadOption<'_>, ParseError> {
    let (rest, attributes) = le_u32("Attributes")(input)?;
    let (rest, path_size) = le_u16("FilePathListLength")(rest)?;
    let (units, _) = rest.bytes().as_chunks::<2>();
    let Some(chars) = units.iter().position(|unit| *unit == [0; 2]) else {
        let kind = ParseErrorKind::Invalid("has no end");
        return Err(rest.error(kind, "Description", rest.len()));
    };
    let (rest, description) = take("Description", chars.saturating_mul(2))(rest)?;
    let (rest, _) = take("Description", 2)(rest)?;
    let (rest, path) = take("FilePathList", usize::from(path_size))(rest)?;
    Ok(LoadOption {
        attributes,
        description: utf16_lossy(description.bytes()),
        path: super::device_path::parse(path)?,
        optional_data: rest.bytes(),
        optional_data_span: rest.span(),
    })
}
