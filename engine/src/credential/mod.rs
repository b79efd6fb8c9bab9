//! Credentials: a secret that only the TPM of an EK can open, and only while it holds the object
//! of a name (`TPM2_MakeCredential`).
//!
//! Source: TPM 2.0 Library revision 1.59, part 1, section 24 (credential protection) and annexes
//! B.10.3 and C.6.1 (the seed of RSA and elliptic curve keys).
//!
//! The secret and every random byte are arguments: nothing here draws any. What a credential does
//! *not* establish: anything at all, until the host returns the secret; and even then only that
//! the AK lives beside the EK, never whose EK it is.

mod derive;
mod entropy;
mod seed;

use std::fmt;

use aes::{Aes128, Aes256};
use cfb_mode::Encryptor;
use cfb_mode::cipher::KeyIvInit as _;

pub use entropy::ENTROPY_SIZE_BYTES;

use self::derive::{hmac, kdfa};
use self::entropy::Entropy;
use crate::authenticate::check_fitness;
use crate::crypto::{Digest, HashAlg};
use crate::finding::FindingCode;
use crate::formats::error::ParseError;
use crate::formats::key::{self, PublicKeyFile, spki_sha256};
use crate::formats::tpm::public::Symmetric;
use crate::formats::tpm::{Name, TpmtPublic};
use crate::wire::TpmAlg;
use crate::wire::tpm::ObjectAttributes;

/// Size of an initial vector of AES; that of credentials is all zeroes.
const IV: [u8; 16] = [0; 16];

/// What a credential is made of.
#[derive(Clone, Copy, Debug)]
pub struct CredentialRequest<'a> {
    /// Public area of the EK, with its attributes: `TPM2B_PUBLIC` or `TPMT_PUBLIC`.
    pub ek_public: &'a [u8],
    /// Public area of the AK, likewise.
    pub ak_public: &'a [u8],
    /// The secret, of one byte up to the size of a digest of the EK's name algorithm.
    pub secret: &'a [u8],
    /// Fresh random bytes, used once.
    pub entropy: &'a [u8; ENTROPY_SIZE_BYTES],
}

/// A credential, and the two identities that it is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// SHA-256 of the EK's canonical SubjectPublicKeyInfo.
    pub ek_digest: Digest,
    /// TPM name of the AK.
    pub ak_name: Vec<u8>,
    /// Content of the `TPM2B_ID_OBJECT`.
    pub id_object: Vec<u8>,
    /// Content of the `TPM2B_ENCRYPTED_SECRET`.
    pub encrypted_secret: Vec<u8>,
}

/// Why no credential was made. All of it is about what the host sent, but for the last two.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CredentialError {
    /// The EK cannot be decoded.
    EkUnreadable(ParseError),
    /// The key cannot be an EK.
    EkUnfit(&'static str),
    /// The AK cannot be decoded.
    AkUnreadable(ParseError),
    /// The key cannot be an AK: the finding that says why.
    AkUnfit(FindingCode),
    /// The secret has the wrong size.
    SecretSize {
        /// Its size.
        found_bytes: usize,
        /// The largest size that the EK's name algorithm allows.
        limit_bytes: usize,
    },
    /// The random bytes do not do: zeroes, for instance, are no scalar. Not seen with random ones,
    /// of which one in 2^96 fails.
    EntropyUnlucky,
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EkUnreadable(error) => write!(f, "ek_public: {error}"),
            Self::EkUnfit(reason) => write!(f, "ek_public: {reason}"),
            Self::AkUnreadable(error) => write!(f, "ak_public: {error}"),
            Self::AkUnfit(code) => write!(f, "ak_public: {code}"),
            Self::SecretSize { found_bytes, limit_bytes } => {
                write!(f, "secret: has {found_bytes} bytes, needs 1 to {limit_bytes}")
            }
            Self::EntropyUnlucky => f.write_str("entropy: draw again"),
        }
    }
}

impl std::error::Error for CredentialError {}

/// Makes a credential.
///
/// # Errors
/// [`CredentialError`]. An EK that is no restricted storage key and an AK that is no restricted
/// signing key get none: no answer of theirs could be believed.
pub fn make(request: &CredentialRequest<'_>) -> Result<Credential, CredentialError> {
    let file = key::parse_public_key(request.ek_public).map_err(CredentialError::EkUnreadable)?;
    let ek = Ek::of(&file)?;
    let ak_name = fit_ak(request.ak_public)?.to_bytes();
    let (secret, limit_bytes) = (request.secret, ek.hash.size_bytes());
    if secret.is_empty() || secret.len() > limit_bytes {
        let found_bytes = secret.len();
        return Err(CredentialError::SecretSize { found_bytes, limit_bytes });
    }
    let mut entropy = Entropy::new(request.entropy);
    let (seed, encrypted_secret) = seed::make(&file.key, ek.hash, &mut entropy)?;
    let id_object = ek.protect(&seed, &ak_name, secret)?;
    Ok(Credential { ek_digest: spki_sha256(&file.key), ak_name, id_object, encrypted_secret })
}

/// What the EK's public area says about the protection of its children.
struct Ek {
    hash: HashAlg,
    symmetric: Symmetric,
}

impl Ek {
    fn of(file: &PublicKeyFile<'_>) -> Result<Self, CredentialError> {
        let unfit = |reason| Err(CredentialError::EkUnfit(reason));
        let Some(public) = &file.tpm else {
            return unfit("is a bare key; a credential needs its TPM public area");
        };
        if !stores_restricted(public) {
            return unfit("is no restricted storage key that stays in its TPM");
        }
        let Some(hash) = HashAlg::from_tpm(public.name_alg) else {
            return unfit("has an unknown name algorithm");
        };
        match public.symmetric {
            Some(symmetric) if symmetric.algorithm == TpmAlg::AES => match symmetric.mode {
                TpmAlg::CFB => Ok(Self { hash, symmetric }),
                _ => unfit("protects its children in another mode than CFB"),
            },
            _ => unfit("protects its children with another cipher than AES"),
        }
    }

    /// `TPMS_ID_OBJECT`: HMAC behind its size, then the encrypted secret (part 1, section 24.5).
    fn protect(&self, seed: &[u8], name: &[u8], secret: &[u8]) -> Result<Vec<u8>, CredentialError> {
        let mut identity = sized(secret);
        let key = kdfa(self.hash, seed, "STORAGE", name, self.symmetric.key_bits);
        encrypt(&key, &mut identity)?;
        let hash_bits = u16::try_from(self.hash.size_bytes().saturating_mul(8)).unwrap_or(u16::MAX);
        let key = kdfa(self.hash, seed, "INTEGRITY", &[], hash_bits);
        let mut object = sized(&hmac(self.hash, &key, &[&identity, name]));
        object.extend_from_slice(&identity);
        Ok(object)
    }
}

/// Such a key decrypts only what its TPM checked, and cannot be moved to another one.
fn stores_restricted(public: &TpmtPublic<'_>) -> bool {
    let needed = ObjectAttributes::FIXED_TPM
        .union(ObjectAttributes::FIXED_PARENT)
        .union(ObjectAttributes::SENSITIVE_DATA_ORIGIN)
        .union(ObjectAttributes::RESTRICTED)
        .union(ObjectAttributes::DECRYPT);
    public.attributes.contains(needed) && !public.attributes.contains(ObjectAttributes::SIGN)
}

fn fit_ak(bytes: &[u8]) -> Result<Name, CredentialError> {
    let file = key::parse_public_key(bytes).map_err(CredentialError::AkUnreadable)?;
    let mut findings = Vec::new();
    let fit = check_fitness(&file, &mut findings);
    let name = file.tpm.as_ref().map(Name::of);
    match (fit, name) {
        (true, Some(Ok(name))) => Ok(name),
        (true, Some(Err(error))) => Err(CredentialError::AkUnreadable(error)),
        _ => Err(CredentialError::AkUnfit(
            findings.first().map_or(FindingCode::AkAttributesUnknown, |finding| finding.code),
        )),
    }
}

fn encrypt(key: &[u8], bytes: &mut [u8]) -> Result<(), CredentialError> {
    let unfit = |_| CredentialError::EkUnfit("has an AES key of neither 128 nor 256 bits");
    match key.len() {
        16 => {
            let cipher = Encryptor::<Aes128>::new_from_slices(key, &IV).map_err(unfit)?;
            cipher.encrypt(bytes);
        }
        _ => {
            let cipher = Encryptor::<Aes256>::new_from_slices(key, &IV).map_err(unfit)?;
            cipher.encrypt(bytes);
        }
    }
    Ok(())
}

/// A `TPM2B`: sixteen bits of size, then the bytes. Everything here is far shorter than 64 KiB.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&size.to_be_bytes(), bytes].concat()
}

#[cfg(test)]
mod tests;
