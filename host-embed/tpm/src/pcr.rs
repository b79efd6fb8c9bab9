//! Registers: which ones, and what they hold (`TPML_PCR_SELECTION`, Structures, section 10.9.7).

use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::CommandCode;

use crate::command::{Command, Tpm};
use crate::error::Result;
use crate::marshal::{Reader, Writer};

/// Bytes of a bank's bitmap: 24 registers.
const BITMAP_SIZE_BYTES: u8 = 3;

/// Calls that may be needed to read 24 registers of one bank, eight at a time, and as many again.
const READS_MAX: usize = 6;

/// A bank and the registers of it, bit n for PCR n.
pub type Bank = (TpmAlg, u32);

/// Registers of one or more banks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PcrSelection(Vec<Bank>);

impl PcrSelection {
    /// Registers of one bank.
    #[must_use]
    pub fn of(bank: TpmAlg, pcrs_bitmap: u32) -> Self {
        Self(vec![(bank, pcrs_bitmap)])
    }

    /// The banks, in the order in which they were selected.
    #[must_use]
    pub fn banks(&self) -> &[Bank] {
        &self.0
    }

    /// `TPML_PCR_SELECTION`.
    pub(crate) fn write(&self, writer: Writer) -> Writer {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.iter().fold(writer.u32(count), |writer, (bank, bitmap)| {
            let [zero, one, two, _] = bitmap.to_le_bytes();
            writer.u16(bank.0).u8(BITMAP_SIZE_BYTES).bytes(&[zero, one, two])
        })
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let count = reader.count("TPML_PCR_SELECTION.count", 3)?;
        let mut banks = Vec::with_capacity(count);
        for _ in 0..count {
            let bank = TpmAlg(reader.u16("hash")?);
            let size = reader.u8("sizeofSelect")?;
            let bytes = reader.take("pcrSelect", usize::from(size))?;
            let bitmap =
                bytes.iter().take(4).rev().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
            banks.push((bank, bitmap));
        }
        Ok(Self(banks))
    }
}

impl Tpm {
    /// Values of the selected registers of one bank, in ascending order of the registers.
    ///
    /// # Errors
    /// The TPM's refusals; [`crate::Error::Malformed`] when it returns registers that were not
    /// asked for, or none.
    pub fn read_pcrs(&mut self, bank: TpmAlg, pcrs_bitmap: u32) -> Result<Vec<(u8, Vec<u8>)>> {
        let mut values = Vec::new();
        let mut wanted = pcrs_bitmap;
        for _ in 0..READS_MAX {
            if wanted == 0 {
                break;
            }
            let parameters = PcrSelection::of(bank, wanted).write(Writer::default()).finish();
            let command = Command::new(CommandCode::PCR_READ).parameters(parameters);
            let response = self.execute(&command)?;
            let mut reader = response.reader();
            reader.u32("pcrUpdateCounter")?;
            let read = PcrSelection::read(&mut reader)?;
            let [(read_bank, read)] = *read.banks() else {
                return Err(reader.malformed("pcrSelectionOut"));
            };
            let count = reader.count("pcrValues.count", 2)?;
            if read_bank != bank || read & !wanted != 0 || read.count_ones() as usize != count {
                return Err(reader.malformed("pcrSelectionOut"));
            }
            for pcr in (0..32u8).filter(|pcr| read >> pcr & 1 == 1) {
                values.push((pcr, reader.sized("pcrValues")?.to_vec()));
            }
            if read == 0 {
                break;
            }
            wanted &= !read;
        }
        values.sort();
        match wanted {
            0 => Ok(values),
            _ => Err(crate::Error::Malformed {
                command: CommandCode::PCR_READ,
                field: "pcrSelectionOut",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_read_as_it_was_written() {
        let selection = PcrSelection(vec![(TpmAlg::SHA1, 0x00ff_0001), (TpmAlg::SHA256, 0x78ff)]);
        let bytes = selection.write(Writer::default()).finish();
        assert_eq!(bytes, [0, 0, 0, 2, 0, 4, 3, 1, 0, 0xff, 0, 0xb, 3, 0xff, 0x78, 0]);
        let mut reader = Reader::new(CommandCode::PCR_READ, &bytes);
        assert_eq!(PcrSelection::read(&mut reader).unwrap(), selection);
    }
}
