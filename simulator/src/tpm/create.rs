//! Making and loading keys: `TPM2_CreatePrimary`, `TPM2_Create`, `TPM2_Load`,
//! `TPM2_LoadExternal`, `TPM2_EvictControl`, `TPM2_FlushContext` (TPM 2.0 Library part 3,
//! sections 12, 24, 28; part 1, section 27 for what creation binds).
//!
//! Primary keys follow from the seed of their hierarchy and their template, so that an EK comes
//! back after every power cycle. *How* they follow is this simulator's own: no specification
//! makes two implementations agree.

use std::sync::Arc;

use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::{Handle, ObjectAttributes, Rc, StructureTag};

use super::Tpm;
use super::error::{Result, TpmError, fail};
use super::hierarchy::Hierarchy;
use super::object::{Object, Sensitive};
use super::pcr::PcrSelection;
use super::protect::Seal;
use super::public::{TpmKey, TpmtPublic};
use super::unmarshal::Reader;
use crate::encode::be::Writer;
use crate::hash::{HashAlg, digest, hmac, sha256};
use crate::key::{EccKey, PrivateKey, RsaKey, RsaSource};
use crate::rng::Rng;

/// What a caller adds to a template (`TPMS_SENSITIVE_CREATE`, `outsideInfo`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreationInput {
    /// Authorization value of the new key.
    pub auth: Vec<u8>,
    /// Goes into the creation data.
    pub outside_info: Vec<u8>,
    /// Registers whose values go into the creation data.
    pub pcrs: PcrSelection,
}

/// What creation tells about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Creation {
    /// `TPMS_CREATION_DATA`.
    pub data: Vec<u8>,
    /// Its digest.
    pub hash: Vec<u8>,
    /// `TPMT_TK_CREATION`: proof for this TPM that it made the object.
    pub ticket: Vec<u8>,
}

/// A key outside the TPM: public area, and private part sealed to its parent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreatedKey {
    /// Public area.
    pub public: TpmtPublic,
    /// Content of the `TPM2B_PRIVATE`.
    pub private: Vec<u8>,
    /// What creation tells.
    pub creation: Creation,
}

impl Tpm {
    /// Makes the primary key of a template and loads it.
    ///
    /// # Errors
    /// `TPM_RC_ATTRIBUTES`, `TPM_RC_SCHEME`, `TPM_RC_SYMMETRIC`, `TPM_RC_CURVE`, `TPM_RC_VALUE`
    /// for a template that makes no sense or that the simulator cannot do;
    /// `TPM_RC_OBJECT_MEMORY`.
    pub fn create_primary(
        &mut self,
        hierarchy: Hierarchy,
        template: &TpmtPublic,
        input: &CreationInput,
    ) -> Result<(Handle, Creation)> {
        self.begin()?;
        check_template(template)?;
        let bytes = template.to_bytes();
        let secrets = self.hierarchies.get(hierarchy);
        let handle = hierarchy.handle().0.to_be_bytes();
        let mut rng = Rng::new("primary key", &[&secrets.seed, &bytes]);
        let generation = secrets.generation.to_be_bytes();
        let purpose = sha256(&[b"primary", &handle, &generation, &bytes]);
        let seed_value = self.primary_seed_value(hierarchy, template);
        let key = self.make_key(&template.key, purpose, &mut rng)?;
        let public = template.with_key(key.public());
        let sensitive = Sensitive { key, auth: input.auth.clone(), seed_value };
        let object = Object::new(public, &handle, hierarchy, sensitive);
        let parent = Parent { name_alg: TpmAlg::NULL, name: &handle, qualified_name: &handle };
        let creation = self.creation(&object, &parent, input);
        Ok((self.objects.load(object)?, creation))
    }

    /// Makes a key under a loaded parent and hands it out.
    ///
    /// # Errors
    /// Those of [`Self::create_primary`]; `TPM_RC_TYPE` for a parent that is no storage key.
    pub fn create(
        &mut self,
        parent: Handle,
        template: &TpmtPublic,
        input: &CreationInput,
    ) -> Result<CreatedKey> {
        self.begin()?;
        check_template(template)?;
        let parent = self.objects.get(parent)?.clone();
        let parent_sensitive = storage_parent(&parent)?;
        self.created = self.created.wrapping_add(1);
        let purpose = sha256(&[b"created", &self.created.to_be_bytes(), &template.to_bytes()]);
        let mut rng = Rng::new("created key", &[&self.rng.array::<32>()]);
        let key = self.make_key(&template.key, purpose, &mut rng)?;
        let public = template.with_key(key.public());
        let seed_value = child_seed_value(&public, &mut rng);
        let sensitive = Sensitive { key, auth: input.auth.clone(), seed_value };
        let iv = self.rng.array();
        let private = wrap(&parent, parent_sensitive, &public, &sensitive, iv)?;
        let object = Object::new(public, &parent.qualified_name, parent.hierarchy, sensitive);
        let described = Parent {
            name_alg: parent.public.name_alg.tpm_alg(),
            name: &parent.name,
            qualified_name: &parent.qualified_name,
        };
        let creation = self.creation(&object, &described, input);
        Ok(CreatedKey { public: object.public, private, creation })
    }

    /// Loads a key under the parent that it was made under.
    ///
    /// # Errors
    /// `TPM_RC_INTEGRITY` when the blob is not this parent's or not for this public area;
    /// `TPM_RC_BINDING` when the two halves are no pair; `TPM_RC_OBJECT_MEMORY`.
    pub fn load(&mut self, parent: Handle, public: &TpmtPublic, private: &[u8]) -> Result<Handle> {
        self.begin()?;
        let parent = self.objects.get(parent)?;
        let sensitive = unwrap(parent, storage_parent(parent)?, public, private)?;
        let (qualified_name, hierarchy) = (parent.qualified_name.clone(), parent.hierarchy);
        self.objects.load(Object::new(public.clone(), &qualified_name, hierarchy, sensitive))
    }

    /// Loads a public key from outside; it belongs to no seed of this TPM.
    ///
    /// # Errors
    /// `TPM_RC_OBJECT_MEMORY`.
    pub fn load_external(&mut self, public: &TpmtPublic, hierarchy: Hierarchy) -> Result<Handle> {
        self.begin()?;
        let handle = hierarchy.handle().0.to_be_bytes();
        self.objects.load(Object {
            name: public.name(),
            qualified_name: public.qualified_name(&handle),
            public: public.clone(),
            hierarchy,
            sensitive: None,
        })
    }

    /// Makes a loaded key persistent under a handle.
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`, `TPM_RC_RANGE`, `TPM_RC_NV_DEFINED`, `TPM_RC_NV_SPACE`.
    pub fn persist(&mut self, object: Handle, persistent: Handle) -> Result<()> {
        self.begin()?;
        let object = self.objects.get(object)?.clone();
        self.objects.persist(persistent, object)
    }

    /// Forgets a loaded or persistent object.
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`.
    pub fn forget(&mut self, object: Handle) -> Result<()> {
        self.begin()?;
        self.objects.remove(object).map(|_| ())
    }

    /// The object of a handle.
    ///
    /// # Errors
    /// `TPM_RC_HANDLE`.
    pub fn object(&self, handle: Handle) -> Result<&Object> {
        self.objects.get(handle)
    }

    /// Handles of all objects, ascending.
    pub fn object_handles(&self) -> impl Iterator<Item = Handle> {
        self.objects.handles()
    }

    fn make_key(&self, key: &TpmKey, purpose: [u8; 32], rng: &mut Rng) -> Result<PrivateKey> {
        match key {
            TpmKey::Rsa { bits, .. } => {
                let primes = self.config.rsa_primes;
                let made = match &self.config.rsa {
                    RsaSource::Derived => RsaKey::generate(*bits, primes, rng).map(Arc::new),
                    RsaSource::Pool { pool, host } => pool.key(*host, purpose, *bits, primes),
                };
                let unknown = TpmError::new(Rc::VALUE, "no such RSA size");
                made.map(PrivateKey::Rsa).ok_or(unknown)
            }
            TpmKey::Ecc { curve, .. } => {
                let unknown = TpmError::new(Rc::CURVE, "no such curve");
                EccKey::generate(*curve, rng).map(PrivateKey::Ecc).ok_or(unknown)
            }
        }
    }

    /// The seed that protects the children of a primary key. Under the endorsement hierarchy it
    /// depends on the proofs too: `TPM2_Clear` keeps the EK and orphans what was made under it.
    fn primary_seed_value(&self, hierarchy: Hierarchy, template: &TpmtPublic) -> Vec<u8> {
        if !template.is_storage() {
            return Vec::new();
        }
        let secrets = self.hierarchies.get(hierarchy);
        let bytes = template.to_bytes();
        let mut parts: Vec<&[u8]> = vec![&secrets.seed, &bytes];
        if hierarchy == Hierarchy::Endorsement {
            parts.push(&secrets.proof);
            parts.push(&self.hierarchies.get(Hierarchy::Owner).proof);
        }
        Rng::new("primary seed value", &parts).bytes(template.name_alg.size_bytes())
    }

    fn creation(&self, object: &Object, parent: &Parent<'_>, input: &CreationInput) -> Creation {
        let alg = object.public.name_alg;
        let (selection, _, composite) = self.pcrs.composite(&input.pcrs, alg);
        let pcr_digest = if selection.banks().is_empty() { &[] } else { composite.as_bytes() };
        let data = Writer::new()
            .bytes(&selection.to_bytes())
            .sized(pcr_digest)
            .u8(1_u8.checked_shl(u32::from(self.locality)).unwrap_or(0))
            .u16(parent.name_alg.0)
            .sized(parent.name)
            .sized(parent.qualified_name)
            .sized(&input.outside_info)
            .finish();
        let hash = digest(alg, &[&data]).as_bytes().to_vec();
        let ticket = self.creation_ticket(object, &hash);
        Creation { data, hash, ticket }
    }

    /// `TPMT_TK_CREATION` (part 2, section 10.7.3).
    pub(super) fn creation_ticket(&self, object: &Object, creation_hash: &[u8]) -> Vec<u8> {
        let tag = StructureTag::CREATION.0.to_be_bytes();
        let proof = &self.hierarchies.get(object.hierarchy).proof;
        let ticket = hmac(HashAlg::Sha256, proof, &[&tag, &object.name, creation_hash]);
        Writer::new()
            .u16(StructureTag::CREATION.0)
            .u32(object.hierarchy.handle().0)
            .sized(ticket.as_bytes())
            .finish()
    }
}

/// What creation data say about the parent.
struct Parent<'a> {
    name_alg: TpmAlg,
    name: &'a [u8],
    qualified_name: &'a [u8],
}

/// Rules of part 1, section 27 and part 2, section 8.3 that attestation rests on.
fn check_template(template: &TpmtPublic) -> Result<()> {
    let has = |bits| template.attributes.contains(bits);
    let (signs, decrypts) = (has(ObjectAttributes::SIGN), has(ObjectAttributes::DECRYPT));
    let restricted = has(ObjectAttributes::RESTRICTED);
    if !has(ObjectAttributes::SENSITIVE_DATA_ORIGIN) {
        return fail(Rc::ATTRIBUTES, "an asymmetric key is always made by the TPM");
    }
    if has(ObjectAttributes::FIXED_TPM) && !has(ObjectAttributes::FIXED_PARENT) {
        return fail(Rc::ATTRIBUTES, "fixedTPM without fixedParent");
    }
    if !signs && !decrypts || restricted && signs && decrypts {
        return fail(Rc::ATTRIBUTES, "neither signs nor decrypts, or both although restricted");
    }
    if template.is_storage() != template.symmetric_bits.is_some() {
        return fail(Rc::SYMMETRIC, "exactly storage keys have a cipher");
    }
    if template.is_storage() && template.scheme.is_some()
        || restricted && signs && template.scheme.is_none()
    {
        return fail(Rc::SCHEME, "a storage key has no scheme, a restricted signing key has one");
    }
    let fits = match (&template.key, template.scheme.map(|scheme| scheme.algorithm)) {
        (_, None) => true,
        (TpmKey::Rsa { .. }, Some(alg)) => matches!(alg, TpmAlg::RSASSA | TpmAlg::RSAPSS),
        (TpmKey::Ecc { .. }, Some(alg)) => alg == TpmAlg::ECDSA,
    };
    if fits { Ok(()) } else { fail(Rc::SCHEME, "the scheme is not for this type of key") }
}

fn storage_parent(parent: &Object) -> Result<&Sensitive> {
    if !parent.public.is_storage() {
        return fail(Rc::TYPE, "the parent is no storage key");
    }
    parent.sensitive()
}

fn child_seed_value(public: &TpmtPublic, rng: &mut Rng) -> Vec<u8> {
    if public.is_storage() { rng.bytes(public.name_alg.size_bytes()) } else { Vec::new() }
}

fn seal_of<'a>(parent: &'a Object, sensitive: &'a Sensitive, name: &'a [u8]) -> Seal<'a> {
    Seal {
        hash: parent.public.name_alg,
        symmetric_bits: parent.public.symmetric_bits.unwrap_or(0),
        seed: &sensitive.seed_value,
        name,
    }
}

/// `TPM2B_SENSITIVE` under the parent's cipher (part 1, section 23.3.2).
fn wrap(
    parent: &Object,
    parent_sensitive: &Sensitive,
    public: &TpmtPublic,
    sensitive: &Sensitive,
    iv: [u8; 16],
) -> Result<Vec<u8>> {
    let object_type = match public.key {
        TpmKey::Rsa { .. } => TpmAlg::RSA,
        TpmKey::Ecc { .. } => TpmAlg::ECC,
    };
    let plain = Writer::new()
        .u16(object_type.0)
        .sized(&sensitive.auth)
        .sized(&sensitive.seed_value)
        .sized(&sensitive.key.secret_bytes())
        .finish();
    let plain = Writer::new().sized(&plain).finish();
    let prefix = Writer::new().sized(&iv).finish();
    seal_of(parent, parent_sensitive, &public.name()).seal(&prefix, iv, &plain)
}

fn unwrap(
    parent: &Object,
    parent_sensitive: &Sensitive,
    public: &TpmtPublic,
    private: &[u8],
) -> Result<Sensitive> {
    let name = public.name();
    let seal = seal_of(parent, parent_sensitive, &name);
    let mut reader = Reader::new(seal.authentic(private)?);
    let Ok(iv) = reader.sized()?.try_into() else {
        return fail(Rc::SIZE, "the initial vector is no block");
    };
    let plain = seal.decrypt(iv, reader.rest())?;
    let mut outer = Reader::new(&plain);
    let mut inner = Reader::new(outer.sized()?);
    outer.finish()?;
    let _object_type = inner.u16()?;
    let (auth, seed_value) = (inner.sized()?.to_vec(), inner.sized()?.to_vec());
    let secret = inner.sized()?;
    inner.finish()?;
    let key = match &public.key {
        TpmKey::Rsa { modulus, .. } => {
            RsaKey::from_prime(secret, modulus).map(|key| PrivateKey::Rsa(Arc::new(key)))
        }
        TpmKey::Ecc { curve, .. } => EccKey::from_scalar(*curve, secret).map(PrivateKey::Ecc),
    };
    match key.filter(|key| key.public() == public.public_key()) {
        Some(key) => Ok(Sensitive { key, auth, seed_value }),
        None => fail(Rc::BINDING, "public and private part are no pair"),
    }
}
