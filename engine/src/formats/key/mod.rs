//! Public keys in every encoding that tools of TPM administration write.
//!
//! RFC 5280 section 4.1 (`SubjectPublicKeyInfo`), bare or in the armour of RFC 7468; TPM 2.0
//! Library part 2 section 12.2 (`TPM2B_PUBLIC`, `TPMT_PUBLIC`); `bcrypt.h` of the Windows SDK
//! (`BCRYPT_RSAKEY_BLOB`, `BCRYPT_ECCKEY_BLOB`); the key files of the Windows platform crypto
//! provider ([`super::pcp`]). The encoding is recognised by the content, never by a name.
//!
//! What a parsed file does *not* establish: who holds the private key, that an elliptic curve
//! point lies on its curve, or that the key is of any use. [`PublicKeyFile::unbound`] lists the
//! bytes that do not even take part in the key.

mod bcrypt;
mod pem;
mod spki;

use core::fmt;

pub use spki::{spki_der, spki_sha256};

use super::error::{ParseError, ParseErrorKind};
use super::input::{Input, be_u16};
use super::pcp::{self, PcpKeyFile};
use super::tpm::TpmtPublic;
use super::tpm::public::TpmKey;
use crate::Span;
use crate::crypto::PublicKey;
use crate::limits::KEY_FILE_SIZE_BYTES_MAX;
use crate::wire::TpmAlg;

/// A public key and what its file says about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKeyFile<'a> {
    /// The key.
    pub key: PublicKey,
    /// How the file encodes it.
    pub encoding: KeyEncoding,
    /// The TPM public area, where the file holds one: the object's attributes and its name.
    pub tpm: Option<TpmtPublic<'a>>,
    /// Bytes that the key does not depend on, ascending: whoever vouches for the key alone
    /// vouches for none of them. The TPM name of the key covers [`TpmtPublic::bytes`].
    pub unbound: Vec<Span>,
}

/// The encodings of a public key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyEncoding {
    /// `SubjectPublicKeyInfo` between the lines of RFC 7468.
    PemSpki,
    /// `SubjectPublicKeyInfo`.
    DerSpki,
    /// A TPM public area behind its size.
    Tpm2bPublic,
    /// A bare TPM public area.
    TpmtPublic,
    /// RSA public key blob of the Windows CNG.
    BcryptRsa,
    /// Elliptic curve public key blob of the Windows CNG.
    BcryptEcc,
    /// Key file of the Windows platform crypto provider.
    PcpKeyFile,
}

impl KeyEncoding {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PemSpki => "pem_spki",
            Self::DerSpki => "der_spki",
            Self::Tpm2bPublic => "tpm2b_public",
            Self::TpmtPublic => "tpmt_public",
            Self::BcryptRsa => "bcrypt_rsa",
            Self::BcryptEcc => "bcrypt_ecc",
            Self::PcpKeyFile => "pcp_key_file",
        }
    }
}

impl fmt::Display for KeyEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a key file, all of it.
///
/// # Errors
/// A file that is too large or in no known encoding, the errors of the encoding that it is
/// recognised as, bytes behind the key, and algorithms or curves that the engine does not know.
pub fn parse_public_key(bytes: &[u8]) -> Result<PublicKeyFile<'_>, ParseError> {
    let input = Input::new(bytes);
    if bytes.len() > KEY_FILE_SIZE_BYTES_MAX {
        let (found, limit) = (bytes.len() as u64, KEY_FILE_SIZE_BYTES_MAX as u64);
        return Err(input.error(ParseErrorKind::OverLimit { found, limit }, FILE, bytes.len()));
    }
    match recognise(bytes) {
        Some(encoding @ KeyEncoding::PemSpki) => {
            let (key, unbound) = pem::parse(input)?;
            Ok(PublicKeyFile { key, encoding, tpm: None, unbound })
        }
        Some(encoding @ KeyEncoding::DerSpki) => {
            let (key, unbound) = spki::parse(input)?;
            Ok(PublicKeyFile { key, encoding, tpm: None, unbound })
        }
        Some(encoding @ (KeyEncoding::BcryptRsa | KeyEncoding::BcryptEcc)) => {
            let (key, unbound) = bcrypt::parse(input)?;
            Ok(PublicKeyFile { key, encoding, tpm: None, unbound })
        }
        Some(encoding @ KeyEncoding::Tpm2bPublic) => {
            of_public_area(input, encoding, TpmtPublic::parse_tpm2b(input)?)
        }
        Some(encoding @ KeyEncoding::TpmtPublic) => {
            of_public_area(input, encoding, TpmtPublic::parse(input)?)
        }
        Some(encoding @ KeyEncoding::PcpKeyFile) => {
            of_public_area(input, encoding, PcpKeyFile::parse(input)?.public)
        }
        None => {
            let kind = ParseErrorKind::Invalid("is in no known encoding of a public key");
            Err(input.error(kind, FILE, bytes.len()))
        }
    }
}

/// Field name of errors about the file as a whole.
const FILE: &str = "publicKey";

/// The encoding that the first bytes announce.
fn recognise(bytes: &[u8]) -> Option<KeyEncoding> {
    if pcp::starts_with_key_magic(bytes) {
        return Some(KeyEncoding::PcpKeyFile);
    }
    if let Some(encoding) = bcrypt::recognise(bytes) {
        return Some(encoding);
    }
    match *bytes.first()? {
        0x30 => Some(KeyEncoding::DerSpki),
        // The high byte of a size below 4 KB, or of the object types RSA and ECC.
        0x00..=0x0f => Some(recognise_tpm(bytes)),
        _ => pem::is_armoured(bytes).then_some(KeyEncoding::PemSpki),
    }
}

/// Size and type of a public area are both 16 bits; a size that fits the file decides.
fn recognise_tpm(bytes: &[u8]) -> KeyEncoding {
    let first = be_u16("size")(Input::new(bytes)).map_or(0, |(_, first)| first);
    let sized = bytes.len().checked_sub(2) == Some(usize::from(first));
    if !sized && matches!(TpmAlg(first), TpmAlg::RSA | TpmAlg::ECC) {
        return KeyEncoding::TpmtPublic;
    }
    KeyEncoding::Tpm2bPublic
}

fn of_public_area<'a>(
    file: Input<'a>,
    encoding: KeyEncoding,
    public: TpmtPublic<'a>,
) -> Result<PublicKeyFile<'a>, ParseError> {
    let mut bound = bound_in_public_area(&public);
    if encoding == KeyEncoding::Tpm2bPublic {
        // The size has no other value than the one that fits.
        bound.insert(0, Span::new(file.offset(), 2));
    }
    let key = public.to_public_key()?;
    let unbound = spans_beside(&bound, file.len());
    Ok(PublicKeyFile { key, encoding, tpm: Some(public), unbound })
}

/// Where the type, the parameters and the value of the key stand in a public area, ascending.
/// Between them stand the name algorithm, the attributes, the policy and the schemes.
fn bound_in_public_area(public: &TpmtPublic<'_>) -> Vec<Span> {
    let object_type = Span::new(public.bytes.offset(), 2);
    let end = public.bytes.span().end();
    let until_end = |start: usize| Span::new(start, end.saturating_sub(start));
    match public.key {
        TpmKey::Rsa { modulus, .. } => {
            // keyBits (2), exponent (4), the modulus' size (2).
            vec![object_type, until_end(modulus.offset().saturating_sub(8))]
        }
        TpmKey::Ecc { kdf, x, .. } => {
            let point = until_end(x.offset().saturating_sub(2));
            let kdf_size = if kdf.is_some() { 4 } else { 2 };
            let curve = point.offset.saturating_sub(kdf_size).saturating_sub(2);
            vec![object_type, Span::new(curve, 2), point]
        }
    }
}

/// What lies beside `bound` in a file of `size_bytes`; `bound` is ascending.
fn spans_beside(bound: &[Span], size_bytes: usize) -> Vec<Span> {
    let mut beside = Vec::new();
    let mut offset = 0_usize;
    for span in bound.iter().copied().chain([Span::new(size_bytes, 0)]) {
        if span.offset > offset {
            beside.push(Span::new(offset, span.offset.saturating_sub(offset)));
        }
        offset = offset.max(span.end());
    }
    beside
}

#[cfg(test)]
mod tests;
