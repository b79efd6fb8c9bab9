//! Structures of UEFI firmware that are measured: variables, images, tables, signature databases.
//!
//! Specification: UEFI 2.10; the event structures around them: TCG PC Client Platform Firmware
//! Profile 1.06, sections 10.2 and 10.4. Little-endian.

mod device_path;
mod signature_list;

use portcullis_wire::Guid;
use portcullis_wire::event::no_action;

use crate::bytes::{Bytes, utf16};

pub use device_path::{DevicePath, load_option};
pub use signature_list::{SignatureDatabase, signature};

/// `UEFI_VARIABLE_DATA`.
#[must_use]
pub fn variable(namespace: Guid, name: &str, data: &[u8]) -> Vec<u8> {
    let characters = name.encode_utf16().count() as u64;
    let head = Bytes::new().guid(namespace).u64(characters).u64(data.len() as u64);
    head.utf16(name).raw(data).0
}

/// `UEFI_IMAGE_LOAD_EVENT`.
#[must_use]
pub fn image_load(base: u64, size: u64, link_time_base: u64, path: &DevicePath) -> Vec<u8> {
    let path = path.bytes();
    Bytes::new().u64(base).u64(size).u64(link_time_base).u64(path.len() as u64).raw(&path).0
}

/// `EFI_HANDOFF_TABLE_POINTERS` with one table.
#[must_use]
pub fn handoff_table(table: Guid, pointer: u64) -> Vec<u8> {
    Bytes::new().u64(1).guid(table).u64(pointer).0
}

/// `UEFI_PLATFORM_FIRMWARE_BLOB`.
#[must_use]
pub fn firmware_blob(base: u64, size: u64) -> Vec<u8> {
    Bytes::new().u64(base).u64(size).0
}

/// Data of the informational record on the locality of `TPM2_Startup`.
#[must_use]
pub fn startup_locality(locality: u8) -> Vec<u8> {
    Bytes::new().raw(no_action::STARTUP_LOCALITY).u8(locality).0
}

/// Bytes of a partition entry.
const PARTITION_ENTRY_SIZE: usize = 128;

/// A partition of a disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    /// What it is for.
    pub kind: Guid,
    /// Its own identity.
    pub id: Guid,
    /// First and last block, inclusive.
    pub blocks: (u64, u64),
    /// Its name.
    pub name: &'static str,
}

/// `UEFI_GPT_DATA`: the header of the partition table and the entries in use.
///
/// The two CRC fields of the header are made up: firmware measures them and nobody checks them.
#[must_use]
pub fn partition_table(
    disk: Guid,
    blocks: u64,
    crcs: [u32; 2],
    partitions: &[Partition],
) -> Vec<u8> {
    let [header_crc, entries_crc] = crcs;
    let last = blocks.saturating_sub(1);
    let header = Bytes::new()
        .raw(b"EFI PART")
        .u32(0x0001_0000)
        .u32(92)
        .u32(header_crc)
        .u32(0)
        .u64(1)
        .u64(last)
        .u64(34)
        .u64(last.saturating_sub(33))
        .guid(disk)
        .u64(2)
        .u32(128)
        .u32(PARTITION_ENTRY_SIZE as u32)
        .u32(entries_crc)
        .u64(partitions.len() as u64);
    let table = partitions.iter().fold(header, |table, partition| {
        let mut entry = Bytes::new()
            .guid(partition.kind)
            .guid(partition.id)
            .u64(partition.blocks.0)
            .u64(partition.blocks.1)
            .u64(0)
            .raw(&utf16(partition.name));
        entry.0.resize(PARTITION_ENTRY_SIZE, 0);
        table.raw(&entry.0)
    });
    table.0
}

#[cfg(test)]
mod tests {
    use portcullis_wire::guid;

    use super::*;

    #[test]
    fn a_variable_counts_characters_and_ends_without_a_terminator() {
        let data = variable(guid::GLOBAL_VARIABLE, "SecureBoot", &[1]);
        assert_eq!(data.len(), 53, "as in every real log");
        assert_eq!(data.get(16..24), Some(&10_u64.to_le_bytes()[..]));
        assert_eq!(data.last(), Some(&1));
    }

    #[test]
    fn partition_tables_have_the_size_of_real_ones() {
        let partition = Partition {
            kind: guid::EFI_SYSTEM_PARTITION,
            id: guid::GLOBAL_VARIABLE,
            blocks: (2048, 4095),
            name: "ESP",
        };
        let table = |count| {
            partition_table(guid::GLOBAL_VARIABLE, 9000, [0; 2], &vec![partition.clone(); count])
        };
        // 92 bytes of header, 8 of count, 128 for each partition: sizes seen in recorded logs.
        assert_eq!([1, 4, 5].map(|count| table(count).len()), [228, 612, 740]);
    }
}
