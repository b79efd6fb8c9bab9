//! NV indices, as far as endorsements need them: ordinary data, defined, written, read.
//!
//! TPM 2.0 Library part 2, section 13; part 3, section 31. Counters, bit fields, extended indices
//! and locks are missing. Authorization is the command interface's business.

use std::collections::BTreeMap;

use portcullis_wire::tpm::{NvIndex, Rc};

use super::error::{Result, fail};
use crate::encode::be::Writer;
use crate::hash::{HashAlg, digest};

/// `TPMA_NV` of EK certificates as TPM vendors write them: written and read by platform, owner
/// and index authorization, defined by the platform, no dictionary attacks, written.
pub const ATTRIBUTES_ENDORSEMENT: u32 = 0x6207_2001;

/// `TPMA_NV_WRITTEN`.
const ATTRIBUTE_WRITTEN: u32 = 1 << 29;

/// Largest index. Certificates have 2 KB at most; a chain in one index stays below this.
pub const INDEX_SIZE_BYTES_MAX: usize = 16 << 10;

/// Indices. A TPM with every certificate of the profile has about 20.
pub const INDICES_MAX: usize = 256;

/// An index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NvArea {
    /// `TPMA_NV` bits.
    pub attributes: u32,
    /// Authorization value.
    pub auth: Vec<u8>,
    data: Vec<u8>,
}

impl NvArea {
    /// `TPMS_NV_PUBLIC`, with SHA-256 for the name and no policy.
    #[must_use]
    pub fn public_bytes(&self, index: NvIndex) -> Vec<u8> {
        let size = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
        Writer::new()
            .u32(index.0)
            .u16(HashAlg::Sha256.tpm_alg().0)
            .u32(self.attributes)
            .sized(&[])
            .u16(size)
            .finish()
    }

    /// The name of the index.
    #[must_use]
    pub fn name(&self, index: NvIndex) -> Vec<u8> {
        let value = digest(HashAlg::Sha256, &[&self.public_bytes(index)]);
        Writer::new().u16(HashAlg::Sha256.tpm_alg().0).bytes(value.as_bytes()).finish()
    }

    /// Size of the data.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.data.len()
    }
}

/// All indices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct NvStore(BTreeMap<u32, NvArea>);

impl NvStore {
    pub(super) fn define(&mut self, index: NvIndex, attributes: u32, size: usize) -> Result<()> {
        if size > INDEX_SIZE_BYTES_MAX {
            return fail(Rc::NV_SIZE, "the index is too large");
        }
        if self.0.contains_key(&index.0) {
            return fail(Rc::NV_DEFINED, "the index is defined");
        }
        if self.0.len() >= INDICES_MAX {
            return fail(Rc::NV_SPACE, "too many indices");
        }
        let attributes = attributes & !ATTRIBUTE_WRITTEN;
        let area = NvArea { attributes, auth: Vec::new(), data: vec![0xff; size] };
        self.0.insert(index.0, area);
        Ok(())
    }

    pub(super) fn get(&self, index: NvIndex) -> Result<&NvArea> {
        match self.0.get(&index.0) {
            Some(area) => Ok(area),
            None => fail(Rc::HANDLE, "the index is not defined"),
        }
    }

    pub(super) fn write(&mut self, index: NvIndex, offset: usize, bytes: &[u8]) -> Result<()> {
        let Some(area) = self.0.get_mut(&index.0) else {
            return fail(Rc::HANDLE, "the index is not defined");
        };
        let end = offset.saturating_add(bytes.len());
        let Some(target) = area.data.get_mut(offset..end) else {
            return fail(Rc::NV_RANGE, "beyond the end of the index");
        };
        target.copy_from_slice(bytes);
        area.attributes |= ATTRIBUTE_WRITTEN;
        Ok(())
    }

    pub(super) fn read(&self, index: NvIndex, offset: usize, size: usize) -> Result<&[u8]> {
        let area = self.get(index)?;
        if area.attributes & ATTRIBUTE_WRITTEN == 0 {
            return fail(Rc::NV_UNINITIALIZED, "the index was never written");
        }
        match area.data.get(offset..offset.saturating_add(size)) {
            Some(bytes) => Ok(bytes),
            None => fail(Rc::NV_RANGE, "beyond the end of the index"),
        }
    }

    pub(super) fn undefine(&mut self, index: NvIndex) -> Result<()> {
        match self.0.remove(&index.0) {
            Some(_) => Ok(()),
            None => fail(Rc::HANDLE, "the index is not defined"),
        }
    }

    pub(super) fn indices(&self) -> impl Iterator<Item = NvIndex> {
        self.0.keys().map(|index| NvIndex(*index))
    }
}
