//! The file in which tpm2-tools keeps a credential (`tpm2_makecredential -o`): magic, version,
//! `TPM2B_ID_OBJECT`, `TPM2B_ENCRYPTED_SECRET`, all big-endian.
//!
//! Structure only. Whether the credential is for a given EK and AK shows nowhere in it: that is
//! its point.

use super::sized;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, be_u32, complete, take};
use crate::wire::tpm::credential_file::{MAGIC, VERSION};

/// A credential that only one TPM can open, and only for one object of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CredentialFile<'a> {
    /// Content of the `TPM2B_ID_OBJECT`: `credentialBlob` of `TPM2_ActivateCredential`.
    pub id_object: Input<'a>,
    /// HMAC over the encrypted credential and the name of the object.
    pub integrity: Input<'a>,
    /// The encrypted credential.
    pub encrypted_identity: Input<'a>,
    /// Content of the `TPM2B_ENCRYPTED_SECRET`: the seed, encrypted to the EK.
    pub encrypted_secret: Input<'a>,
}

impl<'a> CredentialFile<'a> {
    /// Reads a credential file that is the whole input.
    ///
    /// # Errors
    /// Another magic or version, bytes behind the structure, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "credential", parse_credential)
    }
}

fn parse_credential(input: Input<'_>) -> Parsed<'_, CredentialFile<'_>> {
    let (input, ()) = constant("magic", MAGIC)(input)?;
    let (input, ()) = constant("version", VERSION)(input)?;
    let (input, id_object) = sized("TPM2B_ID_OBJECT")(input)?;
    let (inner, integrity) = sized("integrityHMAC")(id_object)?;
    let (_, encrypted_identity) = take("encIdentity", inner.len())(inner)?;
    let (input, encrypted_secret) = sized("TPM2B_ENCRYPTED_SECRET")(input)?;
    Ok((input, CredentialFile { id_object, integrity, encrypted_identity, encrypted_secret }))
}

fn constant<'a>(field: &'static str, expected: u32) -> impl Fn(Input<'a>) -> Parsed<'a, ()> {
    move |input| {
        let (rest, found) = be_u32(field)(input)?;
        if found == expected {
            return Ok((rest, ()));
        }
        let (found, expected) = (u64::from(found), u64::from(expected));
        input.fail(ParseErrorKind::Unexpected { found, expected }, field, 4)
    }
}
