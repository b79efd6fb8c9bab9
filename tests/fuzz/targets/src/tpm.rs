//! TPM structures: every reader gets the same bytes.

use portcullis_engine::formats::Input;
use portcullis_engine::formats::tpm::pcr_selection::parse_pcr_selections;
use portcullis_engine::formats::tpm::{
    CredentialFile, Name, PcrSet, PcrValues, TpmsAttest, TpmtPublic, TpmtSignature,
};
use portcullis_engine::wire::TpmAlg;

use crate::assert_spans_inside;

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let input = Input::new(data);
    assert_spans_inside(&TpmsAttest::parse(input), data);
    assert_spans_inside(&CredentialFile::parse(input), data);
    assert_spans_inside(&PcrValues::parse_dump(input), data);
    let registers = PcrValues::parse_concatenated(input, TpmAlg::SHA256, PcrSet::ALL);
    assert_spans_inside(&registers, data);
    assert_spans_inside(&parse_pcr_selections(input).map_err(|_| ()), data);
    let _ = Name::from_bytes(data);

    let signature = TpmtSignature::parse(input);
    assert_spans_inside(&signature, data);
    for public in [TpmtPublic::parse_tpm2b(input), TpmtPublic::parse(input)] {
        assert_spans_inside(&public, data);
        let Ok(public) = public else { continue };
        let _ = public.to_public_key();
        let _ = Name::of(&public).map(|name| name.qualified(data));
        if let Ok(signature) = &signature {
            let _ = (signature.fits(&public), signature.to_signature());
        }
    }
}
