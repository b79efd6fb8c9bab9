//! Values of elements that are structures.
//!
//! Source: Windows SDK header `wbcl.h`, structures `SIPAEVENT_SI_POLICY_PAYLOAD`,
//! `SIPAEVENT_REVOCATION_LIST_PAYLOAD`, `SIPAEVENT_SBCP_INFO_PAYLOAD_V1` and
//! `SIPAEVENT_VSM_IDK_RSA_INFO`. Packed, little-endian but for the parts of keys.

use portcullis_wire::{SipaType, TpmAlg};

use super::Element;
use crate::bytes::{Bytes, size32, utf16};

/// A code integrity policy as Windows measures it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiPolicy {
    /// Name of the file.
    pub file_name: String,
    /// Major, minor, build, revision.
    pub version: [u16; 4],
    /// SHA-256 of the policy without its signature.
    pub digest: [u8; 32],
}

impl SiPolicy {
    /// The element.
    #[must_use]
    pub fn element(&self) -> Element {
        let [major, minor, build, revision] = self.version;
        let mut name = utf16(&self.file_name);
        name.extend([0, 0]);
        let value = Bytes::new()
            .u16(revision)
            .u16(build)
            .u16(minor)
            .u16(major)
            .u16(u16::try_from(name.len()).unwrap_or(u16::MAX))
            .u16(TpmAlg::SHA256.0)
            .u32(size32(&self.digest))
            .raw(&name)
            .raw(&self.digest);
        Element::bytes(SipaType::SI_POLICY, value.0)
    }
}

/// A revocation list as Windows measures it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListInfo {
    /// When it was made: 100 nanoseconds since 1601.
    pub created_filetime: u64,
    /// SHA-256 of the list.
    pub digest: [u8; 32],
}

impl ListInfo {
    /// The element, of type `BOOT_REVOCATION_LIST` or `OS_REVOCATION_LIST`.
    #[must_use]
    pub fn element(&self, kind: SipaType) -> Element {
        let value = Bytes::new()
            .u64(self.created_filetime)
            .u32(size32(&self.digest))
            .u16(TpmAlg::SHA256.0)
            .raw(&self.digest);
        Element::bytes(kind, value.0)
    }
}

/// The Secure Boot configuration policy in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BootPolicy {
    /// Its options.
    pub options: u32,
    /// SHA-256 of the policy.
    pub digest: [u8; 32],
}

impl BootPolicy {
    /// Offset of the first field that depends on the version.
    const VARIABLE_OFFSET: u32 = 20;

    /// The element. Version 1, no signers listed.
    #[must_use]
    pub fn element(&self) -> Element {
        let value = Bytes::new()
            .u32(1)
            .u32(Self::VARIABLE_OFFSET)
            .u16(TpmAlg::SHA256.0)
            .u16(32)
            .u32(self.options)
            .u32(0)
            .raw(&self.digest);
        Element::bytes(SipaType::SBCP_INFO, value.0)
    }
}

/// A public RSA-2048 key of virtual secure mode: element `VSM_IDK_INFO` or `VSM_IDKS_INFO`.
#[must_use]
pub fn vsm_key(kind: SipaType, modulus: &[u8]) -> Element {
    const EXPONENT: [u8; 3] = [1, 0, 1];
    let value = Bytes::new()
        .u32(1)
        .u32(2048)
        .u32(size32(&EXPONENT))
        .u32(size32(modulus))
        .raw(&EXPONENT)
        .raw(modulus);
    Element::bytes(kind, value.0)
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    fn size(element: &Element) -> usize {
        match &element.value {
            Value::Bytes(bytes) => bytes.len(),
            Value::Elements(_) => panic!("a container"),
        }
    }

    #[test]
    fn payloads_have_the_sizes_of_the_header() {
        let list = ListInfo { created_filetime: 1, digest: [2; 32] };
        assert_eq!(size(&list.element(SipaType::OS_REVOCATION_LIST)), 46);
        assert_eq!(size(&BootPolicy { options: 0, digest: [3; 32] }.element()), 52);
        assert_eq!(size(&vsm_key(SipaType::VSM_IDK_INFO, &[4; 256])), 275);
    }

    #[test]
    fn a_policy_version_is_written_from_revision_to_major() {
        let policy = SiPolicy {
            file_name: "SiPolicy.p7b".into(),
            version: [10, 0, 19014, 1],
            digest: [5; 32],
        };
        let element = policy.element();
        let Value::Bytes(bytes) = &element.value else { panic!("a container") };
        assert_eq!(bytes.get(..8), Some(&[1, 0, 0x46, 0x4a, 0, 0, 10, 0][..]));
        assert_eq!(bytes.len(), 16 + 26 + 32);
    }
}
