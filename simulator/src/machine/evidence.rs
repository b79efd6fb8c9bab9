//! What a machine hands over to whoever asks it to prove itself.

use portcullis_wire::tpm::NvIndex;

use super::{Machine, MachineError};
use crate::host::{EkCertificateSlot, PlatformIdentifier};
use crate::tpm::{Credential, EkTemplate, Quote, Tpm};

/// Everything that an appraisal of one challenge reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// Who it is.
    pub identifier: PlatformIdentifier,
    /// The event log of the last start.
    pub event_log: Vec<u8>,
    /// Kind of the endorsement key.
    pub ek: EkTemplate,
    /// Its public area (`TPM2B_PUBLIC`).
    pub ek_public: Vec<u8>,
    /// Its certificate, as the NV index holds it.
    pub ek_certificate: Option<Vec<u8>>,
    /// The certificates in the NV indices of the chain.
    pub ek_chain: Vec<Vec<u8>>,
    /// Public area of the attestation key (`TPM2B_PUBLIC`).
    pub ak_public: Vec<u8>,
    /// Its name.
    pub ak_name: Vec<u8>,
    /// The challenge.
    pub nonce: Vec<u8>,
    /// What the attestation key signed for it.
    pub quote: Quote,
}

/// Both sides of a credential activation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activation {
    /// What the verifier sealed.
    pub secret: Vec<u8>,
    /// For whom.
    pub credential: Credential,
    /// What the machine opened.
    pub activated: Vec<u8>,
}

impl Machine {
    /// The evidence for a challenge: every register of the bank in which the operating system
    /// measures is quoted.
    ///
    /// # Errors
    /// [`MachineError::NotStarted`], [`MachineError::TpmNotReady`], [`MachineError::Tpm`].
    pub fn evidence(&mut self, nonce: &[u8]) -> Result<Evidence, MachineError> {
        let selection = self.all_registers();
        let quote = self.quote(nonce, &selection)?;
        let boot = self.host.last_boot().ok_or(MachineError::NotStarted)?;
        let ak = self.attestation_key()?;
        Ok(Evidence {
            identifier: self.identifier()?,
            event_log: boot.event_log.clone(),
            ek: self.ek(),
            ek_public: self.endorsement_key()?.public.to_tpm2b(),
            ek_certificate: nv(&self.tpm, self.ek().certificate_index()),
            ek_chain: chain(&self.tpm),
            ak_public: ak.public.to_tpm2b(),
            ak_name: ak.name.clone(),
            nonce: nonce.to_vec(),
            quote,
        })
    }

    /// Its identifier (W6). Windows hands out keys as blobs of CNG.
    ///
    /// # Errors
    /// [`MachineError::TpmNotReady`], [`MachineError::Tpm`].
    pub fn identifier(&self) -> Result<PlatformIdentifier, MachineError> {
        let certificate = match nv(&self.tpm, self.ek().certificate_index()) {
            Some(certificate) => EkCertificateSlot::Certificate(certificate),
            None => EkCertificateSlot::Missing,
        };
        let key = self.endorsement_key()?.public.public_key().to_bcrypt_blob();
        self.host.platform_identifier(key, certificate).ok_or(MachineError::TpmNotReady)
    }
}

/// The whole of an NV index, when there is one.
fn nv(tpm: &Tpm, index: NvIndex) -> Option<Vec<u8>> {
    let size = tpm.nv_area(index).ok()?.size_bytes();
    tpm.nv_read(index, 0, size).ok().map(<[u8]>::to_vec)
}

fn chain(tpm: &Tpm) -> Vec<Vec<u8>> {
    let (first, last) = NvIndex::EK_CHAIN;
    let indices = tpm.nv_indices().filter(|index| (first.0..=last.0).contains(&index.0));
    indices.filter_map(|index| nv(tpm, index)).collect()
}
