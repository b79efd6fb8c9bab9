//! Simulated machines that attest through the agent's code, as real ones do.

use portcullis_agent::{Error, Host, Result};
use portcullis_api::exchange::{AttestationQuoteDoc, ChallengeCredentialDoc, ChallengeRequestDoc};
use portcullis_simulator::hash::HashAlg;
use portcullis_simulator::machine::{Machine, MachineError};
use portcullis_simulator::tpm::{Credential, PcrSelection};

/// A machine behind the agent's interface.
#[derive(Debug)]
pub struct SimulatedHost(pub Machine);

fn refused(error: MachineError) -> Error {
    Error::Answer { reason: error.to_string() }
}

impl Host for SimulatedHost {
    fn identity(&mut self) -> Result<ChallengeRequestDoc> {
        // A quote makes the AK; what it signs does not matter here.
        let evidence = self.0.evidence(&[0; 32]).map_err(refused)?;
        Ok(ChallengeRequestDoc {
            ek_public: evidence.ek_public.into(),
            ek_certificate: evidence.ek_certificate.map(Into::into),
            ek_intermediates: evidence.ek_chain.into_iter().map(Into::into).collect(),
            ak_public: evidence.ak_public.into(),
        })
    }

    fn activate(&mut self, credential: &ChallengeCredentialDoc) -> Result<Vec<u8>> {
        let credential = Credential {
            id_object: credential.id_object.0.clone(),
            encrypted_secret: credential.encrypted_secret.0.clone(),
        };
        self.0.activate(&credential).map_err(refused)
    }

    fn quote(&mut self, nonce: &[u8], bank: &str, pcrs: &[u8]) -> Result<AttestationQuoteDoc> {
        assert_eq!(bank, "sha256");
        let selection = PcrSelection::of(HashAlg::Sha256, pcrs);
        let quote = self.0.quote(nonce, &selection).map_err(refused)?;
        Ok(AttestationQuoteDoc {
            attest: quote.attestation.attest.into(),
            signature: quote.attestation.signature.into(),
        })
    }

    fn event_log(&mut self) -> Result<Vec<u8>> {
        let boot = self.0.host().last_boot().ok_or(MachineError::NotStarted).map_err(refused)?;
        Ok(boot.event_log.clone())
    }
}
