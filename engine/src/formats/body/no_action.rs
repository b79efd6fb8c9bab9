//! Records that are extended nowhere: `EV_NO_ACTION`, Platform Firmware Profile section 10.4.5.
//!
//! Nothing covers them. The Spec ID and the startup locality steer the replay, which then has to
//! meet the quoted registers; the others are information and must not decide anything.

use portcullis_wire::Guid;
use portcullis_wire::event::{PCR_NONE, no_action};

use super::Text;
use crate::formats::error::ParseError;
use crate::formats::eventlog::{self, SpecId};
use crate::formats::input::{Input, Parsed, array, byte, le_u32, take};

/// Data of an `EV_NO_ACTION` record, by its signature.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NoAction<'a> {
    /// The header of a log.
    SpecId(SpecId<'a>),
    /// The locality that sent `TPM2_Startup`.
    StartupLocality(u8),
    /// Which platform, and where its reference values are.
    PlatformId(Box<PlatformId<'a>>),
    /// A component that a hardware root of trust measured.
    HcrtmComponent {
        /// What it is.
        description: Text<'a>,
    },
    /// Quotes that Windows made at run time; [`crate::formats::sipa`] reads them.
    TrustPoint(&'a [u8]),
    /// Anything else.
    Unknown(&'a [u8]),
}

/// `TCG_Sp800_155_PlatformId_Event` in one of its three forms.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlatformId<'a> {
    /// IANA enterprise number of the vendor.
    pub vendor_id: u32,
    /// The reference manifest.
    pub reference_manifest: Guid,
    /// Names, from the second form on.
    pub names: Option<PlatformNames<'a>>,
    /// Where the reference manifest is, in the third form.
    pub manifest_locator: Option<Locator<'a>>,
    /// Where the platform certificate is, in the third form.
    pub certificate_locator: Option<Locator<'a>>,
}

/// Names of a platform and of its firmware.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlatformNames<'a> {
    /// Manufacturer of the platform.
    pub manufacturer: Text<'a>,
    /// Model.
    pub model: Text<'a>,
    /// Version of the platform.
    pub version: Text<'a>,
    /// Manufacturer of the firmware.
    pub firmware_manufacturer: Text<'a>,
    /// IANA enterprise number of the firmware's manufacturer.
    pub firmware_manufacturer_id: u32,
    /// Version of the firmware.
    pub firmware_version: Text<'a>,
}

/// Where something can be fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locator<'a> {
    /// 0 the thing itself, 1 a URI, 2 a device path, 3 a UEFI variable.
    pub kind: u32,
    /// The place.
    pub data: &'a [u8],
}

/// Reads the data of a record without action, whose register number is `pcr`.
///
/// # Errors
/// The data does not have the structure that its signature promises.
pub fn parse(pcr: u32, input: Input<'_>) -> Result<NoAction<'_>, ParseError> {
    let data = input.bytes();
    if pcr == PCR_NONE && data.starts_with(no_action::TRUST_POINT) {
        return Ok(NoAction::TrustPoint(data));
    }
    if let Some(spec_id) = eventlog::spec_id::parse(input)? {
        return Ok(NoAction::SpecId(spec_id));
    }
    let Some((signature, behind)) = data.split_first_chunk::<16>() else {
        return Ok(NoAction::Unknown(data));
    };
    let (rest, _) = take("signature", signature.len())(input)?;
    match signature {
        no_action::STARTUP_LOCALITY => match behind {
            &[locality] => Ok(NoAction::StartupLocality(locality)),
            _ => Ok(NoAction::Unknown(data)),
        },
        no_action::SP800_155 => Ok(NoAction::PlatformId(Box::new(platform_id(rest)?.1))),
        no_action::SP800_155_2 => Ok(NoAction::PlatformId(Box::new(platform_id2(rest)?.1))),
        no_action::SP800_155_3 => Ok(NoAction::PlatformId(Box::new(platform_id3(rest)?.1))),
        no_action::HCRTM_COMPONENT => {
            let (_, description) = short_text("componentDescription")(rest)?;
            Ok(NoAction::HcrtmComponent { description })
        }
        _ => Ok(NoAction::Unknown(data)),
    }
}

fn platform_id(input: Input<'_>) -> Parsed<'_, PlatformId<'_>> {
    let (rest, vendor_id) = le_u32("VendorId")(input)?;
    let (rest, manifest) = array::<16>("ReferenceManifestGuid")(rest)?;
    let id = PlatformId {
        vendor_id,
        reference_manifest: Guid(manifest),
        names: None,
        manifest_locator: None,
        certificate_locator: None,
    };
    Ok((rest, id))
}

fn platform_id2(input: Input<'_>) -> Parsed<'_, PlatformId<'_>> {
    let (rest, id) = platform_id(input)?;
    let (rest, manufacturer) = short_text("PlatformManufacturerStr")(rest)?;
    let (rest, model) = short_text("PlatformModel")(rest)?;
    let (rest, version) = short_text("PlatformVersion")(rest)?;
    let (rest, firmware_manufacturer) = short_text("FirmwareManufacturerStr")(rest)?;
    let (rest, firmware_manufacturer_id) = le_u32("FirmwareManufacturerId")(rest)?;
    let (rest, firmware_version) = short_text("FirmwareVersion")(rest)?;
    let names = PlatformNames {
        manufacturer,
        model,
        version,
        firmware_manufacturer,
        firmware_manufacturer_id,
        firmware_version,
    };
    Ok((rest, PlatformId { names: Some(names), ..id }))
}

fn platform_id3(input: Input<'_>) -> Parsed<'_, PlatformId<'_>> {
    let (rest, id) = platform_id2(input)?;
    let (rest, manifest) = locator("RimLocator")(rest)?;
    let (rest, certificate) = locator("PlatformCertLocator")(rest)?;
    let (manifest_locator, certificate_locator) = (Some(manifest), Some(certificate));
    Ok((rest, PlatformId { manifest_locator, certificate_locator, ..id }))
}

/// A text behind one byte that holds its size, a final NUL included.
fn short_text<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, Text<'a>> {
    move |input| {
        let (rest, size) = byte(field)(input)?;
        let (rest, text) = take(field, usize::from(size))(rest)?;
        Ok((rest, Text::lossy(text)))
    }
}

fn locator<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, Locator<'a>> {
    move |input| {
        let (rest, kind) = le_u32(field)(input)?;
        let (rest, size) = le_u32(field)(rest)?;
        let (rest, data) = take(field, super::size(size.into()))(rest)?;
        Ok((rest, Locator { kind, data: data.bytes() }))
    }
}
