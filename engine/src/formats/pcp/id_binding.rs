//! The identity binding of an attestation key (`NCRYPT_PCP_IDBINDING` of a TPM 2.0): the key,
//! how it was created, and the key's own signature over that. No header; the TPM's byte order.
//!
//! What it does *not* establish: that the key is bound to an endorsement key. It only shows that
//! one TPM made and holds the key, and, by the nonce in `outsideInfo` and `extraData`, when.

use crate::formats::error::ParseError;
use crate::formats::input::{Input, Parsed, complete};
use crate::formats::tpm::public::parse_tpm2b_public;
use crate::formats::tpm::signature::parse_signature;
use crate::formats::tpm::{CreationData, TpmsAttest, TpmtPublic, TpmtSignature, sized};

/// `TPM2B_PUBLIC`, `TPM2B_CREATION_DATA`, `TPM2B_ATTEST`, `TPMT_SIGNATURE`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdBinding<'a> {
    /// The attestation key.
    pub public: TpmtPublic<'a>,
    /// How it was created; the attestation holds the digest.
    pub creation_data: CreationData<'a>,
    /// What the key signed: its own creation.
    pub attest: TpmsAttest<'a>,
    /// The signature.
    pub signature: TpmtSignature<'a>,
}

impl<'a> IdBinding<'a> {
    /// Reads a binding that is the whole input.
    ///
    /// # Errors
    /// Those of the four structures, sizes that do not fit them, bytes behind the signature, or
    /// the end of the input. An attestation of something else than a creation is no error here.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "IdBinding", parse_id_binding)
    }
}

fn parse_id_binding(input: Input<'_>) -> Parsed<'_, IdBinding<'_>> {
    let (rest, public) = parse_tpm2b_public(input)?;
    let (rest, creation_data) = sized("TPM2B_CREATION_DATA")(rest)?;
    let creation_data = CreationData::parse(creation_data).map_err(nom::Err::Error)?;
    let (rest, attest) = sized("TPM2B_ATTEST")(rest)?;
    let attest = TpmsAttest::parse(attest).map_err(nom::Err::Error)?;
    let (rest, signature) = parse_signature(rest)?;
    Ok((rest, IdBinding { public, creation_data, attest, signature }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::formats::tpm::AttestBody;

    const PUBLIC: &[u8] = &[
        0, 25, 0, 1, 0, 0x0b, 0, 5, 4, 0x72, 0, 0, 0, 0x10, 0, 0x14, 0, 4, 0, 8, 0, 0, 0, 0, 0, 1,
        0x81,
    ];
    const CREATION_DATA: &[u8] = &[0, 17, 0, 0, 0, 0, 0, 0, 1, 0, 0x10, 0, 0, 0, 0, 0, 2, 8, 9];
    const SIGNATURE: &[u8] = &[0, 0x14, 0, 4, 0, 1, 7];

    /// A creation attestation with all fields zero or empty.
    fn attest() -> Vec<u8> {
        let mut attest = vec![0, 39, 0xff, b'T', b'C', b'G', 0x80, 0x1a];
        attest.resize(41, 0);
        attest
    }

    fn refused(bytes: &[u8]) -> String {
        IdBinding::parse(Input::new(bytes)).unwrap_err().to_string()
    }

    #[test]
    fn the_four_structures_follow_each_other() {
        let bytes = [PUBLIC, CREATION_DATA, &attest(), SIGNATURE].concat();
        let binding = IdBinding::parse(Input::new(&bytes)).unwrap();
        assert_eq!(binding.public.bytes.span(), Span::new(2, 25));
        assert_eq!(binding.creation_data.bytes.span(), Span::new(29, 17));
        assert_eq!(binding.attest.bytes.span(), Span::new(48, 39));
        assert!(matches!(binding.attest.body, AttestBody::Creation { .. }));
        assert_eq!(binding.signature.scheme_span, Span::new(87, 4));
    }

    #[test]
    fn a_size_that_does_not_fit_its_structure_is_refused_at_its_offset() {
        let mut attest = attest();
        attest[1] = 40;
        attest.push(0);
        assert_eq!(
            refused(&[PUBLIC, CREATION_DATA, &attest, SIGNATURE].concat()),
            "`TPMS_ATTEST` at byte 87: 1 bytes follow the structure"
        );
        let long = [&[0, 18], &CREATION_DATA[2..], &[0]].concat();
        assert_eq!(
            refused(&[PUBLIC, &long].concat()),
            "`TPMS_CREATION_DATA` at byte 46: 1 bytes follow the structure"
        );
        assert_eq!(refused(PUBLIC), "`TPM2B_CREATION_DATA` at byte 27: needs 2 bytes, 0 are left");
    }

    #[test]
    fn bytes_behind_the_signature_are_refused() {
        let bytes = [PUBLIC, CREATION_DATA, &attest(), SIGNATURE, &[0]].concat();
        assert_eq!(refused(&bytes), "`IdBinding` at byte 94: 1 bytes follow the structure");
    }
}
