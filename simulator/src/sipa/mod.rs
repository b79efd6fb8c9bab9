//! Windows measured-boot elements (SIPA): a type word, a length, a value, one after the other.
//!
//! Source: Windows SDK header `wbcl.h`. Little-endian. What a Windows boot writes with it, and in
//! which order, is in `boot::windows`.

mod payload;

use portcullis_wire::SipaType;

use crate::bytes::{Bytes, size32};

pub use payload::{BootPolicy, ListInfo, SiPolicy, vsm_key};

/// An element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Element {
    /// Its type word.
    pub kind: SipaType,
    /// Its value.
    pub value: Value,
}

/// The value of an element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Bytes as they stand.
    Bytes(Vec<u8>),
    /// Further elements.
    Elements(Vec<Element>),
}

impl Element {
    /// An element of bytes.
    #[must_use]
    pub fn bytes(kind: SipaType, value: impl Into<Vec<u8>>) -> Self {
        Self { kind, value: Value::Bytes(value.into()) }
    }

    /// A boolean: one byte.
    #[must_use]
    pub fn bool(kind: SipaType, value: bool) -> Self {
        Self::bytes(kind, [u8::from(value)])
    }

    /// A 32-bit number.
    #[must_use]
    pub fn u32(kind: SipaType, value: u32) -> Self {
        Self::bytes(kind, value.to_le_bytes())
    }

    /// A 64-bit number.
    #[must_use]
    pub fn u64(kind: SipaType, value: u64) -> Self {
        Self::bytes(kind, value.to_le_bytes())
    }

    /// UTF-16 text with a terminator.
    #[must_use]
    pub fn text(kind: SipaType, value: &str) -> Self {
        Self::bytes(kind, Bytes::new().utf16z(value).0)
    }

    /// A container.
    #[must_use]
    pub fn elements(kind: SipaType, elements: Vec<Self>) -> Self {
        Self { kind, value: Value::Elements(elements) }
    }

    /// The element in bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match &self.value {
            Value::Bytes(bytes) => tlv(self.kind, bytes),
            Value::Elements(elements) => {
                let inner: Vec<_> = elements.iter().flat_map(Self::encode).collect();
                tlv(self.kind, &inner)
            }
        }
    }
}

fn tlv(kind: SipaType, value: &[u8]) -> Vec<u8> {
    Bytes::new().u32(kind.0).u32(size32(value)).raw(value).0
}

/// What a quote of Windows itself leaves in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustPoint {
    /// Name of the key.
    pub aik_id: String,
    /// SHA-1 of the key's modulus.
    pub aik_public_digest: [u8; 20],
    /// `TPMS_ATTEST`.
    pub quote: Vec<u8>,
    /// Bare signature.
    pub signature: Vec<u8>,
}

/// The data of the trust point record: one aggregation for each key, within one.
#[must_use]
pub fn trust_points(points: &[TrustPoint]) -> Vec<u8> {
    let point = |point: &TrustPoint| {
        let elements = vec![
            Element::text(SipaType::AIKID, &point.aik_id),
            Element::bytes(SipaType::AIKPUBDIGEST, point.aik_public_digest),
            Element::bytes(SipaType::QUOTE, point.quote.clone()),
            Element::bytes(SipaType::QUOTESIGNATURE, point.signature.clone()),
        ];
        Element::elements(SipaType::TRUSTPOINT_AGGREGATION, elements)
    };
    let points = points.iter().map(point).collect();
    Element::elements(SipaType::TRUSTPOINT_AGGREGATION, points).encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_the_bytes_of_a_real_log() {
        // Opening of a real TRUSTBOUNDARY: BOOTCOUNTER 14.
        let counter = Element::u64(SipaType::BOOTCOUNTER, 14);
        let set = Element::elements(SipaType::TRUSTBOUNDARY, vec![counter]);
        let expect = [1, 0, 1, 0x40, 16, 0, 0, 0, 2, 0, 2, 0, 8, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(set.encode(), expect);
    }
}
