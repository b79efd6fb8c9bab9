//! STUB
use crate::crypto::{self, Digest, HashAlg, PublicKey};
use crate::formats::tpm::TpmtPublic;
use crate::formats::{Input, ParseError};
/// stub
#[derive(Debug)]
pub struct PublicKeyFile<'a> {
    /// k
    pub key: PublicKey,
    pub encoding: &'static str,
    /// t
    pub tpm: Option<TpmtPublic<'a>>,
}
/// stub
pub fn parse_public_key(bytes: &[u8]) -> Result<PublicKeyFile<'_>, ParseError> {
    let tpm = TpmtPublic::parse_tpm2b(Input::new(bytes))?;
    Ok(PublicKeyFile { encoding: "x", key: tpm.to_public_key()?, tpm: Some(tpm) })
}
/// stub
pub fn spki_sha256(key: &PublicKey) -> Digest {
    let text = format!("{key:?}");
    crypto::digest(HashAlg::Sha256, &[text.as_bytes()])
}
