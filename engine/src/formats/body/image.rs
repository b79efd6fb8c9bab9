//! Loaded images: `UEFI_IMAGE_LOAD_EVENT`, Platform Firmware Profile section 10.2.
//!
//! The digest of such a record is the Authenticode digest of the image. The data describes, and
//! nothing covers it: the same image may claim any path and any address.

use super::{DevicePath, size};
use crate::formats::error::ParseError;
use crate::formats::input::{Input, le_u64, take};

/// What the firmware says about an image that it loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageLoad<'a> {
    /// Address in memory; differs from boot to boot.
    pub location: u64,
    /// Size in memory.
    pub size_bytes: u64,
    /// Address that the image was linked for.
    pub link_time_address: u64,
    /// Where the image came from. Shim leaves it empty.
    pub path: DevicePath<'a>,
}

/// Reads `UEFI_IMAGE_LOAD_EVENT`. Bytes behind the device path are left alone: shim logs the
/// padding of its structure.
///
/// # Errors
/// A size does not fit, or the device path is malformed.
pub fn parse(input: Input<'_>) -> Result<ImageLoad<'_>, ParseError> {
    let (rest, location) = le_u64("ImageLocationInMemory")(input)?;
    let (rest, size_bytes) = le_u64("ImageLengthInMemory")(rest)?;
    let (rest, link_time_address) = le_u64("ImageLinkTimeAddress")(rest)?;
    let (rest, path_size) = le_u64("LengthOfDevicePath")(rest)?;
    let (_, path) = take("DevicePath", size(path_size))(rest)?;
    let path = super::device_path::parse(path)?;
    Ok(ImageLoad { location, size_bytes, link_time_address, path })
}
