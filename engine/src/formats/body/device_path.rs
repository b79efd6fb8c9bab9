//! UEFI device paths: where an image or a boot option comes from.
//!
//! Specification: UEFI 2.10, sections 10.3 (nodes) and 10.6 (text form). Little-endian. A path in
//! an event log describes; no digest of an image covers it.

use std::fmt::{self, Display, Formatter};

use portcullis_wire::Guid;

use super::text::{Escaped, utf16_lossy};
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, byte, le_u16, take};
use crate::formats::line::Hex;
use crate::limits::DEVICE_PATH_NODES_MAX;

const HEADER_SIZE: usize = 4;
const END: u8 = 0x7f;
const END_ENTIRE: u8 = 0xff;
const END_INSTANCE: u8 = 0x01;

/// A device path. Prints as UEFI's text form, numbers and GUIDs in lower case, with everything
/// escaped that is not plainly visible; separate instances are joined by a comma.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DevicePath<'a> {
    /// The nodes, the end node left out.
    pub nodes: Vec<DeviceNode<'a>>,
}

/// A node: one step of a device path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceNode<'a> {
    /// Type: hardware 1, ACPI 2, messaging 3, media 4, BIOS boot 5.
    pub kind: u8,
    /// Sub-type.
    pub subtype: u8,
    /// The data behind the node's header.
    pub data: &'a [u8],
    /// The whole node.
    pub span: Span,
}

/// Reads a device path. An empty input is an empty path: shim logs images so.
///
/// Bytes behind the end node are left alone, and the end node may be missing: a path only
/// describes.
///
/// # Errors
/// A node does not fit, or there are more than [`DEVICE_PATH_NODES_MAX`].
pub fn parse(input: Input<'_>) -> Result<DevicePath<'_>, ParseError> {
    let (mut rest, mut nodes) = (input, Vec::new());
    while !rest.is_empty() {
        let (after, node) = node(rest)?;
        if (node.kind, node.subtype) == (END, END_ENTIRE) {
            break;
        }
        if nodes.len() >= DEVICE_PATH_NODES_MAX {
            let limit = DEVICE_PATH_NODES_MAX as u64;
            let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
            return Err(rest.error(kind, "DevicePath", rest.len()));
        }
        nodes.push(node);
        rest = after;
    }
    Ok(DevicePath { nodes })
}

fn node(input: Input<'_>) -> Result<(Input<'_>, DeviceNode<'_>), ParseError> {
    let (rest, kind) = byte("Type")(input)?;
    let (at_size, subtype) = byte("SubType")(rest)?;
    let (rest, size) = le_u16("Length")(at_size)?;
    let Some(data_size) = usize::from(size).checked_sub(HEADER_SIZE) else {
        let kind = ParseErrorKind::Invalid("is smaller than the node's header");
        return Err(at_size.error(kind, "Length", 2));
    };
    let (rest, data) = take("Data", data_size)(rest)?;
    Ok((rest, DeviceNode { kind, subtype, data: data.bytes(), span: rest.span_since(input) }))
}

impl DevicePath<'_> {
    /// The file that the path names: its file path nodes, joined; `None` without any.
    #[must_use]
    pub fn file_path(&self) -> Option<String> {
        let parts: Vec<String> = self.nodes.iter().filter_map(DeviceNode::file_name).collect();
        (!parts.is_empty()).then(|| parts.concat())
    }
}

impl DeviceNode<'_> {
    /// The text of a file path node.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        let name = || utf16_lossy(self.data).trim_end_matches('\0').to_owned();
        (self.kind == 4 && self.subtype == 4).then(name)
    }
}

impl Display for DevicePath<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for node in &self.nodes {
            if (node.kind, node.subtype) == (END, END_INSTANCE) {
                separator = ",";
                continue;
            }
            write!(f, "{separator}{node}")?;
            separator = "/";
        }
        Ok(())
    }
}

impl Display for DeviceNode<'_> {
    /// The text form of the common nodes; `Path(type,subtype,data)` for others and for nodes
    /// whose data has not the size of their type.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let known = match self.kind {
            1 => self.hardware(f),
            2 => self.acpi(f),
            3 => self.messaging(f),
            4 => self.media(f),
            5 => self.bios_boot(f),
            _ => None,
        };
        known.unwrap_or_else(|| {
            let data = Hex(self.data);
            write!(f, "Path({},{},{data})", self.kind, self.subtype)
        })
    }
}

/// `None`: print the node as unknown.
type Written = Option<fmt::Result>;

impl DeviceNode<'_> {
    fn hardware(&self, f: &mut Formatter<'_>) -> Written {
        let data = Fields(self.data);
        Some(match self.subtype {
            1 => {
                let [function, device] = *self.data else { return None };
                write!(f, "Pci({device:#x},{function:#x})")
            }
            3 => {
                let (kind, start, end) = (data.u32(0)?, data.u64(4)?, data.u64(12)?);
                write!(f, "MemoryMapped({kind:#x},{start:#x},{end:#x})")
            }
            4 => self.vendor(f, "VenHw")?,
            5 => write!(f, "Ctrl({:#x})", data.u32(0)?),
            _ => return None,
        })
    }

    fn acpi(&self, f: &mut Formatter<'_>) -> Written {
        /// `PNP` in the compressed form of an EISA identifier.
        const PNP: u32 = 0x41d0;
        let (data, true) = (Fields(self.data), self.subtype == 1) else { return None };
        let (hid, uid) = (data.u32(0)?, data.u32(4)?);
        Some(match (hid & 0xffff, hid >> 16) {
            (PNP, 0x0a03) => write!(f, "PciRoot({uid:#x})"),
            (PNP, 0x0a08) => write!(f, "PcieRoot({uid:#x})"),
            (PNP, 0x0604) => write!(f, "Floppy({uid:#x})"),
            (PNP, 0x0301) => write!(f, "Keyboard({uid:#x})"),
            (PNP, 0x0501) => write!(f, "Serial({uid:#x})"),
            (PNP, number) => write!(f, "Acpi(PNP{number:04x},{uid:#x})"),
            _ => write!(f, "Acpi({hid:#010x},{uid:#x})"),
        })
    }

    fn messaging(&self, f: &mut Formatter<'_>) -> Written {
        let data = Fields(self.data);
        Some(match self.subtype {
            2 => write!(f, "Scsi({:#x},{:#x})", data.u16(0)?, data.u16(2)?),
            5 => {
                let [port, interface] = *self.data else { return None };
                write!(f, "USB({port:#x},{interface:#x})")
            }
            10 => self.vendor(f, "VenMsg")?,
            11 => {
                let (address, interface) = self.data.split_at_checked(32)?;
                let &[interface] = interface else { return None };
                // Ethernet and its kin use 6 of the 32 bytes.
                let used = if interface <= 1 { 6 } else { 32 };
                write!(f, "MAC({},{interface:#x})", Hex(address.get(..used)?))
            }
            12 => {
                let remote = std::net::Ipv4Addr::from(data.array::<4>(4)?);
                write!(f, "IPv4({remote})")
            }
            13 => {
                let remote = std::net::Ipv6Addr::from(data.array::<16>(16)?);
                write!(f, "IPv6({remote})")
            }
            17 => write!(f, "Unit({:#x})", self.data.first()?),
            18 => {
                let (port, multiplier, lun) = (data.u16(0)?, data.u16(2)?, data.u16(4)?);
                write!(f, "Sata({port:#x},{multiplier:#x},{lun:#x})")
            }
            23 => {
                let (namespace, mut eui) = (data.u32(0)?, data.array::<8>(4)?);
                eui.reverse();
                let [first, rest @ ..] = eui;
                let rest = rest.map(|byte| format!("-{byte:02x}")).concat();
                write!(f, "NVMe({namespace:#x},{first:02x}{rest})")
            }
            24 => write!(f, "Uri({})", Escaped(&String::from_utf8_lossy(self.data))),
            26 => write!(f, "SD({:#x})", self.data.first()?),
            29 => write!(f, "eMMC({:#x})", self.data.first()?),
            _ => return None,
        })
    }

    fn media(&self, f: &mut Formatter<'_>) -> Written {
        let data = Fields(self.data);
        Some(match self.subtype {
            1 => self.hard_drive(f)?,
            2 => {
                let (entry, start, size) = (data.u32(0)?, data.u64(4)?, data.u64(12)?);
                write!(f, "CDROM({entry:#x},{start:#x},{size:#x})")
            }
            3 => self.vendor(f, "VenMedia")?,
            4 => write!(f, "{}", Escaped(&self.file_name()?)),
            5 => write!(f, "Media({})", Guid(data.array(0)?)),
            6 => write!(f, "FvFile({})", Guid(data.array(0)?)),
            7 => write!(f, "Fv({})", Guid(data.array(0)?)),
            8 => write!(f, "Offset({:#x},{:#x})", data.u64(4)?, data.u64(12)?),
            _ => return None,
        })
    }

    fn hard_drive(&self, f: &mut Formatter<'_>) -> Written {
        let data = Fields(self.data);
        let (partition, start, size) = (data.u32(0)?, data.u64(4)?, data.u64(12)?);
        let (signature, kind) = (data.array::<16>(20)?, *self.data.get(37)?);
        Some(match kind {
            1 => {
                let signature = data.u32(20)?;
                write!(f, "HD({partition},MBR,{signature:#010x},{start:#x},{size:#x})")
            }
            2 => write!(f, "HD({partition},GPT,{},{start:#x},{size:#x})", Guid(signature)),
            _ => {
                let signature = Hex(&signature);
                write!(f, "HD({partition},{kind},{signature},{start:#x},{size:#x})")
            }
        })
    }

    fn bios_boot(&self, f: &mut Formatter<'_>) -> Written {
        let (data, true) = (Fields(self.data), self.subtype == 1) else { return None };
        let (kind, status) = (data.u16(0)?, data.u16(2)?);
        let text = String::from_utf8_lossy(self.data.get(4..)?);
        let text = Escaped(text.trim_end_matches('\0'));
        Some(write!(f, "BBS({kind:#x},{text},{status:#x})"))
    }

    /// A GUID and data that only its owner knows.
    fn vendor(&self, f: &mut Formatter<'_>, name: &str) -> Written {
        let (guid, data) = self.data.split_first_chunk::<16>()?;
        let (guid, comma) = (Guid(*guid), if data.is_empty() { "" } else { "," });
        Some(write!(f, "{name}({guid}{comma}{})", Hex(data)))
    }
}

/// Little-endian fields at fixed places; `None` past the end.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk::<N>().copied()
    }

    fn u16(&self, offset: usize) -> Option<u16> {
        self.array(offset).map(u16::from_le_bytes)
    }

    fn u32(&self, offset: usize) -> Option<u32> {
        self.array(offset).map(u32::from_le_bytes)
    }

    fn u64(&self, offset: usize) -> Option<u64> {
        self.array(offset).map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node_bytes(kind: u8, subtype: u8, data: &[u8]) -> Vec<u8> {
        let size = (data.len() + HEADER_SIZE) as u16;
        [&[kind, subtype][..], &size.to_le_bytes(), data].concat()
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn nodes_print_as_uefi_text() {
        let check = |kind, subtype, data: &[u8], expect: &str| {
            let bytes = node_bytes(kind, subtype, data);
            assert_eq!(parse(Input::new(&bytes)).unwrap().to_string(), expect);
        };
        let guid = "00112233-4455-6677-8899-aabbccddeeff";
        let guid_bytes: [u8; 16] = [
            0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
            0xee, 0xff,
        ];
        check(1, 1, &[2, 0x1f], "Pci(0x1f,0x2)");
        check(1, 5, &[7, 0, 0, 0], "Ctrl(0x7)");
        check(2, 1, &[0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0], "PciRoot(0x0)");
        check(2, 1, &[0xd0, 0x41, 0x08, 0x0a, 1, 0, 0, 0], "PcieRoot(0x1)");
        check(2, 1, &[0xd0, 0x41, 0x01, 0x0c, 2, 0, 0, 0], "Acpi(PNP0c01,0x2)");
        check(2, 1, &[1, 2, 3, 4, 5, 0, 0, 0], "Acpi(0x04030201,0x5)");
        check(3, 2, &[1, 0, 2, 0], "Scsi(0x1,0x2)");
        check(3, 5, &[3, 1], "USB(0x3,0x1)");
        check(3, 18, &[0, 0, 0xff, 0xff, 0, 0], "Sata(0x0,0xffff,0x0)");
        let nvme = [1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        check(3, 23, &nvme, "NVMe(0x1,08-07-06-05-04-03-02-01)");
        let mac = [&[0x52, 0x54, 0, 0x12, 0x34, 0x56][..], &[0; 26], &[1]].concat();
        check(3, 11, &mac, "MAC(525400123456,0x1)");
        check(3, 24, b"https://boot.example/x.efi", "Uri(https://boot.example/x.efi)");
        check(4, 6, &guid_bytes, &format!("FvFile({guid})"));
        check(4, 7, &guid_bytes, &format!("Fv({guid})"));
        check(1, 4, &guid_bytes, &format!("VenHw({guid})"));
        check(4, 3, &[&guid_bytes[..], &[0xab]].concat(), &format!("VenMedia({guid},ab)"));
        check(4, 4, &utf16("\\EFI\\A.EFI\0"), r"\EFI\A.EFI");
        check(4, 4, &utf16("\u{1b}[2J\0"), r"\u{1b}[2J");
        check(5, 1, &[2, 0, 1, 0, b'd', b'i', b's', b'k', 0], "BBS(0x2,disk,0x1)");

        let drive = |signature: &[u8; 16], kind: u8| {
            let numbers =
                [&1_u32.to_le_bytes()[..], &0x800_u64.to_le_bytes(), &0x32000_u64.to_le_bytes()];
            [&numbers.concat()[..], signature, &[0, kind]].concat()
        };
        check(4, 1, &drive(&guid_bytes, 2), &format!("HD(1,GPT,{guid},0x800,0x32000)"));
        check(4, 1, &drive(&guid_bytes, 1), "HD(1,MBR,0x00112233,0x800,0x32000)");

        // Unknown nodes, and known ones of a wrong size.
        check(6, 9, &[0xab, 0xcd], "Path(6,9,abcd)");
        check(1, 1, &[2], "Path(1,1,02)");
        check(4, 1, &[0; 37], &format!("Path(4,1,{})", "00".repeat(37)));
    }

    #[test]
    fn a_path_ends_at_its_end_node_and_joins_instances() {
        let bytes = [
            node_bytes(1, 1, &[0, 1]),
            node_bytes(END, END_INSTANCE, &[]),
            node_bytes(1, 1, &[0, 2]),
            node_bytes(4, 4, &utf16("\\A")),
            node_bytes(4, 4, &utf16("\\B\0")),
            node_bytes(END, END_ENTIRE, &[]),
            vec![0xee; 3],
        ];
        let bytes = bytes.concat();
        let path = parse(Input::at(&bytes, 10)).unwrap();
        assert_eq!(path.to_string(), r"Pci(0x1,0x0),Pci(0x2,0x0)/\A/\B");
        assert_eq!(path.file_path().unwrap(), r"\A\B");
        assert_eq!(path.nodes[2].span, Span::new(10 + 6 + 4, 6));
    }

    #[test]
    fn a_malformed_path_names_its_field() {
        let check = |bytes: &[u8], field: &str, offset: usize| {
            let error = parse(Input::new(bytes)).unwrap_err();
            assert_eq!((error.field, error.span.offset), (field, offset), "{error}");
        };
        check(&[1], "SubType", 1);
        check(&[1, 1, 3, 0], "Length", 2);
        check(&[1, 1, 0, 0], "Length", 2);
        check(&[1, 1, 6, 0, 0], "Data", 4);
        let long = node_bytes(1, 1, &[0, 0]).repeat(DEVICE_PATH_NODES_MAX + 1);
        check(&long, "DevicePath", 6 * DEVICE_PATH_NODES_MAX);
    }
}
