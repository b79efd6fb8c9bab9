//! Signature databases: `PK`, `KEK`, `db`, `dbx`.
//!
//! Specification: UEFI 2.10, section 32.4.1.

use portcullis_wire::Guid;
use portcullis_wire::guid::{CERT_SHA256, CERT_X509};

use crate::bytes::{Bytes, size32};

/// Bytes before the entries of a list.
const LIST_HEADER_SIZE: u32 = 28;

/// The contents of a variable with signature lists.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignatureDatabase(Vec<u8>);

impl SignatureDatabase {
    /// A database without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A certificate, in a list of its own: certificates differ in size, and a list cannot.
    #[must_use]
    pub fn certificate(self, owner: Guid, der: &[u8]) -> Self {
        self.list(CERT_X509, &[signature(owner, der)])
    }

    /// Digests of images, in one list; nothing when there are none.
    #[must_use]
    pub fn sha256_digests(self, owner: Guid, digests: &[[u8; 32]]) -> Self {
        let entries: Vec<_> = digests.iter().map(|digest| signature(owner, digest)).collect();
        self.list(CERT_SHA256, &entries)
    }

    fn list(mut self, kind: Guid, entries: &[Vec<u8>]) -> Self {
        let Some(first) = entries.first() else { return self };
        let body = entries.concat();
        let size = size32(&body).saturating_add(LIST_HEADER_SIZE);
        let list = Bytes::new().guid(kind).u32(size).u32(0).u32(size32(first)).raw(&body);
        self.0.extend(list.0);
        self
    }

    /// The contents of the variable.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// `EFI_SIGNATURE_DATA`: an entry, and what an authority record shows of it.
#[must_use]
pub fn signature(owner: Guid, data: &[u8]) -> Vec<u8> {
    Bytes::new().guid(owner).raw(data).0
}

#[cfg(test)]
mod tests {
    use portcullis_wire::guid::OWNER_MICROSOFT;

    use super::*;

    #[test]
    fn lists_have_the_sizes_of_real_ones() {
        // dbx of a recorded log: one digest is 76 bytes, 77 digests are 3724.
        let size = |count| {
            let digests = vec![[7; 32]; count];
            SignatureDatabase::new().sha256_digests(OWNER_MICROSOFT, &digests).into_bytes().len()
        };
        assert_eq!([0, 1, 77].map(size), [0, 76, 3724]);
        let db = SignatureDatabase::new().certificate(OWNER_MICROSOFT, &[0; 1499]).into_bytes();
        assert_eq!(db.len(), 1543, "a certificate of 1499 bytes");
    }
}
