//! What a TPM says about itself: `TPM2_Quote`, `TPM2_Certify`, `TPM2_CertifyCreation`,
//! `TPM2_GetTime`, `TPM2_NV_Certify` (TPM 2.0 Library part 3, section 18 and 31; structures: part
//! 2, section 10.12; obfuscation: part 1, section 36.7).

use portcullis_wire::tpm::{AttestType, Handle, NvIndex, Rc, TPM_GENERATED};

use super::Tpm;
use super::error::{Result, TpmError, fail};
use super::hierarchy::Hierarchy;
use super::kdf::kdfa;
use super::object::Object;
use super::pcr::PcrSelection;
use super::pcrs_file;
use crate::encode::be::Writer;
use crate::hash::{Digest, HashAlg, digest};
use crate::key::{RawSignature, Scheme};

/// Largest `extraData` (`TPM2B_DATA`: a `TPMT_HA` of SHA-512).
const EXTRA_DATA_SIZE_BYTES_MAX: usize = 66;

/// A statement and its signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attestation {
    /// `TPMS_ATTEST`: the bytes that are signed.
    pub attest: Vec<u8>,
    /// `TPMT_SIGNATURE`.
    pub signature: Vec<u8>,
}

/// A quote with what it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// The statement.
    pub attestation: Attestation,
    /// The registers that it covers: those that were asked for and that this TPM has.
    pub selection: PcrSelection,
    /// Their values, in the order in which the statement's digest covers them.
    pub values: Vec<(HashAlg, u8, Digest)>,
}

impl Quote {
    /// The values as `tpm2_quote -o` writes them.
    #[must_use]
    pub fn pcr_values_file(&self) -> Vec<u8> {
        pcrs_file::encode(&self.selection, &self.values)
    }
}

impl Tpm {
    /// Signs the values of registers. `scheme` is needed for keys that have none of their own.
    ///
    /// # Errors
    /// Those of every attestation: `TPM_RC_HANDLE`, `TPM_RC_KEY` (the key does not sign, or only
    /// its public part is loaded), `TPM_RC_SCHEME`, `TPM_RC_SIZE` (too much extra data).
    pub fn quote(
        &mut self,
        key: Handle,
        extra_data: &[u8],
        selection: &PcrSelection,
        scheme: Option<Scheme>,
    ) -> Result<Quote> {
        self.begin()?;
        let scheme = self.scheme_of(key, scheme)?;
        // The hash of the signature also covers the values, whatever their banks are.
        let (selection, values, composite) = self.pcrs.composite(selection, scheme.hash);
        let body = Writer::new().bytes(&selection.to_bytes()).sized(composite.as_bytes());
        let attestation =
            self.attest(key, scheme, AttestType::QUOTE, extra_data, &body.finish())?;
        Ok(Quote { attestation, selection, values })
    }

    /// Signs that an object is in this TPM.
    ///
    /// # Errors
    /// See [`Self::quote`].
    pub fn certify(
        &mut self,
        key: Handle,
        object: Handle,
        extra_data: &[u8],
        scheme: Option<Scheme>,
    ) -> Result<Attestation> {
        self.begin()?;
        let scheme = self.scheme_of(key, scheme)?;
        let object = self.objects.get(object)?;
        let body = Writer::new().sized(&object.name).sized(&object.qualified_name).finish();
        self.attest(key, scheme, AttestType::CERTIFY, extra_data, &body)
    }

    /// Signs that this TPM made an object.
    ///
    /// # Errors
    /// See [`Self::quote`]; `TPM_RC_TICKET` when the ticket does not prove it.
    pub fn certify_creation(
        &mut self,
        key: Handle,
        object: Handle,
        creation_hash: &[u8],
        ticket: &[u8],
        extra_data: &[u8],
        scheme: Option<Scheme>,
    ) -> Result<Attestation> {
        self.begin()?;
        let scheme = self.scheme_of(key, scheme)?;
        let object = self.objects.get(object)?;
        if self.creation_ticket(object, creation_hash) != ticket {
            return fail(Rc::TICKET, "the ticket is not for this creation");
        }
        let body = Writer::new().sized(&object.name).sized(creation_hash).finish();
        self.attest(key, scheme, AttestType::CREATION, extra_data, &body)
    }

    /// Signs time and clock. They stand in the body as they are, whatever the header hides.
    ///
    /// # Errors
    /// See [`Self::quote`].
    pub fn certify_time(
        &mut self,
        key: Handle,
        extra_data: &[u8],
        scheme: Option<Scheme>,
    ) -> Result<Attestation> {
        self.begin()?;
        let scheme = self.scheme_of(key, scheme)?;
        let body = self.clock.info().write(Writer::new().u64(self.clock.time_ms()));
        let body = body.u64(self.config.firmware_version).finish();
        self.attest(key, scheme, AttestType::TIME, extra_data, &body)
    }

    /// Signs content of an NV index.
    ///
    /// # Errors
    /// See [`Self::quote`] and [`Self::nv_read`].
    pub fn certify_nv(
        &mut self,
        key: Handle,
        index: NvIndex,
        size: usize,
        extra_data: &[u8],
        scheme: Option<Scheme>,
    ) -> Result<Attestation> {
        self.begin()?;
        let scheme = self.scheme_of(key, scheme)?;
        let name = self.nv.get(index)?.name(index);
        let contents = self.nv.read(index, 0, size)?;
        let body = Writer::new().sized(&name).u16(0).sized(contents).finish();
        self.attest(key, scheme, AttestType::NV, extra_data, &body)
    }

    /// The scheme that a key signs with: its own, or the caller's when it has none.
    fn scheme_of(&self, key: Handle, asked: Option<Scheme>) -> Result<Scheme> {
        let own = self.objects.get(key)?.public.scheme;
        match (own, asked) {
            (Some(own), Some(asked)) if own != asked => {
                fail(Rc::SCHEME, "the key signs with another scheme")
            }
            (Some(scheme), _) | (None, Some(scheme)) => Ok(scheme),
            (None, None) => fail(Rc::SCHEME, "the key has no scheme of its own"),
        }
    }

    fn attest(
        &mut self,
        key: Handle,
        scheme: Scheme,
        attest_type: AttestType,
        extra_data: &[u8],
        body: &[u8],
    ) -> Result<Attestation> {
        use portcullis_wire::tpm::ObjectAttributes;
        if extra_data.len() > EXTRA_DATA_SIZE_BYTES_MAX {
            return fail(Rc::SIZE, "too much extra data");
        }
        let object = self.objects.get(key)?;
        if !object.public.attributes.contains(ObjectAttributes::SIGN) {
            return fail(Rc::KEY, "the key does not sign");
        }
        let attest = self.header(object, attest_type, extra_data).bytes(body).finish();
        let hashed = digest(scheme.hash, &[&attest]);
        let raw = object.sensitive()?.key.sign(scheme, &hashed, &mut self.rng);
        let raw = raw.ok_or(TpmError::new(Rc::SCHEME, "the key does not sign like this"))?;
        Ok(Attestation { attest, signature: signature_bytes(scheme, &raw) })
    }

    /// `TPMS_ATTEST` up to its body.
    fn header(&self, signer: &Object, attest_type: AttestType, extra_data: &[u8]) -> Writer {
        let mut clock = self.clock.info();
        let mut firmware_version = self.config.firmware_version;
        // Counters and firmware version would let the keys of one TPM be linked, so that they are
        // shifted for keys that are nobody's to recognise.
        if !matches!(signer.hierarchy, Hierarchy::Endorsement | Hierarchy::Platform) {
            let proof = &self.hierarchies.get(Hierarchy::Owner).proof;
            let shift = kdfa(HashAlg::Sha256, proof, "OBFUSCATE", &signer.qualified_name, &[], 128);
            let (firmware_shift, counters) = shift.split_at_checked(8).unwrap_or_default();
            let (resets, restarts) = counters.split_at_checked(4).unwrap_or_default();
            firmware_version = firmware_version.wrapping_add(be(firmware_shift));
            let low = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
            clock.reset_count = clock.reset_count.wrapping_add(low(be(resets)));
            clock.restart_count = clock.restart_count.wrapping_add(low(be(restarts)));
        }
        let head = Writer::new()
            .u32(TPM_GENERATED)
            .u16(attest_type.0)
            .sized(&signer.qualified_name)
            .sized(extra_data);
        clock.write(head).u64(firmware_version)
    }
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

/// `TPMT_SIGNATURE`.
fn signature_bytes(scheme: Scheme, raw: &RawSignature) -> Vec<u8> {
    let head = Writer::new().u16(scheme.algorithm.0).u16(scheme.hash.tpm_alg().0);
    match raw {
        RawSignature::Rsa(bytes) => head.sized(bytes),
        RawSignature::Ecdsa { r, s } => head.sized(r).sized(s),
    }
    .finish()
}
