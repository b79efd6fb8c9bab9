//! The partition table of the boot disk: `UEFI_GPT_DATA`, Platform Firmware Profile section 10.2,
//! with the structures of UEFI 2.10 section 5.3.
//!
//! Hostile even when its digest is right: the disk belongs to whoever prepared it
//! (CVE-2022-36763). Shown, never judged.

use portcullis_wire::Guid;

use super::size;
use super::text::utf16_lossy;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, array, complete, le_u32, le_u64, take};

/// The fields that UEFI names; a table may declare larger entries.
const ENTRY_SIZE_MIN: u32 = 128;

/// A partition table. The second form of the record has zeroes for all unique GUIDs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gpt {
    /// The disk.
    pub disk: Guid,
    /// The partitions in use.
    pub partitions: Vec<Partition>,
}

/// A partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    /// Its type.
    pub kind: Guid,
    /// Its own GUID.
    pub unique: Guid,
    /// First block.
    pub first_lba: u64,
    /// Last block.
    pub last_lba: u64,
    /// Attribute bits.
    pub attributes: u64,
    /// Its name.
    pub name: String,
}

/// Reads `UEFI_GPT_DATA`.
///
/// # Errors
/// No partition table, more partitions than bytes, or bytes behind them.
pub fn parse(input: Input<'_>) -> Result<Gpt, ParseError> {
    complete(input, "Partitions", |input| {
        let (rest, (disk, entry_size)) = header(input)?;
        let (rest, partitions) = partitions(rest, entry_size)?;
        Ok((rest, Gpt { disk, partitions }))
    })
}

/// `EFI_PARTITION_TABLE_HEADER`: the disk's GUID and the size of an entry.
fn header(input: Input<'_>) -> Parsed<'_, (Guid, u32)> {
    let (rest, signature) = take("Signature", 8)(input)?;
    if signature.bytes() != b"EFI PART" {
        let kind = ParseErrorKind::Invalid("is not `EFI PART`");
        return signature.fail(kind, "Signature", 8);
    }
    // Revision, sizes, checksum, and the blocks of both tables.
    let (rest, _) = take("UEFIPartitionHeader", 48)(rest)?;
    let (rest, disk) = array::<16>("DiskGUID")(rest)?;
    // First block and number of the entries on the disk.
    let (at_size, _) = take("UEFIPartitionHeader", 12)(rest)?;
    let (rest, entry_size) = le_u32("SizeOfPartitionEntry")(at_size)?;
    if entry_size < ENTRY_SIZE_MIN {
        let kind = ParseErrorKind::Invalid("is smaller than an entry");
        return at_size.fail(kind, "SizeOfPartitionEntry", 4);
    }
    let (rest, _) = take("PartitionEntryArrayCRC32", 4)(rest)?;
    Ok((rest, (Guid(disk), entry_size)))
}

fn partitions(input: Input<'_>, entry_size: u32) -> Parsed<'_, Vec<Partition>> {
    let (mut rest, count) = le_u64("NumberOfPartitions")(input)?;
    let left = rest.len() as u64;
    if count.checked_mul(entry_size.into()).is_none_or(|needed| needed > left) {
        let needed = count.saturating_mul(entry_size.into());
        return input.fail(ParseErrorKind::Truncated { needed, left }, "NumberOfPartitions", 8);
    }
    let mut partitions = Vec::new();
    for _ in 0..count {
        let (after, entry) = take("Partitions", size(entry_size.into()))(rest)?;
        partitions.push(partition(entry)?.1);
        rest = after;
    }
    Ok((rest, partitions))
}

fn partition(entry: Input<'_>) -> Parsed<'_, Partition> {
    let (rest, kind) = array::<16>("PartitionTypeGUID")(entry)?;
    let (rest, unique) = array::<16>("UniquePartitionGUID")(rest)?;
    let (rest, first_lba) = le_u64("StartingLBA")(rest)?;
    let (rest, last_lba) = le_u64("EndingLBA")(rest)?;
    let (rest, attributes) = le_u64("Attributes")(rest)?;
    let (rest, name) = take("PartitionName", 72)(rest)?;
    let name = utf16_lossy(name.bytes()).trim_end_matches('\0').to_owned();
    let (kind, unique) = (Guid(kind), Guid(unique));
    Ok((rest, Partition { kind, unique, first_lba, last_lba, attributes, name }))
}
