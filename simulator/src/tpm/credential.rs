//! Credential protection (TPM 2.0 Library part 1, section 24): a secret that only the TPM of an
//! EK can open, and only while it holds the object of a name. It is what ties an AK to an EK.
//!
//! [`make`] needs no TPM: it is the verifier's side (`TPM2_MakeCredential`, `tpm2_makecredential
//! -T none`). [`Tpm::activate_credential`] is the host's.

use portcullis_wire::tpm::credential_file::{MAGIC, VERSION};
use portcullis_wire::tpm::{Handle, Rc};

use super::Tpm;
use super::error::{Result, TpmError, fail};
use super::kdf::kdfe;
use super::object::Object;
use super::protect::Seal;
use super::public::{TpmKey, TpmtPublic};
use super::unmarshal::Reader;
use crate::encode::be::Writer;
use crate::hash::HashAlg;
use crate::key::{EccKey, PrivateKey, PublicKey, rsa};
use crate::rng::Rng;

/// Label of the seed, with its NUL where OAEP wants it.
const LABEL: &str = "IDENTITY";
const LABEL_OAEP: &[u8] = b"IDENTITY\0";

/// A credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// Content of the `TPM2B_ID_OBJECT`.
    pub id_object: Vec<u8>,
    /// Content of the `TPM2B_ENCRYPTED_SECRET`.
    pub encrypted_secret: Vec<u8>,
}

impl Credential {
    /// The file of tpm2-tools.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        Writer::new()
            .u32(MAGIC)
            .u32(VERSION)
            .sized(&self.id_object)
            .sized(&self.encrypted_secret)
            .finish()
    }

    /// Reads a file of tpm2-tools.
    ///
    /// # Errors
    /// `TPM_RC_VALUE` for another magic or version; `TPM_RC_INSUFFICIENT`, `TPM_RC_SIZE`.
    pub fn from_file(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u32()? != MAGIC || reader.u32()? != VERSION {
            return fail(Rc::VALUE, "is no credential file");
        }
        let (id_object, encrypted_secret) = (reader.sized()?.to_vec(), reader.sized()?.to_vec());
        reader.finish()?;
        Ok(Self { id_object, encrypted_secret })
    }
}

/// How long the seed is that an RSA EK decrypts. Elliptic curve EKs have no choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SeedSize {
    /// As long as a digest of the EK's name, as TPMs and tpm2-tools do.
    #[default]
    NameDigest,
    /// As long as the EK's AES key, as go-attestation does.
    SymmetricKey,
}

/// Encrypts `secret` for the TPM of `ek` and the object of `object_name`.
///
/// # Errors
/// `TPM_RC_TYPE` when `ek` is no storage key; `TPM_RC_SIZE` for a secret longer than a digest of
/// its name; `TPM_RC_ECC_POINT` or `TPM_RC_VALUE` for a key that is none.
pub fn make(
    ek: &TpmtPublic,
    object_name: &[u8],
    secret: &[u8],
    seed_size: SeedSize,
    rng: &mut Rng,
) -> Result<Credential> {
    let Some(symmetric_bits) = ek.symmetric_bits else {
        return fail(Rc::TYPE, "the key protects nothing");
    };
    let hash = ek.name_alg;
    if secret.len() > hash.size_bytes() {
        return fail(Rc::SIZE, "the secret is longer than a digest");
    }
    let (seed, encrypted_secret) = match &ek.key {
        TpmKey::Rsa { modulus, .. } => {
            let size = match seed_size {
                SeedSize::NameDigest => hash.size_bytes(),
                SeedSize::SymmetricKey => usize::from(symmetric_bits / 8),
            };
            let seed = rng.bytes(size);
            let sealed = rsa::encrypt_oaep(modulus, hash, LABEL_OAEP, &seed, rng);
            (seed, sealed.ok_or(TpmError::new(Rc::VALUE, "is no RSA key"))?)
        }
        TpmKey::Ecc { curve, x, y } => {
            let unknown = TpmError::new(Rc::CURVE, "no such curve");
            let ephemeral = EccKey::generate(*curve, rng).ok_or(unknown)?;
            let (own_x, own_y) = ephemeral.coordinates();
            let shared = ephemeral.shared_x(x, y);
            let shared = shared.ok_or(TpmError::new(Rc::ECC_POINT, "is no point"))?;
            let seed = ecc_seed(hash, &shared, &own_x, x);
            (seed, Writer::new().sized(&own_x).sized(&own_y).finish())
        }
    };
    let seal = Seal { hash, symmetric_bits, seed: &seed, name: object_name };
    let plain = Writer::new().sized(secret).finish();
    let id_object = seal.seal(&[], [0; 16], &plain)?;
    Ok(Credential { id_object, encrypted_secret })
}

impl Tpm {
    /// `TPM2_ActivateCredential`: opens a credential that was made for the EK `key` and the
    /// object `object` of this TPM.
    ///
    /// Who may do that (the policy of the EK, the administrator of the object) is the command
    /// interface's to check.
    ///
    /// # Errors
    /// `TPM_RC_TYPE` when `key` is no storage key; `TPM_RC_VALUE`, `TPM_RC_SIZE` or
    /// `TPM_RC_ECC_POINT` when the seed does not decrypt; `TPM_RC_INTEGRITY` when the credential
    /// is for another object or was altered.
    pub fn activate_credential(
        &mut self,
        object: Handle,
        key: Handle,
        credential: &Credential,
    ) -> Result<Vec<u8>> {
        self.begin()?;
        let name = &self.objects.get(object)?.name;
        let key = self.objects.get(key)?;
        let Some(symmetric_bits) = key.public.symmetric_bits else {
            return fail(Rc::TYPE, "the key protects nothing");
        };
        let seed = decrypt_seed(key, &credential.encrypted_secret)?;
        let seal = Seal { hash: key.public.name_alg, symmetric_bits, seed: &seed, name };
        let plain = seal.decrypt([0; 16], seal.authentic(&credential.id_object)?)?;
        let mut reader = Reader::new(&plain);
        let secret = reader.sized()?.to_vec();
        reader.finish()?;
        Ok(secret)
    }
}

fn decrypt_seed(key: &Object, sealed: &[u8]) -> Result<Vec<u8>> {
    let hash = key.public.name_alg;
    match &key.sensitive()?.key {
        PrivateKey::Rsa(rsa) => {
            if sealed.len() != rsa.modulus().len() {
                return fail(Rc::SIZE, "is not as long as the key");
            }
            // Both sizes of seeds are in use, and shorter ones are legal.
            match rsa.decrypt_oaep(hash, LABEL_OAEP, sealed) {
                Some(seed) if seed.len() <= hash.size_bytes() => Ok(seed),
                _ => fail(Rc::VALUE, "the seed does not decrypt"),
            }
        }
        PrivateKey::Ecc(ecc) => {
            let mut reader = Reader::new(sealed);
            let (x, y) = (reader.sized()?, reader.sized()?);
            reader.finish()?;
            let shared = ecc.shared_x(x, y);
            let shared = shared.ok_or(TpmError::new(Rc::ECC_POINT, "is no point"))?;
            let PublicKey::Ecc { x: own_x, .. } = key.public.public_key() else {
                return fail(Rc::KEY, "public and private part are no pair");
            };
            Ok(ecc_seed(hash, &shared, x, &own_x))
        }
    }
}

fn ecc_seed(hash: HashAlg, shared_x: &[u8], ephemeral_x: &[u8], ek_x: &[u8]) -> Vec<u8> {
    let bits = u32::try_from(hash.size_bytes().saturating_mul(8)).unwrap_or(0);
    kdfe(hash, shared_x, LABEL, ephemeral_x, ek_x, bits)
}
