//! Attestation structures.

use portcullis_engine::finding::FindingCode;
use portcullis_engine::formats::Input;
use portcullis_engine::formats::tpm::TpmsAttest;
use portcullis_engine::wire::tpm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Content, NoteDoc};
use crate::text::{decimal, hex};

/// A `TPMS_ATTEST`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct QuoteInfoDoc {
    /// `TPM_ST_ATTEST_QUOTE`, or another type.
    pub attest_type: String,
    /// Qualified name of the signing key.
    pub qualified_signer: String,
    /// Nonce, or other data of the caller.
    pub extra_data: String,
    /// Milliseconds since the TPM was cleared.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub clock_ms: u64,
    /// Resets of the TPM.
    pub reset_count: u32,
    /// Restarts of the TPM.
    pub restart_count: u32,
    /// False when the clock may have run back.
    pub clock_safe: bool,
    /// Quoted registers.
    pub selections: Vec<SelectionDoc>,
    /// Digest over their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pcr_digest: Option<String>,
}

/// Registers of one bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SelectionDoc {
    /// The bank.
    pub bank: String,
    /// Its registers.
    pub pcrs: Vec<u32>,
}

/// Recognises an attestation structure by its magic.
pub(super) fn recognise(bytes: &[u8]) -> Option<(Content, Vec<NoteDoc>)> {
    if !bytes.starts_with(&tpm::TPM_GENERATED.to_be_bytes()) {
        return None;
    }
    Some(match TpmsAttest::parse(Input::new(bytes)) {
        Ok(attest) => (Content::Quote(document(&attest)), Vec::new()),
        Err(error) => {
            let code = FindingCode::QuoteUnreadable.text();
            let note = NoteDoc::new(code, &error, Some(error.span));
            (Content::Quote(QuoteInfoDoc::default()), vec![note])
        }
    })
}

pub(super) fn document(attest: &TpmsAttest<'_>) -> QuoteInfoDoc {
    let quote = attest.quote();
    let selections = quote.map(|quote| quote.selections.as_slice()).unwrap_or_default();
    QuoteInfoDoc {
        attest_type: attest.attest_type.to_string(),
        qualified_signer: hex(attest.qualified_signer.bytes()),
        extra_data: hex(attest.extra_data.bytes()),
        clock_ms: attest.clock.clock_ms,
        reset_count: attest.clock.reset_count,
        restart_count: attest.clock.restart_count,
        clock_safe: attest.clock.safe,
        selections: selections
            .iter()
            .map(|selection| SelectionDoc {
                bank: selection.bank.to_string(),
                pcrs: selection.pcrs.iter().collect(),
            })
            .collect(),
        pcr_digest: quote.map(|quote| hex(quote.pcr_digest.bytes())),
    }
}
