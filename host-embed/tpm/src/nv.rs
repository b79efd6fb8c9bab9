//! NV indices: where manufacturers keep EK certificates (EK Credential Profile 2.5, section 2.2.1.4
//! and 2.2.1.5).

use portcullis_wire::tpm::{CommandCode, Handle, NvIndex, Rc, TpmProperty};

use crate::command::{Auth, Command, Tpm};
use crate::error::{Error, Result};
use crate::marshal::Writer;

/// Largest index that is read. EK certificates have 700 to 1 600 bytes; chains a few of them.
const NV_SIZE_BYTES_MAX: usize = 16 * 1024;

/// Largest piece that every TPM returns; used where the TPM does not say (part 2, `MAX_NV_BUFFER_SIZE`
/// of the PC client profile).
const PIECE_SIZE_BYTES_MIN: usize = 512;

impl Tpm {
    /// Content of an NV index, or `None` when it is not defined or was never written.
    ///
    /// # Errors
    /// [`Error::NvTooLarge`]; the TPM's refusals.
    pub fn read_nv(&mut self, index: NvIndex) -> Result<Option<Vec<u8>>> {
        let Some(size_bytes) = self.nv_size(index)? else { return Ok(None) };
        if size_bytes > NV_SIZE_BYTES_MAX {
            return Err(Error::NvTooLarge { index, size_bytes });
        }
        let piece_size = self.property(TpmProperty::NV_BUFFER_MAX);
        let piece_size = piece_size.ok().and_then(|size| usize::try_from(size).ok());
        let piece_size = piece_size.filter(|size| *size > 0).unwrap_or(PIECE_SIZE_BYTES_MIN);
        let mut content = Vec::with_capacity(size_bytes);
        while content.len() < size_bytes {
            let size = piece_size.min(size_bytes.saturating_sub(content.len()));
            match self.nv_piece(index, size, content.len()) {
                Err(error) if error.rc() == Some(Rc::NV_UNINITIALIZED) => return Ok(None),
                piece => content.extend_from_slice(&piece?),
            }
        }
        Ok(Some(content))
    }

    fn nv_size(&mut self, index: NvIndex) -> Result<Option<usize>> {
        let handles = [Handle(index.0)];
        let command = Command::new(CommandCode::NV_READ_PUBLIC).handles(&handles);
        let response = match self.execute(&command) {
            Err(error) if error.rc() == Some(Rc::HANDLE) => return Ok(None),
            response => response?,
        };
        let mut public = response.reader();
        public.u16("TPM2B_NV_PUBLIC.size")?;
        public.u32("nvIndex")?;
        public.u16("nameAlg")?;
        public.u32("attributes")?;
        public.sized("authPolicy")?;
        Ok(Some(usize::from(public.u16("dataSize")?)))
    }

    /// Reads a piece on the index's own, empty authorization.
    fn nv_piece(&mut self, index: NvIndex, size: usize, offset: usize) -> Result<Vec<u8>> {
        let word = |value| u16::try_from(value).unwrap_or(u16::MAX);
        let parameters = Writer::default().u16(word(size)).u16(word(offset)).finish();
        let handles = [Handle(index.0), Handle(index.0)];
        let command = Command::new(CommandCode::NV_READ)
            .handles(&handles)
            .auths(&[Auth::EmptyPassword])
            .parameters(parameters);
        let response = self.execute(&command)?;
        let mut reader = response.reader();
        let piece = reader.sized("data")?;
        // A TPM that answers with less would be asked for ever.
        if piece.len() != size {
            return Err(reader.malformed("data"));
        }
        Ok(piece.to_vec())
    }
}
