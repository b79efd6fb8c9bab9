//! The file of register values that `tpm2_quote -o` writes: `TPML_PCR_SELECTION` and
//! `TPML_DIGEST` lists as C structures of tpm2-tss, little-endian, with their padding.

use portcullis_wire::tpm::pcrs_file::{
    DIGEST_BUFFER_SIZE_BYTES, DIGEST_SLOTS, SELECT_SIZE_BYTES_MAX, SELECTION_SLOT_SIZE_BYTES,
    SELECTION_SLOTS,
};

use super::pcr::PcrSelection;
use crate::hash::{Digest, HashAlg};

/// Bytes of a bitmap that are in use.
const SELECT_SIZE_BYTES: u8 = 3;

/// Encodes a selection and its values.
pub(super) fn encode(selection: &PcrSelection, values: &[(HashAlg, u8, Digest)]) -> Vec<u8> {
    let mut file = count(selection.banks().len());
    for (bank, bits) in selection.banks() {
        let start = file.len();
        file.extend(bank.tpm_alg().0.to_le_bytes());
        file.push(SELECT_SIZE_BYTES);
        file.extend(bits.to_le_bytes().iter().take(SELECT_SIZE_BYTES_MAX));
        file.resize(start.saturating_add(SELECTION_SLOT_SIZE_BYTES), 0);
    }
    let selections = SELECTION_SLOTS.saturating_mul(SELECTION_SLOT_SIZE_BYTES);
    file.resize(selections.saturating_add(4), 0);
    let lists: Vec<_> = values.chunks(DIGEST_SLOTS).collect();
    file.extend(count(lists.len()));
    for list in lists {
        file.extend(count(list.len()));
        for slot in 0..DIGEST_SLOTS {
            let digest = list.get(slot).map(|(_, _, value)| value.as_bytes()).unwrap_or_default();
            let size = u16::try_from(digest.len()).unwrap_or(0);
            file.extend(size.to_le_bytes());
            let start = file.len();
            file.extend_from_slice(digest);
            file.resize(start.saturating_add(DIGEST_BUFFER_SIZE_BYTES), 0);
        }
    }
    file
}

fn count(count: usize) -> Vec<u8> {
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes().to_vec()
}
