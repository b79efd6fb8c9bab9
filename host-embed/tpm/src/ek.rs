//! The endorsement key (TCG EK Credential Profile 2.5): the key that the manufacturer certified.
//!
//! A provisioned TPM keeps it at a fixed handle; any other makes the same key again from its seed
//! and the default template.

use portcullis_wire::TpmAlg;
use portcullis_wire::alg::EccCurve;
use portcullis_wire::tpm::{CommandCode, Handle, NvIndex, ObjectAttributes, Rc, policy};

use crate::command::{Auth, Command, Tpm};
use crate::error::Result;
use crate::marshal::{Reader, Writer};

/// Handles of the EK's chain that are read: more intermediates than any manufacturer stores.
const CHAIN_INDICES_MAX: u32 = 8;

/// The two EKs of the low range, which every TPM of a PC can make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EkKind {
    /// Template L-1: RSA-2048.
    Rsa2048,
    /// Template L-2: P-256.
    P256,
}

/// An endorsement key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ek {
    /// Which one.
    pub kind: EkKind,
    /// `TPM2B_PUBLIC`.
    pub public: Vec<u8>,
    /// Its certificate as the NV index holds it; some TPMs have none.
    pub certificate: Option<Vec<u8>>,
    /// Certificates of the chain that the TPM keeps, in the order of their indices.
    pub chain: Vec<Vec<u8>>,
}

impl EkKind {
    /// Both, in the order in which they are looked for: Windows registers the RSA key.
    pub const ALL: [Self; 2] = [Self::Rsa2048, Self::P256];

    pub(crate) const fn handle(self) -> Handle {
        match self {
            Self::Rsa2048 => Handle::EK_RSA,
            Self::P256 => Handle::EK_ECC,
        }
    }

    const fn certificate_index(self) -> NvIndex {
        match self {
            Self::Rsa2048 => NvIndex::EK_RSA_2048_CERT,
            Self::P256 => NvIndex::EK_P256_CERT,
        }
    }

    /// `TPMT_PUBLIC` of the default template (profile, annexes B.3.3 and B.3.4).
    fn template(self) -> Vec<u8> {
        const AES_KEY_BITS: u16 = 128;
        let head = |kind: TpmAlg| {
            Writer::default()
                .u16(kind.0)
                .u16(TpmAlg::SHA256.0)
                .u32(ObjectAttributes::EK_LOW_RANGE.0)
                .sized(policy::POLICY_A_SHA256)
                .u16(TpmAlg::AES.0)
                .u16(AES_KEY_BITS)
                .u16(TpmAlg::CFB.0)
                .u16(TpmAlg::NULL.0)
        };
        match self {
            Self::Rsa2048 => head(TpmAlg::RSA).u16(2048).u32(0).sized(&[0; 256]),
            Self::P256 => head(TpmAlg::ECC)
                .u16(EccCurve::NIST_P256.0)
                .u16(TpmAlg::NULL.0)
                .sized(&[0; 32])
                .sized(&[0; 32]),
        }
        .finish()
    }
}

impl Tpm {
    /// The EK of a kind, with its certificate where the TPM keeps one.
    ///
    /// # Errors
    /// The TPM's refusals.
    pub fn ek(&mut self, kind: EkKind) -> Result<Ek> {
        let public = self.with_ek(kind, Self::read_public)?;
        let certificate = self.read_nv(kind.certificate_index())?;
        Ok(Ek { kind, public, certificate, chain: self.ek_chain()? })
    }

    /// The EK that has a certificate, or else the RSA one.
    ///
    /// # Errors
    /// The TPM's refusals.
    pub fn certified_ek(&mut self) -> Result<Ek> {
        for kind in EkKind::ALL {
            if self.read_nv(kind.certificate_index())?.is_some() {
                return self.ek(kind);
            }
        }
        self.ek(EkKind::Rsa2048)
    }

    fn ek_chain(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut chain = Vec::new();
        for offset in 0..CHAIN_INDICES_MAX {
            let index = NvIndex(NvIndex::EK_CHAIN.0.0.saturating_add(offset));
            match self.read_nv(index)? {
                Some(certificate) => chain.push(certificate),
                None => break,
            }
        }
        Ok(chain)
    }

    /// Runs `work` with the handle of the EK: the persistent one, or one made for the occasion.
    pub(crate) fn with_ek<T>(
        &mut self,
        kind: EkKind,
        work: impl FnOnce(&mut Self, Handle) -> Result<T>,
    ) -> Result<T> {
        match self.read_public(kind.handle()) {
            Ok(_) => work(self, kind.handle()),
            Err(error) if matches!(error.rc(), Some(Rc::HANDLE | Rc::VALUE)) => {
                let made = self.create_primary(Handle::ENDORSEMENT, &kind.template())?;
                self.with(made, |tpm| work(tpm, made))
            }
            Err(error) => Err(error),
        }
    }

    /// `TPM2B_PUBLIC` of an object.
    pub(crate) fn read_public(&mut self, object: Handle) -> Result<Vec<u8>> {
        let handles = [object];
        let response = self.execute(&Command::new(CommandCode::READ_PUBLIC).handles(&handles))?;
        let mut reader = response.reader();
        let public = reader.sized("outPublic")?;
        Ok(Writer::default().sized(public).finish())
    }

    fn create_primary(&mut self, hierarchy: Handle, template: &[u8]) -> Result<Handle> {
        let handles = [hierarchy];
        let command = Command::new(CommandCode::CREATE_PRIMARY)
            .handles(&handles)
            .auths(&[Auth::EmptyPassword])
            .parameters(creation(template))
            .returns_handle();
        self.execute(&command)?.handle()
    }
}

/// Parameters of `TPM2_CreatePrimary` and `TPM2_Create`: no password, no data, no registers.
pub(crate) fn creation(template: &[u8]) -> Vec<u8> {
    let sensitive = Writer::default().sized(&[]).sized(&[]).finish();
    Writer::default().sized(&sensitive).sized(template).sized(&[]).u32(0).finish()
}

/// Content of two sized buffers at the start of a response.
pub(crate) fn two_sized<'a>(
    reader: &mut Reader<'a>,
    fields: [&'static str; 2],
) -> Result<[&'a [u8]; 2]> {
    let [first, second] = fields;
    Ok([reader.sized(first)?, reader.sized(second)?])
}
