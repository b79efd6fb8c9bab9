//! Device paths and load options.
//!
//! Specification: UEFI 2.10, section 10.3 (device paths) and 3.1.3 (load options).

use portcullis_wire::Guid;

use crate::bytes::Bytes;

/// A device path: nodes, and the node that ends it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DevicePath {
    nodes: Vec<u8>,
    ends: bool,
}

impl DevicePath {
    /// No path at all, not even an end: an image that was loaded from memory.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    fn node(mut self, kind: u8, sub_kind: u8, data: &[u8]) -> Self {
        let size = u16::try_from(data.len().saturating_add(4)).unwrap_or(u16::MAX);
        self.nodes.extend(Bytes::new().u8(kind).u8(sub_kind).u16(size).raw(data).0);
        self.ends = true;
        self
    }

    /// The root of a PCI bus (ACPI, `PNP0A03`).
    #[must_use]
    pub fn pci_root(self) -> Self {
        self.node(2, 1, &Bytes::new().u32(0x0a03_41d0).u32(0).0)
    }

    /// A PCI device.
    #[must_use]
    pub fn pci(self, device: u8, function: u8) -> Self {
        self.node(1, 1, &[function, device])
    }

    /// A SATA port without multiplier.
    #[must_use]
    pub fn sata(self, port: u16) -> Self {
        self.node(3, 18, &Bytes::new().u16(port).u16(0xffff).u16(0).0)
    }

    /// A partition of a GPT disk.
    #[must_use]
    pub fn partition(self, number: u32, blocks: (u64, u64), id: Guid) -> Self {
        let size = blocks.1.saturating_sub(blocks.0).saturating_add(1);
        let data = Bytes::new().u32(number).u64(blocks.0).u64(size).guid(id).u8(2).u8(2);
        self.node(4, 1, &data.0)
    }

    /// A file.
    #[must_use]
    pub fn file(self, path: &str) -> Self {
        self.node(4, 4, &Bytes::new().utf16z(path).0)
    }

    /// A file of a firmware volume.
    #[must_use]
    pub fn firmware_file(self, id: Guid) -> Self {
        self.node(4, 6, &id.0)
    }

    /// A range of bytes of an option ROM.
    #[must_use]
    pub fn rom_range(self, first: u64, last: u64) -> Self {
        self.node(4, 8, &Bytes::new().u32(0).u64(first).u64(last).0)
    }

    /// A vendor's messaging node: what only the firmware understands.
    #[must_use]
    pub fn vendor(self, id: Guid, data: &[u8]) -> Self {
        self.node(3, 10, &Bytes::new().guid(id).raw(data).0)
    }

    /// A network adapter.
    #[must_use]
    pub fn mac(self, address: [u8; 6]) -> Self {
        self.node(3, 11, &Bytes::new().raw(&address).fill(0, 26).u8(1).0)
    }

    /// The path in bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.nodes.clone();
        if self.ends {
            bytes.extend([0x7f, 0xff, 4, 0]);
        }
        bytes
    }
}

/// `EFI_LOAD_OPTION`, active.
#[must_use]
pub fn load_option(description: &str, path: &DevicePath, optional_data: &[u8]) -> Vec<u8> {
    let path = path.bytes();
    let size = u16::try_from(path.len()).unwrap_or(u16::MAX);
    Bytes::new().u32(1).u16(size).utf16z(description).raw(&path).raw(optional_data).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn nodes_have_the_bytes_of_a_real_path() {
        // The boot manager of a recorded log: root, device, SATA port, file.
        let path = DevicePath::default().pci_root().pci(23, 0).sata(0xa).file("\\EFI");
        let expect = "02010c00d041030a0000000001010600001703120a000a00ffff0000\
                      04040e005c0045004600490000007fff0400";
        assert_eq!(hex(&path.bytes()), expect);
        assert!(DevicePath::none().bytes().is_empty());
    }
}
