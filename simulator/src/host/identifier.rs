//! The file of `Get-PlatformIdentifier` (walk-through W6): who a host is, with its endorsement key.
//!
//! What the file holds is documented (name, network addresses, SMBIOS GUID, serial number, EK and
//! its certificate, or an error text in the certificate's place), and so are the encodings that
//! administrators produce. The names of its elements, the encoding of the key and the wording of
//! the error are **not** public: these are ours.

use base64ct::{Base64, Encoding};
use portcullis_wire::Guid;

use super::Host;
use crate::bytes::{hex, utf16};

/// What stands where the EK certificate belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EkCertificateSlot {
    /// The certificate, as the TPM's NV has it.
    Certificate(Vec<u8>),
    /// The text that says that none was found.
    Missing,
}

/// How the file was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IdentifierEncoding {
    /// `Out-File -Encoding UTF8`: UTF-8 with a byte order mark.
    Utf8WithMark,
    /// Saved by an XML library: UTF-8 with a declaration.
    Utf8WithDeclaration,
    /// `Out-File` without an encoding: UTF-16LE with a byte order mark.
    Utf16WithMark,
}

/// Who a host is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlatformIdentifier {
    /// The name that the administrator gave.
    pub name: String,
    /// Addresses of the network adapters.
    pub mac_addresses: Vec<[u8; 6]>,
    /// GUID of SMBIOS.
    pub smbios_guid: Guid,
    /// Serial number of the machine.
    pub serial_number: String,
    /// The EK's public part.
    pub ek_public: Vec<u8>,
    /// Its certificate.
    pub ek_certificate: EkCertificateSlot,
}

impl Host {
    /// The identifier of the host, or `None` when its TPM is not ready (W5).
    #[must_use]
    pub fn platform_identifier(
        &self,
        ek_public: Vec<u8>,
        ek_certificate: EkCertificateSlot,
    ) -> Option<PlatformIdentifier> {
        let machine = &self.spec.machine;
        self.tpm.ready.then(|| PlatformIdentifier {
            name: self.spec.name.clone(),
            mac_addresses: (0..machine.nics.0).map(|index| self.mac_address(index)).collect(),
            smbios_guid: self.own.guid("smbios"),
            serial_number: match machine.serial.as_str() {
                "" => self.own.alphanumeric("serial", 7),
                serial => serial.to_owned(),
            },
            ek_public,
            ek_certificate,
        })
    }

    /// The address of a network adapter: locally administered, so that it is nobody's.
    fn mac_address(&self, index: u64) -> [u8; 6] {
        let [a, b, c, d, e, ..] = self.own.bytes32(&format!("network adapter {index}"));
        [0x02, a, b, c, d, e]
    }
}

impl PlatformIdentifier {
    /// The file.
    #[must_use]
    pub fn to_xml(&self, encoding: IdentifierEncoding) -> Vec<u8> {
        let xml = self.xml();
        match encoding {
            IdentifierEncoding::Utf8WithMark => [b"\xef\xbb\xbf", xml.as_bytes()].concat(),
            IdentifierEncoding::Utf8WithDeclaration => {
                format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n{xml}").into_bytes()
            }
            IdentifierEncoding::Utf16WithMark => [&[0xff, 0xfe][..], &utf16(&xml)].concat(),
        }
    }

    fn xml(&self) -> String {
        let addresses: String = self
            .mac_addresses
            .iter()
            .map(|address| element("MacAddress", &hex(address).to_ascii_uppercase()))
            .collect();
        let certificate = match &self.ek_certificate {
            EkCertificateSlot::Certificate(der) => Base64::encode_string(der),
            EkCertificateSlot::Missing => "No EKCert was found on this TPM.".to_owned(),
        };
        let contents = [
            element("Name", &self.name),
            element("MacAddresses", &format!("\r\n{addresses}")),
            element("SmbiosGuid", &self.smbios_guid.to_string()),
            element("SerialNumber", &self.serial_number),
            element("EKPub", &Base64::encode_string(&self.ek_public)),
            element("EKCert", &certificate),
        ];
        format!("<PlatformIdentifier>\r\n{}</PlatformIdentifier>\r\n", contents.concat())
    }
}

fn element(name: &str, text: &str) -> String {
    let nested = text.starts_with("\r\n");
    let text = if nested { text.to_owned() } else { escape(text) };
    format!("<{name}>{text}</{name}>\r\n")
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML knows no other control characters, not even escaped.
            other if other < ' ' && !"\t\r\n".contains(other) => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
        escaped
    })
}
