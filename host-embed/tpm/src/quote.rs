//! Quotes (`TPM2_Quote`): registers, signed together with the verifier's nonce.
//!
//! What it does *not* establish: anything. The signature is checked by the verifier.

use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::CommandCode;

use crate::ak::AkBlobs;
use crate::command::{Auth, Command, Tpm};
use crate::ek::EkKind;
use crate::error::Result;
use crate::marshal::Writer;
use crate::pcr::PcrSelection;

/// A quote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// `TPMS_ATTEST`: the bytes that were signed.
    pub attest: Vec<u8>,
    /// `TPMT_SIGNATURE`.
    pub signature: Vec<u8>,
}

impl Tpm {
    /// Quotes registers.
    ///
    /// # Errors
    /// The TPM's refusals.
    pub fn quote(
        &mut self,
        ek: EkKind,
        ak: &AkBlobs,
        nonce: &[u8],
        selection: &PcrSelection,
    ) -> Result<Quote> {
        // The AK is restricted to one scheme, so none is named.
        let parameters = Writer::default().sized(nonce).u16(TpmAlg::NULL.0);
        let parameters = selection.write(parameters).finish();
        self.with_ek(ek, |tpm, ek| {
            tpm.with_ak(ek, ak, |tpm, ak| {
                let handles = [ak];
                let command = Command::new(CommandCode::QUOTE)
                    .handles(&handles)
                    .auths(&[Auth::EmptyPassword])
                    .parameters(parameters);
                let response = tpm.execute(&command)?;
                let mut reader = response.reader();
                let attest = reader.sized("quoted")?.to_vec();
                Ok(Quote { attest, signature: reader.rest().to_vec() })
            })
        })
    }
}
