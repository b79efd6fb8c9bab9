//! Tables and firmware parts that a record points at: `UEFI_HANDOFF_TABLE_POINTERS`,
//! `UEFI_PLATFORM_FIRMWARE_BLOB` and their second forms, Platform Firmware Profile section 10.2.
//!
//! The digests are those of the tables and of the firmware. The addresses in the data are not
//! covered by anything and change from boot to boot.

use portcullis_wire::Guid;

use super::Text;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, array, byte, complete, le_u64, take};

/// A table: its GUID and its address.
const TABLE_SIZE: u64 = 24;

/// Configuration tables for the operating system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandoffTables<'a> {
    /// What they are, in the second form of the record.
    pub description: Option<Text<'a>>,
    /// The tables.
    pub tables: Vec<HandoffTable>,
}

/// One configuration table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandoffTable {
    /// Kind of the table.
    pub guid: Guid,
    /// Its address.
    pub address: u64,
}

/// A part of the firmware.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirmwareBlob<'a> {
    /// What it is, in the second form of the record.
    pub description: Option<Text<'a>>,
    /// Its address.
    pub base: u64,
    /// Its size.
    pub size_bytes: u64,
}

/// Reads `UEFI_HANDOFF_TABLE_POINTERS`.
///
/// # Errors
/// More tables than bytes, or bytes behind them.
pub fn tables(input: Input<'_>) -> Result<HandoffTables<'_>, ParseError> {
    let tables = complete(input, "TableEntry", table_list)?;
    Ok(HandoffTables { description: None, tables })
}

/// Reads `UEFI_HANDOFF_TABLE_POINTERS2`.
///
/// # Errors
/// More tables than bytes, or bytes behind them.
pub fn tables2(input: Input<'_>) -> Result<HandoffTables<'_>, ParseError> {
    let (rest, description) = description(input)?;
    Ok(HandoffTables { description: Some(description), ..tables(rest)? })
}

/// Reads `UEFI_PLATFORM_FIRMWARE_BLOB`.
///
/// # Errors
/// Not 16 bytes.
pub fn blob(input: Input<'_>) -> Result<FirmwareBlob<'_>, ParseError> {
    complete(input, "BlobLength", |input| {
        let (rest, base) = le_u64("BlobBase")(input)?;
        let (rest, size_bytes) = le_u64("BlobLength")(rest)?;
        Ok((rest, FirmwareBlob { description: None, base, size_bytes }))
    })
}

/// Reads `UEFI_PLATFORM_FIRMWARE_BLOB2`.
///
/// # Errors
/// Not 16 bytes behind the description.
pub fn blob2(input: Input<'_>) -> Result<FirmwareBlob<'_>, ParseError> {
    let (rest, description) = description(input)?;
    Ok(FirmwareBlob { description: Some(description), ..blob(rest)? })
}

fn description(input: Input<'_>) -> Parsed<'_, Text<'_>> {
    let (rest, size) = byte("DescriptionSize")(input)?;
    let (rest, text) = take("Description", usize::from(size))(rest)?;
    Ok((rest, Text::lossy(text)))
}

fn table_list(input: Input<'_>) -> Parsed<'_, Vec<HandoffTable>> {
    let (mut rest, count) = le_u64("NumberOfTables")(input)?;
    let left = rest.len() as u64;
    if count.checked_mul(TABLE_SIZE).is_none_or(|needed| needed > left) {
        let needed = count.saturating_mul(TABLE_SIZE);
        return input.fail(ParseErrorKind::Truncated { needed, left }, "NumberOfTables", 8);
    }
    let mut tables = Vec::new();
    for _ in 0..count {
        let (after, guid) = array::<16>("VendorGuid")(rest)?;
        let (after, address) = le_u64("VendorTable")(after)?;
        tables.push(HandoffTable { guid: Guid(guid), address });
        rest = after;
    }
    Ok((rest, tables))
}
